"""A text, a weights file and a checkpoint give back what was written, to the bit."""

from __future__ import annotations

import numpy as np

from tfcnn.model import Network, parse
from tfcnn.runs import checkpoints
from tfcnn.runs.progress import Progress
from tfcnn.training import TrainConfig
from tfcnn.training.trainer import Trainer


def assert_same_bits(found, expected):
    assert list(found) == list(expected)
    for path, value in expected.items():
        assert found[path].shape == value.shape
        assert found[path].tobytes() == value.tobytes(), path


def test_the_text_of_an_architecture_reads_back_as_it(case):
    assert parse(str(parse(case))) == parse(case)


def test_a_weights_file_gives_back_every_bit(network, images, tmp_path):
    network.save(tmp_path / "w.safetensors")
    loaded = Network.load(tmp_path / "w.safetensors")
    assert loaded.architecture == network.architecture
    assert loaded.input_shape == network.input_shape
    assert_same_bits(loaded.tensors(), network.tensors())
    assert list(loaded.weights) == list(network.weights)
    np.testing.assert_array_equal(loaded(images), network(images))


def test_a_checkpoint_gives_back_every_bit_of_network_and_optimizer(
    case, network_of, data, tmp_path
):
    def variables(trainer):
        slots = trainer.state.optimizer.slots
        return trainer.state.network.tensors() | {
            f"slot/{name}": slot.numpy() for name, slot in slots.items()
        }

    written, other = (
        Trainer(network_of(case, seed), data, TrainConfig(batch_size=5, optimizer="adam"))
        for seed in (4, 5)
    )
    generator = np.random.default_rng(2)
    for slot in written.state.optimizer.slots.values():
        slot.assign(generator.normal(size=slot.shape))
    kernels = [path for path in written.state.network.weights if path.endswith("kernel")]
    before = variables(other)
    assert all((variables(written)[path] != before[path]).any() for path in kernels)
    assert len(before) >= 2 * len(written.state.network.weights)

    path = checkpoints.save(tmp_path, written.state, Progress(step=7))
    assert checkpoints.restore(path, other.state).step == 7
    assert_same_bits(variables(other), variables(written))
