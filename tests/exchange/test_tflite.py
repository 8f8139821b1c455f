"""Quantised networks, read by LiteRT, against the rounding done by hand in NumPy."""

from __future__ import annotations

import errno
import os
import pathlib

import numpy as np
import pytest
import tensorflow as tf

import tfcnn
from benchmarks.exchange import RUNTIMES
from tfcnn.atomic_files import write_text
from tfcnn.errors import InputError
from tfcnn.exchange import QUANTIZATIONS, export, tflite, tflite_logits
from tfcnn.model import Network, parse

MOST = 127  # A weight of 8 bits is a whole number of steps, from -127 to 127.


@pytest.fixture(name="real", scope="module")
def _real(digits):
    """All shipped digits, float32 in [0, 1]."""
    return np.concatenate([digits.train.images, digits.test.images]) / np.float32(255)


def exported(network, folder, quantize, images):
    path = folder / f"{quantize}.tflite"
    images = images if quantize == "int8" else None
    export(network, "tflite", path, quantize=quantize, images=images)
    return path


@pytest.fixture(name="dense", scope="module")
def _dense(digits):
    """Kernel [784, 10] and bias of a trained network of one layer that takes pixels as they are."""
    network = Network(parse("flatten dense(10,act=linear)"), (28, 28, 1))
    config = tfcnn.training.TrainConfig(epochs=8, batch_size=25)
    tfcnn.training.train(network, digits, config, progress=False)
    plain = {"input/mean": np.zeros(1, np.float32), "input/deviation": np.ones(1, np.float32)}
    network.assign(network.tensors() | plain)
    return network


def test_the_rounding_of_one_layer_by_hand(dense, real, tmp_path):
    """Of images that have a black and a white pixel, whose own steps of 8 bits are 1/255 then.

    float16: all weights rounded. dynamic: those of a class to steps of their largest / 127.
    int8: the same, and logits to steps of their range / 255, which may move by half a step, so that
    0 is a whole number; what lies beyond it is cut off.
    """
    images = real[(real.max(axis=(1, 2, 3)) == 1) & (real.min(axis=(1, 2, 3)) == 0)]
    assert len(images) > 100
    flat = images.reshape(len(images), -1).astype(np.float64)
    kernel, bias = (dense.tensors()[f"dense1/{name}"] for name in ("kernel", "bias"))
    halves = flat @ kernel.astype(np.float16).astype(np.float64) + bias.astype(np.float16)
    steps = np.abs(kernel).max(axis=0) / MOST
    whole = flat @ (np.rint(kernel / steps) * steps) + bias
    low, high = dense(images).numpy().min(), dense(images).numpy().max()
    step = (high - low) / 255
    inside = (whole > low + step / 2) & (whole < high - step / 2)
    assert 0.99 < inside.mean() < 1
    rounding = 1e-6 * np.abs(whole).max()
    for quantize, expected, within in (
        ("float16", halves, rounding),
        ("dynamic", whole, rounding),
        ("int8", whole, np.where(inside, 0.51, 1.01) * step),
    ):
        logits = RUNTIMES["tflite"](exported(dense, tmp_path, quantize, images), images)
        assert logits.dtype == np.float32
        assert np.all(np.abs(logits - expected) <= within), quantize


@pytest.fixture(name="vgg", scope="module")
def _vgg(digits):
    """A deep network after some steps on real digits."""
    network = Network(tfcnn.model.find("vgg"), (28, 28, 1))
    config = tfcnn.training.TrainConfig(epochs=2, batch_size=25)
    tfcnn.training.train(network, digits, config, progress=False)
    return network


# Of the range of the logits: some of float16's 1,024 steps, two and a half of 8 bits' 255.
WITHIN = {"float16": 0.001, "dynamic": 0.01, "int8": 0.01}


