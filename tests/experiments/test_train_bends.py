"""Trainings bent by flags, and runs without an epoch, which all programs read."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tfcnn
from tfcnn.model import Network, weights_file

TEXT = "conv(4,5,stride=2) max(2) batchnorm flatten dense(10,act=linear)"


@pytest.fixture(scope="module")
def flags(sample_folder):
    return f"--dataset=idx:{sample_folder}", f"--arch={TEXT}", "--batch_size=40"


@pytest.fixture(scope="module")
def untrained(run_program, flags, tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("runs") / "untrained"
    done = run_program("train", *flags, "--epochs=0", f"--run_dir={run_dir}")
    assert set(done.written()) == {"weights.safetensors"}
    assert "no epoch: the run holds the start weights" in done.stdout
    return run_dir


def test_weights_of_another_run_some_frozen_and_all_norms_told(
    run_program, flags, untrained, tmp_path
):
    done = run_program(
        *("train", *flags, "--epochs=2", f"--initial_weights={untrained}", "--seed=5"),
        *("--initial_paths=conv*,batchnorm*", "--frozen=conv*,batchnorm1/*", "--log_norms"),
        f"--run_dir={tmp_path}",
    )
    assert {"norms.png", "learning_curves.png"} < set(done.written())
    assert f"weights of {untrained}: conv1/kernel, conv1/bias, batchnorm1/scale" in done.stdout
    assert "; not of it: dense1/kernel, dense1/bias" in done.stdout
    before, after = tfcnn.load_run(untrained).tensors(), tfcnn.load_run(tmp_path).tensors()
    for path, value in before.items():
        if path.startswith(("conv1", "batchnorm1")):
            assert after[path].tobytes() == value.tobytes(), path
    rows = [json.loads(line) for line in (tmp_path / "norms.jsonl").read_text().splitlines()]
    assert [list(row["gradients"]) for row in rows] == [["dense1/kernel", "dense1/bias"]] * 2
    # Given again it is finished; with other flags it is refused.
    again = run_program("train", *flags, "--epochs=2", "--seed=5", f"--run_dir={tmp_path}")
    assert again.returncode == 2
    assert again.stderr.startswith(f"train: --run_dir: {tmp_path} was begun with ")


@pytest.mark.parametrize(
    "program",
    [
        *("evaluate", "report", "weights", "ablate --layer=conv1", "activations --index=3"),
        *("attribute --index=3", "classes --layer=conv1"),
        "maximize --layer=conv1 --filters=0",
    ],
)
def test_a_run_without_an_epoch_is_read_as_any_other(run_program, untrained, program):
    name, *flags = program.split()
    assert run_program(name, f"--run_dir={untrained}", *flags).written()


@pytest.mark.parametrize("program", ["evaluate", "activations --index=3", "report"])
@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("conv1/kernel", np.nan, "conv1/kernel: expected finite numbers, found 1 NaN of 100"),
        ("input/deviation", 0, "input/deviation: expected numbers above 0, found 0"),
    ],
)
def test_a_network_that_gives_no_number_is_refused_in_one_line(
    run_program, untrained, tmp_path, program, path, value, told
):
    tensors = Network.load(untrained / "weights.safetensors").tensors()
    tensors[path].flat[0] = value
    for name in ("config.json", "environment.json"):
        (tmp_path / name).write_text((untrained / name).read_text())
    weights_file.write(tmp_path / "weights.safetensors", tensors, TEXT, (28, 28, 1))
    name, *flags = program.split()
    done = run_program(name, f"--run_dir={tmp_path}", *flags)
    assert done.returncode == 2
    assert done.stderr == f"{name}: {tmp_path}/weights.safetensors: {told}\n"
