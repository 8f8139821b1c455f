"""The code in docs/exchange.md runs as it is printed."""

from __future__ import annotations

import pathlib
import re

import numpy as np

from tfcnn.exchange import export

DOCS = pathlib.Path(__file__).parents[2] / "docs" / "exchange.md"
PATHS = {
    "saved_model": "first",
    "onnx": "first.onnx",
    "tflite": "first.tflite",
    "npz": "first.npz",
    "safetensors": "first.safetensors",
}


def test_the_code_that_reads_exports(default_network, digits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for form, path in PATHS.items():
        export(default_network, form, path)
    images = digits.test.images[:20] / np.float32(255)
    section = DOCS.read_text(encoding="utf-8").split("### Reading them")[1].split("### How ")[0]
    results = []
    for block in re.findall(r"```python\n(.*?)```", section, re.DOTALL):
        names = {"images": images}
        exec(block, names)
        results.append(names)
    *with_logits, last = results
    assert len(with_logits) == 5
    expected = default_network(images).numpy()
    for names in with_logits:
        atol = 1e-6 * np.abs(expected).max()
        np.testing.assert_allclose(names["logits"], expected, rtol=0, atol=atol)
    np.testing.assert_array_equal(
        last["tensors"]["conv1/kernel"], default_network.tensors()["conv1/kernel"]
    )