@pytest.mark.parametrize("quantize", QUANTIZATIONS)
@pytest.mark.parametrize("arch", ["simple", "vgg"])
def test_a_deep_network(request, real, digits, tmp_path, arch, quantize):
    network = request.getfixturevalue({"simple": "default_network"}.get(arch, arch))
    expected = network(real).numpy()
    path = exported(network, tmp_path, quantize, real)
    plain = exported(network, tmp_path, None, None)
    assert path.stat().st_size < (0.55 if quantize == "float16" else 0.3) * plain.stat().st_size
    logits = RUNTIMES["tflite"](path, real)
    assert np.abs(logits - expected).max() < WITHIN[quantize] * np.ptp(expected)
    one = RUNTIMES["tflite"](path, real[:1])  # Any batch size.
    np.testing.assert_allclose(one, logits[:1], rtol=0, atol=1e-6 * np.ptp(expected))
    np.testing.assert_array_equal(tflite_logits(path, real), logits)
    if arch == "simple":  # The other one is half way in its training, with classes that tie.
        labels = np.concatenate([digits.train.labels, digits.test.labels])
        after, before = (np.mean(of.argmax(axis=1) == labels) for of in (logits, expected))
        assert before > 0.9
        assert abs(after - before) <= 0.001


SOME = np.zeros((1, 28, 28, 1), np.uint8)


@pytest.mark.parametrize(
    ("form", "quantize", "images", "said"),
    [
        ("onnx", "int8", None, "quantize: expected the format tflite beside it, found onnx"),
        ("tflite", "int4", None, "quantize: expected one of float16, dynamic, int8, found 'int4'"),
        ("tflite", None, SOME, "images: expected none without quantize='int8', found None"),
        (
            "tflite",
            "dynamic",
            SOME,
            "images: expected none without quantize='int8', found 'dynamic'",
        ),
        ("tflite", "int8", None, "images: expected some for quantize='int8', found None"),
        ("tflite", "int8", np.zeros((2, 28, 28, 1), np.int8), "found int8 [2, 28, 28, 1]"),
        ("tflite", "int8", np.zeros((0, 28, 28, 1), np.float32), "at least one, found none"),
        ("tflite", "int8", np.zeros((2, 28, 28), np.float32), "found float32 [2, 28, 28]"),
        ("tflite", "int8", np.full((2, 28, 28, 1), 255, np.float32), "found 255 to 255"),
        ("tflite", "int8", np.full((2, 28, 28, 1), np.nan, np.float32), "found nan to nan"),
    ],
)
def test_what_does_not_go_together_is_refused(dense, tmp_path, form, quantize, images, said):
    with pytest.raises(InputError) as caught:
        export(dense, form, tmp_path / "a", quantize=quantize, images=images)
    assert said in str(caught.value)
    assert str(caught.value).startswith(("images: expected ", "quantize: expected "))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["saved_model", "tflite"])
def test_a_full_disk_is_no_full_memory(dense, tmp_path, monkeypatch, form):
    """As TensorFlow 2.21 tells it, in the words of a run on a disk of 100 kB."""

    def full(_, folder, **__):
        raise tf.errors.ResourceExhaustedError(
            None, None, f"{folder}/variables/x; {os.strerror(errno.ENOSPC)} [Op:SaveV2]"
        )

    monkeypatch.setattr(tf.saved_model, "save", full)
    with pytest.raises(InputError) as caught:
        export(dense, form, tmp_path / "net")
    place = f"{str(tmp_path / 'net')!r}: {os.strerror(errno.ENOSPC)}"
    assert str(caught.value) == f"path: expected a place to write to, found {place}"
    assert list(tmp_path.iterdir()) == []


def test_what_the_converter_reads_is_swept_by_nobody_while_it_reads(dense, tmp_path, monkeypatch):
    def convert(folder, quantize, images):
        write_text(tmp_path / "another", "its writer removes what killed ones left")
        assert pathlib.Path(folder, "saved_model.pb").is_file()
        assert folder.endswith("-tfcnn")  # So that it goes with the next writer if we are killed.
        return b"converted"

    monkeypatch.setattr(tflite, "convert", convert)
    export(dense, "tflite", tmp_path / "net.tflite")
    assert {path.name for path in tmp_path.iterdir()} == {"another", "net.tflite"}


def test_a_full_memory_is_told_as_such(dense, tmp_path, monkeypatch):
    def full(*_, **__):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating a tensor")

    monkeypatch.setattr(tf.saved_model, "save", full)
    with pytest.raises(tf.errors.ResourceExhaustedError):
        export(dense, "saved_model", tmp_path / "net")
    assert list(tmp_path.iterdir()) == []
