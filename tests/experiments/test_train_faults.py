"""What a training survives, each time as a process of its own, as on a user's machine."""

from __future__ import annotations

import os
import pathlib
import resource
import signal
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
CHOICES = {
    "dataset": f"idx:{ROOT / 'tests' / 'data' / 'sample'}",
    "arch": "conv(4,5,stride=4) flatten dropout(0.1) dense(10,act=linear)",
    "batch_size": 2,  # 200 steps an epoch.
    "learning_rate": 0.002,
    "schedule": "constant",
    "warmup": 0,
}


def command(run_dir, **choices):
    flags = [f"--{name}={value}" for name, value in (CHOICES | choices).items()]
    return [sys.executable, "-m", "experiments.train", f"--run_dir={run_dir}", *flags]


def run(run_dir, *, limit=None, **choices):
    """Runs the program to its end; ``limit`` is the largest file that it may write."""
    before = None
    if limit:

        def before():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        command(run_dir, **choices),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        preexec_fn=before,
    )


def start(run_dir, pause=None, **choices):
    return subprocess.Popen(
        command(run_dir, **choices),
        cwd=ROOT,
        env=pause and pause.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def checkpoints_in(run_dir):
    return {path.name for path in (run_dir / "checkpoints").glob("step-*")}


def weight_bytes(run_dir):
    return (run_dir / "weights.safetensors").read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of two epochs that nothing went wrong with."""
    run_dir = tmp_path_factory.mktemp("whole")
    assert run(run_dir, epochs=2).returncode == 0
    return run_dir


def one_line(done):
    """What the program says after its progress bars."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1].strip()


# Where a checkpoint is killed: before it is begun, half written, and but for its name.
MOMENTS = (
    r"os\.mkdir .*/\.partial-step-{:08d}-",
    r"os\.rename .*/\.partial-step-{:08d}-.*/progress\.json$",
    r"os\.rename .*/\.partial-step-{:08d}-.*/manifest\.json$",
    r"os\.rename .*/step-{:08d}$",
)


@pytest.mark.parametrize(
    ("kills", "epochs"), [(2, 2), pytest.param(20, 10, marks=pytest.mark.soak)]
)
def test_killed_again_and_again_it_ends_with_the_same_bytes(tmp_path, pause_at, kills, epochs):
    run_dir = tmp_path / "killed"
    for number in range(kills):
        step, moment = 15 + 95 * number, MOMENTS[number % len(MOMENTS)]
        pause = pause_at(moment.format(step))
        with start(run_dir, pause, epochs=epochs, checkpoint_steps=5) as process:
            pause.wait_for(process)
            process.kill()
        unfinished = list((run_dir / "checkpoints").glob(f".partial-step-{step:08d}-*"))
        assert bool(unfinished) == (moment != MOMENTS[0])
        assert f"step-{step - 5:08d}" in checkpoints_in(run_dir)
        assert f"step-{step:08d}" not in checkpoints_in(run_dir)
        assert not (run_dir / "weights.safetensors").exists()

    done = run(run_dir, epochs=epochs, resume="must")
    assert done.returncode == 0, done.stderr
    assert f"{run_dir}/lock was left by process {process.pid} on " in done.stderr
    assert f"goes on after step {step - 5}, " in done.stdout
    assert not list((run_dir / "checkpoints").glob(".partial-*"))
    assert run(tmp_path / "whole", epochs=epochs).returncode == 0
    assert weight_bytes(run_dir) == weight_bytes(tmp_path / "whole")


def test_a_full_disk_costs_nothing_that_was_there(tmp_path, whole):
    run_dir = tmp_path / "full"
    assert run(run_dir, epochs=1).returncode == 0
    before = {
        path: path.read_bytes() for path in (run_dir / "checkpoints").rglob("*") if path.is_file()
    }
    assert checkpoints_in(run_dir) == {"step-00000000", "step-00000200"}

    line = one_line(run(run_dir, epochs=2, limit=6_000))
    assert line.startswith(f"train: --run_dir: expected a folder to write to, found {run_dir}: ")
    assert line.endswith("; File too large")
    after = {
        path: path.read_bytes() for path in (run_dir / "checkpoints").rglob("*") if path.is_file()
    }
    assert after == before

    assert run(run_dir, epochs=2).returncode == 0
    assert weight_bytes(run_dir) == weight_bytes(whole)


@pytest.mark.parametrize(
    ("streams", "code", "told"),
    [
        (">&- 2>&-", 0, ""),
        (">/dev/full", 2, "train: stdout: No space left on device; all else was done"),
        pytest.param(">/dev/full 2>&1", 2, "", marks=pytest.mark.soak),
        ('2>&1 | true; exit "${PIPESTATUS[0]}"', 141, ""),
    ],
)
def test_streams_that_cannot_be_written_to_cost_no_training(tmp_path, whole, streams, code, told):
    run_dir = tmp_path / "run"
    done = subprocess.run(
        ["bash", "-c", f'"$@" {streams}', "bash", *command(run_dir, epochs=2)],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},  # It notices at the first line.
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.splitlines()[-1:] == ([told] if told else [])
    assert weight_bytes(run_dir) == weight_bytes(whole)
    assert (run_dir / "plots" / "learning_curves.png").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told_before_the_first_step(tmp_path):
    tmp_path.chmod(0o555)
    run_dir = tmp_path / "run"
    assert one_line(run(run_dir)) == (
        f"train: --run_dir: expected a folder to write to, found {run_dir}: Permission denied"
    )


def test_a_second_training_in_the_same_folder_is_refused(tmp_path, pause_at):
    pause = pause_at(r"os\.rename .*/step-00000200$")
    with start(tmp_path / "run", pause, epochs=100) as first:
        pause.wait_for(first)
        line = one_line(run(tmp_path / "run", epochs=100))
        assert line.startswith(
            f"train: --run_dir: expected no other training in {tmp_path}/run, "
            f"found process {first.pid} on "
        )
        first.send_signal(signal.SIGINT)
        pause.end()
        assert first.wait() == 130
    assert not (tmp_path / "run" / "lock").exists()


def test_a_second_signal_ends_it_at_once(tmp_path):
    # The only step takes minutes; the signals come as soon as it is under way.
    slow = {"arch": f"{'conv(99,27,pad=same) ' * 3} flatten dense(10,act=linear)"}
    with start(tmp_path / "run", batch_size=400, epochs=1, **slow) as process:
        for told in (b"epoch 1", b"a second one at once"):
            seen = b""
            while told not in seen:
                more = process.stderr.read1()
                assert more, seen
                seen += more
            process.send_signal(signal.SIGTERM)
        assert process.wait() == 143
    assert checkpoints_in(tmp_path / "run") == {"step-00000000"}
