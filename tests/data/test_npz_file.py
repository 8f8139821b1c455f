from __future__ import annotations

import io
import pathlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.data import load
from tfcnn.errors import InputError

IMAGES = np.arange(10 * 4 * 4, dtype=np.uint8).reshape(10, 4, 4)
LABELS = np.arange(10, dtype=np.uint8) % 2
PARTS = {"x_train": IMAGES[:6], "y_train": LABELS[:6], "x_test": IMAGES[6:], "y_test": LABELS[6:]}


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),  # Keras
        ("train_images", "train_labels", "test_images", "test_labels"),  # MedMNIST
        ("X_train", "Y_train", "X_valid", "Y_valid"),
        ("trainX", "trainY", "testX", "testY"),
        ("training_images", "training_labels", "t10k_images", "t10k_labels"),
    ],
)
def test_arrays_by_their_usual_names(tmp_path, names):
    np.savez(tmp_path / "a.npz", **dict(zip(names, PARTS.values(), strict=True)))
    for path in ("a.npz", ""):
        data = load(f"npz:{tmp_path}/{path}")
        assert (data.train.images[..., 0] == IMAGES[:6]).all()
        assert (data.test.images[..., 0] == IMAGES[6:]).all()
        assert data.test.labels.tolist() == [0, 1, 0, 1]


def test_a_validation_is_left_out_beside_a_test_with_a_word(tmp_path, caplog):
    path = tmp_path / "medmnist.npz"
    np.savez_compressed(path, **PARTS, val_images=IMAGES[:3], val_labels=LABELS[:3, None], extra=1)
    assert (len(load(f"npz:{path}").train), len(load(f"npz:{path}").test)) == (6, 4)
    assert (
        caplog.messages[0] == f"npz:{path}: the validation arrays are not used, as there is a test"
    )


def test_without_a_test_one_in_five_is_held_out(tmp_path):
    np.savez(tmp_path / "a.npz", images=IMAGES, labels=LABELS)
    data = load(f"npz:{tmp_path}/a.npz")
    assert (len(data.train), sorted(data.test.labels)) == (8, [0, 1])


def test_archives_of_one_array_each(tmp_path):
    names = [f"kmnist-{split}-{part}" for split in ("train", "test") for part in ("imgs", "labels")]
    for name, array in zip(names, PARTS.values(), strict=True):
        np.savez(tmp_path / f"{name}.npz", array)
    for path in ("", "/kmnist", "/kmnist-train-imgs.npz"):
        data = load(f"npz:{tmp_path}{path}")
        assert (data.test.images[..., 0] == IMAGES[6:]).all()
    for name, array in zip(names, PARTS.values(), strict=True):
        np.savez(tmp_path / f"{name.replace('kmnist', 'k49')}.npz", array)
    with pytest.raises(InputError, match=r"expected one data set, found 2: .* k49, kmnist$"):
        load(f"npz:{tmp_path}")
    (tmp_path / "k49-test-labels.npz").unlink()
    with pytest.raises(
        InputError, match=r"/k49: expected images and .* found no test labels among"
    ):
        load(f"npz:{tmp_path}/k49")


def test_python_objects_are_never_unpickled(tmp_path):
    objects = np.array([{"a": 1}] * 6, object)
    np.savez(tmp_path / "a.npz", **{**PARTS, "y_train": objects})
    with pytest.raises(InputError, match=r"a\.npz: expected an npz .* Python objects, which would"):
        load(f"npz:{tmp_path}/a.npz")


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"weights": IMAGES}, r"/a\.npz: expected arrays such as x_train .*, found weights$"),
        ({}, r"/a\.npz: expected arrays such as x_train .*, found none$"),
        ({"x_train": IMAGES}, r"/a\.npz: .* found no train labels among x_train$"),
        ({**PARTS, "train_images": IMAGES}, "expected one array of the train images, found x_tr"),
        ({"x": IMAGES, "y": LABELS[:9]}, r"/a\.npz/y: expected 10 labels, one for each of .*/x, "),
    ],
)
def test_other_arrays_are_refused(tmp_path, arrays, said):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=f"^dataset: {tmp_path}.*{said}"):
        load(f"npz:{tmp_path}/a.npz")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK\3\4 and so on")
    np.save(tmp_path / "b.npy", IMAGES)
    for path in ("a.npz", "b.npy", "none.npz", "none/none.npz"):
        with pytest.raises(InputError, match=rf"^dataset: {tmp_path}/{path}: expected "):
            load(f"npz:{tmp_path}/{path}")
    np.savez(tmp_path / "c.npz", **PARTS)
    with pytest.raises(InputError, match=r": expected one npz file, found 2: name one$"):
        load(f"npz:{tmp_path}")


def packed(arrays, compress):
    file = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(file, **arrays)
    return file.getvalue()


STRANGE = [IMAGES[:6] * 1j, IMAGES[:6] * np.nan, np.float64(3), IMAGES[:0]]
OTHER_LABELS = [LABELS[:6, None], LABELS[:6] > 0, np.eye(2)[LABELS[:6]], np.array(list("ababab"))]
ARRAYS = st.sampled_from([*PARTS.values(), IMAGES / 255, *OTHER_LABELS, *STRANGE])
KEYS = st.sampled_from([*PARTS, "x", "y", "val_images", "arr_0", "label", "é"])


@pytest.mark.fuzz
@given(st.dictionaries(KEYS, ARRAYS, max_size=3), st.booleans(), st.booleans(), st.data())
def test_any_archive_is_a_data_set_or_refused_in_one_line(
    tmp_path_factory, little_memory, more, whole, compress, data
):
    path = pathlib.Path(tmp_path_factory.mktemp("npz")) / "a.npz"
    content = bytearray(packed({**(PARTS if whole else {}), **more}, compress))
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    path.write_bytes(content)
    try:
        with little_memory():
            found = load(f"npz:{path}")
    except InputError as error:
        assert str(error).startswith(f"dataset: {path}") and len(str(error).splitlines()) == 1
    else:
        assert found.num_classes == len(found.class_names) == len(set(found.train.labels))
        assert found.train.images.dtype == np.uint8 and len(found.test)
