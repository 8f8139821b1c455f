"""A bit that flipped in a file of ours: what is read is what was written, or the file is named."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

import tfcnn
from tfcnn.errors import InputError
from tfcnn.exchange import NumpyNetwork, export, import_weights
from tfcnn.model import Network, parse
from tfcnn.page import FilterCards
from tfcnn.runs import checkpoints, save_as_run
from tfcnn.runs.progress import Progress

SHAPE = (6, 6, 1)
ARCHITECTURE = parse("conv(2,3) batchnorm flatten dense(2,act=linear)")


def loaded(path):
    return Network.load(path).tensors()


def imported(path):
    return import_weights(path, ARCHITECTURE, SHAPE).network.tensors()


def by_numpy(path):
    return dict(NumpyNetwork.load(path).tensors)


def of_a_run(path):
    return tfcnn.open_run(path.parent).network().tensors()


def of_a_checkpoint(path):
    network = Network(ARCHITECTURE, SHAPE)
    checkpoints.read_network(path.parent, network)
    return network.tensors()


def of_cards(path):
    return dataclasses.asdict(FilterCards.load(path))


def save(network, path):
    network.save(path)
    return path


def exported(network, path):
    export(network, "npz", path)
    return path


def save_run(network, path):
    split = tfcnn.data.Split(np.zeros((2, *SHAPE), np.uint8), np.arange(2, dtype=np.int32))
    data = tfcnn.data.Dataset("planted", 2, ("a", "b"), split, split, {})
    return save_as_run(path, network, data, {}).weights


def save_checkpoint(file):
    def write(network, path):
        state = tf.train.Checkpoint(network=network)
        return checkpoints.save(path, state, Progress(step=7)) / file

    return write


def save_cards(network, path):
    random = np.random.default_rng(0)
    FilterCards(
        filters=np.arange(2),
        reduction="mean",
        verdicts=np.array(["found", "dead"]),
        scores=random.random(2, np.float32),
        robust_scores=random.random(2, np.float32),
        patterns=random.random((2, *SHAPE), np.float32),
        patches=random.integers(0, 256, (2, 3, 3, 3, 1), np.uint8),
        patch_values=random.random((2, 3), np.float32),
        class_means=random.random((2, 2)),
    ).save(path)
    return path


# Name -> (writes it and gives its path, reads it, how many bytes lie between two that are tried).
KINDS = {
    "weights.safetensors": (save, loaded, 11),
    "weights.earlier.safetensors": (save, loaded, 53),
    "ours.safetensors": (save, imported, 11),
    "ours.npz": (exported, imported, 11),
    "numpy.npz": (exported, by_numpy, 3),
    "run": (save_run, of_a_run, 53),
    "data": (save_checkpoint("state.data-00000-of-00001"), of_a_checkpoint, 31),
    "index": (save_checkpoint("state.index"), of_a_checkpoint, 31),
    "manifest": (save_checkpoint("manifest.json"), of_a_checkpoint, 13),
    "progress": (save_checkpoint("progress.json"), of_a_checkpoint, 13),
    "patterns_conv1.npz": (save_cards, of_cards, 3),
}


def bits(value):
    array = np.asarray(value)
    return array.dtype.str, array.shape, array.tobytes()


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", KINDS)
def test_what_is_read_is_what_was_written_or_the_file_is_named(tmp_path, name, every):
    write, read, apart = KINDS[name]
    network, random = Network(ARCHITECTURE, SHAPE), np.random.default_rng(0)
    tensors = network.tensors().items()
    network.assign({at: random.random(value.shape, np.float32) for at, value in tensors})
    path = write(network, tmp_path / name)
    written, content = read(path), path.read_bytes()
    refused = 0
    for position in range(0, len(content), 1 if every else apart):
        flipped = bytearray(content)
        flipped[position] ^= 1 << position % 8
        path.write_bytes(flipped)
        try:
            found = read(path)
        except InputError as error:
            assert len(str(error).splitlines()) == 1
            assert str(path) in str(error) or str(path.parent) in str(error)
            refused += 1
        else:
            assert found.keys() == written.keys()
            for key, value in written.items():
                assert bits(found[key]) == bits(value), (position, key)
    assert refused
