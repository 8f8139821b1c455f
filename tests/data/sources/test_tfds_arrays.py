from __future__ import annotations

import hashlib

import numpy as np
import pytest

from tfcnn.data import load
from tfcnn.data.sources import tfds, tfds_arrays
from tfcnn.errors import InputError

NUMBERS = {"train": 30, "test": 12}


def image(split, number):
    """A colour image [6, 5, 3] that tells which one it is."""
    picture = np.zeros((6, 5, 3), np.uint8)
    picture[..., 0] = number
    picture[..., 1] = 200 if split == "train" else 100
    picture[0, :, 2] = np.arange(5)
    return picture


@pytest.fixture
def make_builder(tmp_path):
    """Prepares a small data set with TFDS itself, and no network."""
    module = tfds.import_tfds()

    def make(*, shape=(6, 5, 3), splits=("train", "test"), keys=("image", "label"), hidden=None):
        class TinyColours(module.core.GeneratorBasedBuilder, skip_registration=True):
            VERSION = module.core.Version("1.0.0")

            def _info(self):
                features = {
                    "image": module.features.Image(shape=shape),
                    "label": module.features.ClassLabel(names=["red", "green", "blue"]),
                }
                return module.core.DatasetInfo(
                    builder=self,
                    features=module.features.FeaturesDict(features),
                    supervised_keys=keys,
                )

            def _split_generators(self, dl_manager):
                return {split: self._generate_examples(split) for split in splits}

            def _generate_examples(self, split="train"):
                for number in range(NUMBERS[split]):
                    label = -1 if split == hidden else number % 3
                    yield number, {"image": image(split, number), "label": label}

        builder = TinyColours(data_dir=tmp_path)
        builder.download_and_prepare()
        return builder

    return make


def test_colour_images_by_the_generic_path(make_builder, tmp_path):
    make_builder()
    data = load("tiny_colours", tfds_dir=tmp_path, progress=False)
    assert (data.name, data.num_classes) == ("tiny_colours", 3)
    assert data.class_names == ("red", "green", "blue")
    for name, split in (("train", data.train), ("test", data.test)):
        assert (split.images.dtype, split.labels.dtype) == (np.uint8, np.int32)
        numbers = split.images[:, 0, 0, 0].tolist()
        assert sorted(numbers) == list(range(NUMBERS[name]))
        expected = np.stack([image(name, number) for number in numbers])
        assert (split.images == expected).all()
        assert split.labels.tolist() == [number % 3 for number in numbers]
        digest = hashlib.sha256(split.images.tobytes()).hexdigest()
        assert data.checksums[f"{name}-images"] == digest


def test_images_that_differ_in_size(make_builder):
    builder = make_builder(shape=(None, None, 3))
    with pytest.raises(
        InputError, match=r"^tiny: expected images of one size, found .*\(None, None"
    ):
        tfds_arrays.read("tiny", builder, progress=False)


@pytest.mark.parametrize("split", ["train", "test"])
def test_hidden_labels(make_builder, split):
    expected = f"^tiny: expected labels from 0 to 2 in the split {split}, found -1$"
    with pytest.raises(InputError, match=expected):
        tfds_arrays.read("tiny", make_builder(hidden=split), progress=False)


def test_no_test_split(make_builder):
    builder = make_builder(splits=("train",))
    with pytest.raises(InputError, match="expected the splits train and test, found train"):
        tfds_arrays.read("tiny", builder, progress=False)


@pytest.mark.parametrize(
    "keys",
    [None, ("label", "image"), ({"image": "image"}, "label"), (("image", "image"), "label")],
)
def test_not_image_classification(make_builder, keys):
    with pytest.raises(InputError, match="expected a data set of uint8 images with one class each"):
        tfds_arrays.read("tiny", make_builder(keys=keys), progress=False)
