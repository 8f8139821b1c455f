"""Out and in again, as processes."""

from __future__ import annotations

import json
import pathlib
import resource
import subprocess
import sys

import numpy as np
import pytest
import safetensors.numpy

import tfcnn

ROOT = pathlib.Path(__file__).parents[2]
SAMPLE = f"idx:{ROOT / 'tests' / 'data' / 'sample'}"


@pytest.fixture(name="run_dir", scope="module")
def _run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "first"
    data = tfcnn.data.load(SAMPLE)
    architecture = tfcnn.model.parse("conv(4,3) max(4) flatten dense(10,act=linear)")
    network = tfcnn.model.Network(architecture, (28, 28, 1))
    config = tfcnn.training.TrainConfig(epochs=4, batch_size=25)
    tfcnn.training.train(network, data, config, folder, progress=False)
    return folder


def test_export_says_where_the_file_is_and_nothing_else(run_program, run_dir, tmp_path):
    import onnxruntime

    path = tmp_path / "out" / "net.onnx"
    done = run_program("export", f"--run_dir={run_dir}", "--format=onnx", f"--path={path}")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", f"written: {path}\n")
    images = tfcnn.data.load(SAMPLE).test.images / np.float32(255)
    [logits] = onnxruntime.InferenceSession(path).run(["logits"], {"images": images})
    np.testing.assert_allclose(logits, tfcnn.load_run(run_dir)(images), rtol=0, atol=1e-5)


def test_a_quantised_export_tells_its_accuracy(run_program, run_dir, tmp_path):
    """As LiteRT finds it; int8 takes what is representative from the training images."""
    from ai_edge_litert.interpreter import Interpreter

    test = tfcnn.data.load(SAMPLE).test
    images = test.images / np.float32(255)
    before = np.mean(tfcnn.load_run(run_dir)(images).numpy().argmax(1) == test.labels)
    for quantize in tfcnn.exchange.QUANTIZATIONS:
        path = tmp_path / f"{quantize}.tflite"
        flags = f"--run_dir={run_dir}", "--format=tflite", f"--quantize={quantize}"
        done = run_program("export", *flags, f"--path={path}")
        logits = Interpreter(str(path)).get_signature_runner()(images=images)["logits"]
        after = np.mean(logits.argmax(1) == test.labels)
        told = f"test accuracy: {after:.2%} exported, {before:.2%} before\nwritten: {path}\n"
        assert (done.returncode, done.stderr, done.stdout) == (0, "", told)


@pytest.mark.parametrize("form", tfcnn.exchange.FORMATS)
def test_a_disk_that_is_full_is_named_and_nothing_is_left(run_dir, tmp_path, form):
    """A file may have 2 kB, which stands in for a disk with as much room."""
    flags = f"--run_dir={run_dir}", f"--format={form}", f"--path={tmp_path / 'net'}"
    done = subprocess.run(
        [sys.executable, "-m", "experiments.export", *flags],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048)),
    )
    told = f"export: --path: expected a place to write to, found '{tmp_path / 'net'}': File too"
    assert (done.returncode, done.stderr) == (2, f"{told} large\n")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_ends_export_in_one_line(run_dir, tmp_path):
    program = (
        "import sys, runpy\n"
        "sys.modules['tf2onnx'] = None\n"
        f"sys.argv = ['export', '--run_dir={run_dir}', '--format=onnx', '--path={tmp_path}/a']\n"
        "runpy.run_module('experiments.export', run_name='__main__', alter_sys=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        "export: --format: expected the package tf2onnx for onnx, found import of tf2onnx halted; "
        "None in sys.modules: pip install 'tf2onnx>=1.17,<2'\n"
    )


@pytest.mark.parametrize("told", [True, False])
def test_imported_weights_make_a_run(run_program, run_dir, tmp_path, told):
    """The trained network, laid out as PyTorch would, comes back; with a map or without."""
    network, data = tfcnn.load_run(run_dir), tfcnn.data.load(SAMPLE)
    tensors = network.tensors()
    state = {
        "0.weight": tensors["conv1/kernel"].transpose(3, 2, 0, 1),
        "0.bias": tensors["conv1/bias"],
        "3.weight": tensors["dense1/kernel"].reshape(6, 6, 4, 10).transpose(3, 2, 0, 1),
        "3.bias": tensors["dense1/bias"],
        "extra": np.zeros(3, np.int64),
    }
    state["3.weight"] = state["3.weight"].reshape(10, 144)
    weights, names = tmp_path / "w.safetensors", tmp_path / "names.json"
    safetensors.numpy.save_file(
        {name: np.ascontiguousarray(value) for name, value in state.items()}, weights
    )
    paths = ["conv1/kernel", "conv1/bias", "dense1/kernel", "dense1/bias"]
    of_file = dict(zip(state, paths, strict=False))
    names.write_text(json.dumps(of_file))
    done = run_program(
        "import_weights",
        *(f"--weights={weights}", f"--arch={network.architecture}"),
        *((f"--map={names}", "--layout=pytorch") if told else ()),
        *(f"--dataset={SAMPLE}", f"--run_dir={tmp_path / 'run'}"),
        f"--mean={tensors['input/mean'][0]}",
        f"--deviation={tensors['input/deviation'][0]}",
    )
    assert (done.returncode, done.stderr) == (0, "")
    right = network(data.test.images / np.float32(255)).numpy().argmax(1) == data.test.labels
    assert done.stdout.splitlines() == [
        "layout: pytorch",
        *([] if told else [f"{name!r} -> {path}" for name, path in of_file.items()]),
        "not used: 'extra'",
        f"test accuracy: {right.mean():.2%}",
        f"written: {tmp_path / 'run' / 'weights.safetensors'}",
        f"written: {tmp_path / 'run' / 'config.json'}",
    ]
    assert right.mean() > 0.5
    origin = tfcnn.open_run(tmp_path / "run").config["imported"]
    assert origin == {"weights": str(weights), "layout": "pytorch", "map": of_file}
    imported = tfcnn.load_run(tmp_path / "run")
    for path, tensor in tensors.items():
        np.testing.assert_array_equal(imported.tensors()[path], tensor)
    assert tfcnn.open_run(tmp_path / "run").data().name == data.name
    with pytest.raises(tfcnn.errors.InputError, match=r"^run_dir: expected a folder without a run"):
        tfcnn.runs.save_as_run(tmp_path / "run", imported, data, {})


def test_a_run_of_imported_weights_is_not_trained_on(run_program, run_dir, tmp_path):
    tfcnn.exchange.export(tfcnn.load_run(run_dir), "npz", tmp_path / "w.npz")
    where = f"--dataset={SAMPLE}", f"--run_dir={tmp_path / 'run'}"
    text = str(tfcnn.load_run(run_dir).architecture)
    done = run_program(
        "import_weights", f"--weights={tmp_path / 'w.npz'}", f"--arch={text}", *where
    )
    assert (done.returncode, done.stderr) == (0, "")
    done = run_program("train", f"--arch={text}", "--epochs=1", *where)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith(
        "train: --run_dir: expected a new folder, or a run with a training to go"
    )
