from __future__ import annotations

import collections
import json
import subprocess
import sys

import numpy as np
import pytest

from tfcnn.data import load, prepare
from tfcnn.data.acquire import acquire
from tfcnn.errors import InputError

READ = """
import sys
import numpy as np
import tensorflow_datasets as tfds
folder, out = sys.argv[1:]
for split in ("train", "test"):
    data = tfds.load("mnist", data_dir=folder, split=split, batch_size=-1, download=False)
    np.savez(f"{out}/{split}.npz", **tfds.as_numpy(data))
"""


def as_bag(images, labels):
    return collections.Counter(
        (image.tobytes(), int(label)) for image, label in zip(images, labels, strict=True)
    )


@pytest.mark.usefixtures("sample_is_mnist")
def test_another_process_finds_the_same_images_and_so_do_we(tmp_path, sample_payloads):
    cache, tfds_dir = tmp_path / "cache", tmp_path / "tfds"
    data = acquire("mnist", cache / "mnist", {"given": lambda: sample_payloads})

    folder = prepare("mnist", tfds_dir, cache_dir=cache)

    assert folder == tfds_dir / "mnist" / "3.0.1"
    assert json.loads((folder / "dataset_info.json").read_text())["version"] == "3.0.1"
    subprocess.run([sys.executable, "-c", READ, tfds_dir, tmp_path], check=True, timeout=600)
    for name, split in (("train", data.train), ("test", data.test)):
        found = np.load(tmp_path / f"{name}.npz")
        assert found["image"].shape == split.images.shape
        assert as_bag(found["image"], found["label"]) == as_bag(split.images, split.labels)
        assert (found["label"] != split.labels).any()  # TFDS shuffles, or the next check is void

    # From an empty cache it comes back in the original order, as the checksum demands.
    again = load("mnist", cache_dir=tmp_path / "new", tfds_dir=tfds_dir, progress=False)
    assert (again.train.images == data.train.images).all()
    assert (again.test.labels == data.test.labels).all()

    # What is prepared stays as it is, and no source is asked for it.
    before = (folder / "dataset_info.json").stat().st_mtime_ns
    assert prepare("mnist", tfds_dir, cache_dir=tmp_path / "empty") == folder
    assert (folder / "dataset_info.json").stat().st_mtime_ns == before

    # A prepared directory with a damaged file says no, in one line.
    shard = next(folder.glob("mnist-test.tfrecord*"))
    shard.write_bytes(shard.read_bytes()[:-100])
    from tfcnn.data.sources import tfds, tfds_arrays

    with pytest.raises(InputError, match=r"mnist/3\.0\.1: expected whole files"):
        tfds_arrays.payloads("mnist", tfds.prepared("mnist", tfds_dir), progress=False)


def test_only_the_known_sets_can_be_prepared(tmp_path):
    with pytest.raises(InputError, match=r"expected mnist or fashion_mnist, .* found 'cifar10'"):
        prepare("cifar10", tmp_path)


@pytest.mark.usefixtures("sample_is_mnist")
def test_folder_that_cannot_be_written(tmp_path, sample_payloads):
    acquire("mnist", tmp_path / "mnist", {"given": lambda: sample_payloads})
    (tmp_path / "file").write_text("")
    with pytest.raises(
        InputError, match=r"^tfds_dir: expected a folder to write to, found .*/file: "
    ):
        prepare("mnist", tmp_path / "file", cache_dir=tmp_path)
