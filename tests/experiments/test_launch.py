"""Two worker processes on the loopback address: as one device, and after one of them was killed."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys

import numpy as np
import pytest

import tfcnn

ROOT = pathlib.Path(__file__).parents[2]
DATASET = f"idx:{ROOT / 'tests' / 'data' / 'sample'}"
ARCHITECTURE = "conv(4,5,stride=4) flatten dense(10,act=linear)"
# 400 images in batches of 7: 58 steps an epoch, the last of one image; 928 in all.
CHOICES = {
    "epochs": 16,
    "batch_size": 7,
    "learning_rate": 0.01,
    "l2": 0.01,
    "seed": 3,
}


def start(run_dir, workers=2, pause=None, **choices):
    flags = {"dataset": DATASET, "arch": ARCHITECTURE, **CHOICES, "run_dir": run_dir} | choices
    flags.setdefault("checkpoint_steps", 50)
    return subprocess.Popen(
        [sys.executable, "-m", "experiments.launch", f"--workers={workers}", "--"]
        + [f"--{name}={value}" for name, value in flags.items()],
        cwd=ROOT,
        env=pause and pause.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests after nohup has it ignored, which is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )


def run(run_dir, **choices):
    with start(run_dir, **choices) as launch:
        output, errors = launch.communicate(timeout=600)
    assert launch.returncode == 0, errors
    return output, errors


def workers_of(launch):
    """Index -> process id of the running workers."""
    children = pathlib.Path(f"/proc/{launch.pid}/task/{launch.pid}/children").read_text().split()
    found = {}
    for child in children:
        entries = pathlib.Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
        [config] = [entry.partition(b"=")[2] for entry in entries if entry[:9] == b"TF_CONFIG"]
        found[json.loads(config)["task"]["index"]] = int(child)
    return found


def kill_after(run_dir, victim, pause, number=signal.SIGKILL):
    """Sends one worker a signal where the chief pauses; launch's code and errors."""
    with start(run_dir, pause=pause) as launch:
        pause.wait_for(launch)
        os.kill(workers_of(launch)[victim], number)
        pause.end()
        _, errors = launch.communicate(timeout=600)
    return launch.returncode, errors


@pytest.fixture
def pause(pause_at):
    """A pause of the chief while it writes its second checkpoint, after that of step 50."""
    return pause_at(r"os\.rename .*/step-00000058$")


def tensors(run_dir):
    return tfcnn.load_run(run_dir).tensors()


@pytest.fixture(scope="module")
def one_device():
    """The same training by this process alone."""
    data = tfcnn.data.load(DATASET)
    network = tfcnn.model.Network(tfcnn.model.parse(ARCHITECTURE), (28, 28, 1), seed=3)
    config = tfcnn.training.TrainConfig(**CHOICES)
    history = tfcnn.training.train(network, data, config, progress=False)
    return network.tensors(), history


def assert_as_one_device(run_dir, one_device):
    expected, history = one_device
    for path, value in tensors(run_dir).items():
        np.testing.assert_allclose(value, expected[path], rtol=0, atol=1e-5, err_msg=path)
    rows = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
    for row, wanted in zip(rows, history, strict=True):
        assert row["step"] == wanted.step
        assert row["train_loss"] == pytest.approx(wanted.train_loss, rel=1e-4)
        assert row["test_loss"] == pytest.approx(wanted.test_loss, rel=1e-4)


