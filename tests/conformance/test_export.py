"""Every format, read back by its own runtime, gives the network's logits."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.exchange import RUNTIMES
from tfcnn.exchange import FORMATS, export


@pytest.mark.parametrize("form", FORMATS)
def test_its_own_runtime_gives_the_same_logits(network, images, tmp_path, form):
    path = tmp_path / f"network.{form}"
    export(network, form, path)
    expected = network(images).numpy()
    assert np.ptp(expected) > 0.1
    for some in (images, images[1:2]):  # Any batch size.
        logits = RUNTIMES[form](path, some)
        assert logits.dtype == np.float32
        np.testing.assert_allclose(logits, network(some), rtol=0, atol=5e-6)


def test_its_quantised_forms_are_near(network, images, tmp_path):
    """Layers in a row have some of float16's 1,024 steps between them, or of 8 bits' 255."""
    expected = network(images).numpy()
    for quantize, within in (("float16", 0.002), ("dynamic", 0.02), ("int8", 0.02)):
        path = tmp_path / f"{quantize}.tflite"
        some = images if quantize == "int8" else None
        export(network, "tflite", path, quantize=quantize, images=some)
        logits = RUNTIMES["tflite"](path, images)
        np.testing.assert_allclose(logits, expected, rtol=0, atol=within * np.ptp(expected))
