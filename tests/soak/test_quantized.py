"""What quantising costs on the real test images."""

from __future__ import annotations

import numpy as np
import pytest

import tfcnn
from benchmarks.exchange import RUNTIMES
from tfcnn.pixels import as_floats

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("arch", ["simple", "vgg"])
def test_no_more_than_a_tenth_of_a_point_is_lost(tmp_path, arch):
    data = tfcnn.data.load("mnist")
    network = tfcnn.model.Network(tfcnn.model.ZOO[arch], (28, 28, 1))
    [row] = tfcnn.training.train(
        network, data, tfcnn.training.TrainConfig(epochs=1), progress=False
    )
    some = as_floats(data.train.images[:500])
    for quantize in tfcnn.exchange.QUANTIZATIONS:
        path = tmp_path / f"{quantize}.tflite"
        images = some if quantize == "int8" else None
        tfcnn.exchange.export(network, "tflite", path, quantize=quantize, images=images)
        logits = RUNTIMES["tflite"](path, as_floats(data.test.images))
        accuracy = np.mean(logits.argmax(axis=1) == data.test.labels)
        print(f"{arch}, {quantize}: {accuracy:.2%}, before {row.test_accuracy:.2%}")
        assert abs(accuracy - row.test_accuracy) <= 0.001
