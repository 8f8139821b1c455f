from __future__ import annotations

import fcntl
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import termios

import pytest

import tfcnn

ROOT = pathlib.Path(__file__).parents[2]
DATASET = f"idx:{ROOT / 'tests' / 'data' / 'sample'}"
ARCHITECTURE = "conv(4,5,stride=4) flatten dropout(0.1) dense(10,act=linear)"
# 200 steps an epoch: a signal finds it at work.
CHOICES = {"epochs": 12, "batch_size": 2, "learning_rate": 0.002, "l2": 0.001, "seed": 3}
LINEAR = {"arch": "flatten dense(10,act=linear)", "batch_size": 1, "checkpoint_steps": 500}


def command(run_dir, **choices):
    flags = {"dataset": DATASET, "arch": ARCHITECTURE, **CHOICES, "run_dir": run_dir} | choices
    program = [sys.executable, "-m", "experiments.train"]
    return program + [f"--{name}={value}" for name, value in flags.items()]


def run(*arguments):
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=600)


def stop(run_dir, number, pause, **choices):
    """Starts the program, sends it a signal where it pauses, and returns how it ended."""
    with subprocess.Popen(
        command(run_dir, **choices),
        cwd=ROOT,
        env=pause.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        pause.wait_for(process)
        process.send_signal(number)
        pause.end()
        output, _ = process.communicate()
    return process.returncode, output.splitlines()[-1]


@pytest.mark.parametrize(
    ("step", "last"),
    [
        (400, range(400, 401)),  # The end of the first epoch is being written.
        (500, range(501, 800)),  # In the second one.
    ],
)
def test_a_training_whose_terminal_is_closed_saves(tmp_path, pause_at, step, last):
    run_dir, pause = tmp_path / "run", pause_at(rf"os\.rename .*/step-{step:08d}$")

    assert close_the_terminal(pause, command(run_dir, **LINEAR, epochs=99)) == 129
    assert not (run_dir / "lock").exists()
    steps = [int(folder.name[-8:]) for folder in (run_dir / "checkpoints").glob("step-*")]
    assert max(steps) in last
    assert len((run_dir / "metrics.jsonl").read_text().splitlines()) == 1


def test_a_training_whose_terminal_is_closed_without_a_signal_goes_on(tmp_path, pause_at):
    """As after ``nohup``, or as long as the signal is on its way."""
    run_dir, pause = tmp_path / "run", pause_at(r"os\.rename .*/step-00000400$")
    code = close_the_terminal(pause, command(run_dir, **LINEAR, epochs=3), signal.SIG_IGN)
    assert code == 129  # What it had to say at its end was not heard.
    assert len((run_dir / "metrics.jsonl").read_text().splitlines()) == 3
    assert (run_dir / "plots" / "learning_curves.png").exists()


def close_the_terminal(pause, arguments, hangup=signal.SIG_DFL):
    """Starts a program in a terminal that is closed where it pauses; its exit code."""

    def take_the_terminal():
        signal.signal(signal.SIGHUP, hangup)
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    master, terminal = os.openpty()
    with subprocess.Popen(
        arguments,
        cwd=ROOT,
        env=pause.environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=take_the_terminal,
    ) as process:
        os.close(terminal)
        pause.wait_for(process, master)
        os.close(master)
        pause.end()
    return process.returncode


def metrics(run_dir):
    return [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]


def test_the_command_is_the_library_call(tmp_path):
    few = CHOICES | {"epochs": 2, "batch_size": 16}
    done = run(*command(tmp_path / "run", **few, threads=1))
    assert done.returncode == 0, done.stderr
    environment = json.loads((tmp_path / "run" / "environment.json").read_text())
    assert environment["threads"] == {"an_operation": 1, "side_by_side": 1}

    data, config = tfcnn.data.load(DATASET), tfcnn.training.TrainConfig(**few)
    network = tfcnn.model.Network(tfcnn.model.parse(ARCHITECTURE), (28, 28, 1), seed=3)
    history = tfcnn.training.train(network, data, config, progress=False)
    # This process has another number of threads, so other sums of the same numbers.
    for found, expected in zip(metrics(tmp_path / "run"), history, strict=True):
        assert found["train_loss"] == pytest.approx(expected.train_loss, rel=1e-4)
        assert found["test_loss"] == pytest.approx(expected.test_loss, rel=1e-4)


def test_stopped_twice_it_ends_as_if_it_never_was(tmp_path, pause_at):
    run_dir = tmp_path / "stopped"
    told = f"saved; the same command goes on from here in {run_dir}"
    # At the end of the first epoch, and in the fifth one.
    for number, step in ((signal.SIGTERM, 200), (signal.SIGINT, 900)):
        pause, name = pause_at(rf"os\.rename .*/step-{step:08d}$"), signal.Signals(number).name
        stopped = stop(run_dir, number, pause, checkpoint_steps=450)
        assert stopped == (128 + number, f"stopped by {name}: {told}")
    assert not (run_dir / "weights.safetensors").exists()
    done = run(*command(run_dir, resume="must"))
    assert done.returncode == 0, done.stderr

    whole = run(*command(tmp_path / "whole"))
    assert whole.returncode == 0, whole.stderr
    weights = (run_dir / "weights.safetensors").read_bytes()
    assert weights == (tmp_path / "whole" / "weights.safetensors").read_bytes()

    history, expected = metrics(run_dir), metrics(tmp_path / "whole")
    assert [row["test_loss"] for row in history] == [row["test_loss"] for row in expected]
    assert f"test accuracy after epoch 12: {history[-1]['test_accuracy']:.2%}\n" in done.stdout
    lines = done.stdout.splitlines()
    written = [line.removeprefix("written: ") for line in lines if line.startswith("written: ")]
    curves = run_dir / "plots" / "learning_curves.png"
    assert written == [str(run_dir / "weights.safetensors"), str(run_dir / "metrics.jsonl"),
                       str(curves)]  # fmt: skip
    assert curves.read_bytes().startswith(b"\x89PNG")

    again = run(*command(run_dir))
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, done.stdout.splitlines()[-1])
    assert (run_dir / "weights.safetensors").read_bytes() == weights


def test_a_loss_beyond_all_numbers_ends_in_one_line(tmp_path):
    done = run(*command(tmp_path / "run", learning_rate=1e30))
    assert done.returncode == 1
    *_, last = done.stderr.splitlines()
    assert re.match(
        r"train: the loss is (nan|inf) at step \d+, where the learning rate was ", last
    ), last
    assert "Traceback" not in done.stderr


def test_a_choice_without_a_meaning_beside_another_is_told(run_program, tmp_path):
    flags = ("--optimizer=adam", "--momentum=0.5")
    done = run_program("train", f"--dataset={DATASET}", f"--run_dir={tmp_path / 'run'}", *flags)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("train: --momentum: expected nothing, since optimizer=")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "run").exists()
