from __future__ import annotations

import pathlib
import subprocess
import sys

import numpy as np
import pytest

import tfcnn
from tfcnn.model.architecture import parse
from tfcnn.model.initializers import initial_values, kernel_deviation
from tfcnn.model.layers import Conv, Dense, Depthwise, Fans


def weights(text, input_shape, seed=0):
    found = {}
    for placed in parse(text).place(input_shape):
        found |= initial_values(placed, seed)
    return found


# fan_in is 3 * 3 * 32 = 288 and fan_out 3 * 3 * 64 = 576 for the conv, 400 and 50 for the dense.
CASES = [
    ("relu", 1 / 12, 0.0707107),
    ("elu", 1 / 12, 0.0707107),
    ("leaky_relu", 1 / 12, 0.0707107),
    ("selu", 0.0589256, 0.05),
    ("tanh", 0.0481125, 0.0666667),
    ("sigmoid", 0.0481125, 0.0666667),
    ("linear", 0.0481125, 0.0666667),
]


@pytest.mark.parametrize(("activation", "conv", "dense"), CASES)
def test_kernels_are_normal_with_the_deviation_of_the_paper(activation, conv, dense):
    found = weights(f"conv(64,3,act={activation})", (9, 9, 32))
    found |= weights(f"flatten dense(50,act={activation})", (10, 10, 4))
    for path, deviation in (("conv1/kernel", conv), ("dense1/kernel", dense)):
        kernel = found[path]
        count = kernel.size
        assert kernel.dtype == np.float32
        # Five standard errors each: of a mean, of a deviation, and of a share of a normal sample.
        assert abs(kernel.mean()) < 5 * deviation / np.sqrt(count)
        assert abs(kernel.std() / deviation - 1) < 5 / np.sqrt(2 * count)
        share = (np.abs(kernel) < deviation).mean()
        assert abs(share - 0.682689) < 5 * np.sqrt(0.682689 * 0.317311 / count)


@pytest.mark.parametrize(("activation", "conv", "dense"), CASES)
def test_kernel_deviation_by_hand(activation, conv, dense):
    fans = Conv(64, 3).weights((9, 9, 32))["kernel"].start
    assert kernel_deviation(activation, fans) == pytest.approx(conv, rel=1e-5)
    fans = Dense(50).weights((400,))["kernel"].start
    assert kernel_deviation(activation, fans) == pytest.approx(dense, rel=1e-5)


def test_a_depthwise_kernel_reads_one_channel():
    kernel = Depthwise((3, 2), multiplier=4).weights((9, 9, 32))["kernel"]
    assert kernel.start == Fans(6, 24)
    found = weights("depthwise(3,multiplier=8)", (9, 9, 64))["depthwise1/kernel"]
    # He: sqrt(2 / 9); five standard errors of a deviation.
    assert abs(found.std() / np.sqrt(2 / 9) - 1) < 5 / np.sqrt(2 * found.size)


def test_neighbouring_filters_are_independent():
    kernel = weights("conv(64,3)", (9, 9, 64))["conv1/kernel"].reshape(-1, 64)
    correlations = np.corrcoef(kernel.T)[np.triu_indices(64, 1)]
    # 576 independent pairs correlate with deviation 1/sqrt(576); the largest of 2016 stays in 5.
    assert np.abs(correlations).max() < 5 / np.sqrt(576)


def test_what_is_not_a_kernel_is_0_or_1():
    found = weights("conv(3,2) batchnorm flatten dense(4)", (4, 4, 1))
    constants = {path: set(value.ravel()) for path, value in found.items() if "kernel" not in path}
    assert constants == {
        "conv1/bias": {0.0},
        "batchnorm1/scale": {1.0},
        "batchnorm1/offset": {0.0},
        "batchnorm1/moving_mean": {0.0},
        "batchnorm1/moving_variance": {1.0},
        "dense1/bias": {0.0},
    }


def test_a_function_without_a_rule_is_refused():
    with pytest.raises(NotImplementedError, match="swish"):
        kernel_deviation("swish", Fans(9, 9))


def test_the_seed_decides_every_kernel():
    text = "conv(3,3) conv(3,3) flatten dense(4)"
    first, again, other = (weights(text, (9, 9, 3), seed) for seed in (5, 5, 6))
    for path in first:
        assert first[path].tobytes() == again[path].tobytes()
    for path in ("conv1/kernel", "conv2/kernel", "dense1/kernel"):
        assert not (first[path] == other[path]).any()
    # Two kernels of one shape do not share their numbers either.
    assert not (first["conv1/kernel"] == first["conv2/kernel"]).any()


def test_layers_that_move_neither_path_nor_shape_change_nothing():
    plain = weights("conv(3,3) flatten dense(4)", (9, 9, 1))
    longer = weights(
        "conv(3,3) batchnorm dropout(0.5) conv(3,1) flatten dense(4) dense(2)", (9, 9, 1)
    )
    for path, value in plain.items():
        assert value.tobytes() == longer[path].tobytes()


def test_another_process_draws_the_same_bytes():
    program = (
        "import sys\n"
        "from tfcnn.model.architecture import parse\n"
        "from tfcnn.model.initializers import initial_values\n"
        "placed = parse('conv(8,3)').place((9, 9, 1))[0]\n"
        "sys.stdout.buffer.write(initial_values(placed, 3)['conv1/kernel'].tobytes())\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    root = pathlib.Path(tfcnn.__file__).parents[1]
    command = [sys.executable, "-c", program]
    other = subprocess.run(command, capture_output=True, check=True, cwd=root)
    own = weights("conv(8,3)", (9, 9, 1), seed=3)["conv1/kernel"].tobytes()
    assert other.stdout == own