def test_a_killed_worker_ends_all_and_the_restart_ends_as_one_device(tmp_path, one_device, pause):
    run_dir = tmp_path / "killed"
    code, errors = kill_after(run_dir, 1, pause)
    assert code in (1, 128 + signal.SIGKILL)  # Of whichever was seen first.
    assert "train: lost worker 1 at 127.0.0.1:" in errors
    assert "Traceback" not in errors
    assert not (run_dir / "weights.safetensors").exists()

    output, _ = run(run_dir, resume="must")
    assert "goes on after step " in output
    assert_as_one_device(run_dir, one_device)
    environment = json.loads((run_dir / "environment.json").read_text())
    assert (environment["replicas"], environment["workers"]) == (2, 2)


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--strategy=none", "launch: --workers: expected no --strategy after --"),
        ("--momentum=-1", "train: --momentum: expected"),
    ],
)
def test_a_wrong_flag_after_the_dashes_is_told(run_program, tmp_path, flag, message):
    done = run_program("launch", "--workers=2", "--", f"--run_dir={tmp_path / 'run'}", flag)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_value_after_the_dashes_may_begin_like_a_flag(run_program):
    done = run_program("launch", "--", "--momentum=-1", "--run_dir", "strategy_test")
    assert "train: --momentum: expected" in done.stderr


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("runs") / "undisturbed"
    run(run_dir)
    return (run_dir / "weights.safetensors").read_bytes()


@pytest.mark.soak
@pytest.mark.parametrize("victim", [0, 1])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_the_restart_ends_with_the_bytes_of_an_undisturbed_run(
    tmp_path, undisturbed, pause, victim, number
):
    code, errors = kill_after(tmp_path / "run", victim, pause, number)
    assert code
    assert f"train: lost worker {victim} at 127.0.0.1:" in errors
    run(tmp_path / "run", resume="must")
    assert (tmp_path / "run" / "weights.safetensors").read_bytes() == undisturbed


@pytest.mark.soak
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_one_worker_stops_all_after_saving(tmp_path, undisturbed, pause, number):
    code, errors = kill_after(tmp_path / "run", 1, pause, number)
    assert code == 128 + number
    assert "lost" not in errors
    run(tmp_path / "run", resume="must")
    assert (tmp_path / "run" / "weights.safetensors").read_bytes() == undisturbed


@pytest.mark.soak
def test_three_workers(tmp_path, one_device):
    run(tmp_path / "run", workers=3)
    assert_as_one_device(tmp_path / "run", one_device)


def start_worker(addresses, index, run_dir, **choices):
    task = {"type": "worker", "index": index}
    config = json.dumps({"cluster": {"worker": addresses}, "task": task})
    flags = {"dataset": DATASET, "arch": ARCHITECTURE, **CHOICES, "run_dir": run_dir} | choices
    return subprocess.Popen(
        [sys.executable, "-m", "experiments.train", "--strategy=multi_worker", "--threads=1"]
        + [f"--{name}={value}" for name, value in flags.items()],
        cwd=ROOT,
        env=os.environ | {"TF_CONFIG": config},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.soak
def test_a_worker_that_never_comes_is_named(tmp_path, kept_addresses):
    addresses = kept_addresses(2)
    with start_worker(addresses, 0, tmp_path / "run") as alone:
        _, errors = alone.communicate(timeout=600)
    assert alone.returncode == 1
    assert errors == (
        f"train: TF_CONFIG: expected worker 1 at {addresses[1]} to answer within 60 s, "
        "found: Connection refused\n"
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.soak
@pytest.mark.parametrize("choices", [{"l2": 0.5}, {"arch": "flatten dense(10,act=linear)"}])
def test_workers_with_other_flags_are_refused(tmp_path, kept_addresses, choices):
    addresses = kept_addresses(2)
    with (
        start_worker(addresses, 0, tmp_path / "run") as chief,
        start_worker(addresses, 1, tmp_path / "run", **choices) as other,
    ):
        told = [worker.communicate(timeout=600)[1] for worker in (chief, other)]
    assert (chief.returncode, other.returncode) == (1, 2)
    assert f"train: lost worker 1 at {addresses[1]}: " in told[0]
    [(name, value)] = choices.items()
    assert "train: TF_CONFIG: expected the flags and data of worker 0, " in told[1]
    assert f"found '{name}={value}' in worker 1" in told[1]
