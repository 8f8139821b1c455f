"""A program made for the purpose, run as a process: exit codes and what it says."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[3]

TOY = '''"""Does a thing.

Example:
  python -m experiments.toy --epochs=3
"""
import pathlib, sys, time
from absl import flags
from experiments.command_line import flag_types, program
from tfcnn.errors import InputError

EPOCHS = flag_types.define_integer("epochs", 5, "How many.", at_least=1, at_most=9)
RATE = flag_types.define_number("rate", 0.5, "How fast.", at_least=0)
SHAPE = flag_types.define_integers("shape", [28, 28, 1], "How large.", at_least=1)
RANGE = flag_types.define_numbers("range", [0, 1.5], "From, to.", at_least=-10, at_most=2)
KIND = flags.DEFINE_enum("kind", "plain", ["plain", "odd"], "Which one.")
FAST = flags.DEFINE_boolean("fast", False, "In a hurry.")
SURE = flags.DEFINE_boolean("sure", None, "Whether. Default: it depends.")
WORDS = flags.DEFINE_multi_string("word", [], "A word.")
NAME = flags.DEFINE_string("name", None, "Who.", required=True)

def main():
    if NAME.value == "input":
        raise InputError("name: expected one\\n  line, found two")
    if NAME.value == "memory":
        raise MemoryError("Unable to allocate 3.64 TiB")
    if NAME.value == "tensor":
        import tensorflow as tf
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating\\n  a tensor")
    if NAME.value == "bug":
        raise KeyError("a bug")
    if NAME.value == "wait":
        print("waiting", flush=True)
        time.sleep(60)
    if NAME.value == "long":
        for _ in range(100_000):
            print("more")
        pathlib.Path(WORDS.value[0]).touch()
        return None
    if NAME.value == "descriptors":
        with open(WORDS.value[0], "w") as file:
            file.write(f"{file.fileno() > 2}")
            file.flush()
            print("for stdout", flush=True)
            print("for stderr", file=sys.stderr, flush=True)
    print(EPOCHS.value, RATE.value, SHAPE.value, RANGE.value, KIND.value, FAST.value, NAME.value)
    return 7 if NAME.value == "seven" else None

if __name__ == "__main__":
    program.run(main)
'''


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    path = tmp_path_factory.mktemp("programs") / "toy.py"
    path.write_text(TOY)
    return [sys.executable, str(path)]


@pytest.fixture
def toy(command):
    def run(*flags: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [*command, *flags], env=environment, capture_output=True, text=True, timeout=600
        )

    return run


def test_values_reach_the_program_and_success_is_0(toy):
    done = toy("--name=x", "--epochs", "9", "--rate=0", "--shape=3,4", "--range=-1e1,2", "--fast")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "9 0.0 [3, 4] [-10.0, 2.0] plain True x\n"


def test_flags_may_come_from_a_file(toy, tmp_path):
    (tmp_path / "flags.txt").write_text("--name=x\n--epochs=2\n")
    done = toy(f"--flagfile={tmp_path / 'flags.txt'}")
    assert done.stdout == "2 0.5 [28, 28, 1] [0.0, 1.5] plain False x\n"


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        ([], "toy: --name: expected a value, found none"),
        (["--name"], "toy: --name: expected a value, found none"),
        (["--epochs=0"], "toy: --epochs=0: expected an integer from 1 to 9"),
        (["--epochs=10"], "toy: --epochs=10: expected an integer from 1 to 9"),
        (["--epochs=two"], "toy: --epochs=two: expected an integer from 1 to 9"),
        (["--epochs=2.5"], "toy: --epochs=2.5: expected an integer from 1 to 9"),
        (["--rate=-1"], "toy: --rate=-1: expected a finite number of at least 0"),
        (["--rate=nan"], "toy: --rate=nan: expected a finite number of at least 0"),
        (["--rate=inf"], "toy: --rate=inf: expected a finite number of at least 0"),
        (
            ["--shape=3,0"],
            "toy: --shape=3,0: expected integers between commas, each an integer of at least 1",
        ),
        (
            ["--shape="],
            "toy: --shape=: expected integers between commas, each an integer of at least 1",
        ),
        (
            ["--range=1,x"],
            "toy: --range=1,x: expected numbers between commas, each a finite number from -10 to 2",
        ),
        (["--kind=even"], "toy: --kind=even: expected one of <plain|odd>"),
        (["--fast=maybe"], "toy: --fast=maybe: expected true or false"),
        (["--epoch=3"], "toy: --epoch: unknown flag; did you mean --epochs?"),
        (["--zebra"], "toy: --zebra: unknown flag; --help lists the flags"),
        (["--name=x", "stray"], "toy: 'stray': expected only flags, written --name=value"),
        (["--name=input"], "toy: --name: expected one line, found two"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_code_2(toy, flags, line):
    done = toy(*flags)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line + "\n")


def test_a_flagfile_that_is_missing_is_named(toy):
    done = toy("--flagfile=/no/such/file")
    assert done.returncode == 2
    assert done.stderr.startswith("toy: --flagfile: ")
    assert "/no/such/file" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_shows_the_docstring_and_only_the_programs_flags(toy, flag):
    done = toy(flag)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Does a thing." in done.stdout
    assert "python -m experiments.toy --epochs=3" in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  --")] == [
        "--epochs=5",
        "--rate=0.5",
        "--shape=28,28,1",
        "--range=0.0,1.5",
        "--kind=plain",
        "--[no]fast",
        "--[no]sure",
        "--word=...",
        "--name=...",
        "--flagfile=FILE",
    ]
    assert "How many. (an integer from 1 to 9)" in done.stdout
    assert "  --[no]fast  (default: off)\n" in done.stdout
    assert "  --[no]sure\n" in done.stdout
    assert "  --word=...  (may be repeated)\n      A word.\n" in done.stdout


def test_the_programs_own_exit_code_counts(toy):
    assert toy("--name=seven").returncode == 7


@pytest.mark.parametrize(
    ("name", "said"),
    [("memory", "Unable to allocate 3.64 TiB"), ("tensor", "OOM when allocating a tensor")],
)
def test_too_little_memory_is_told_in_one_line(toy, name, said):
    done = toy(f"--name={name}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "toy: out of memory: make the network, the images or their number at a time smaller; "
        f"found: {said}\n"
    )


def test_a_bug_keeps_its_traceback(toy):
    done = toy("--name=bug")
    assert done.returncode == 1
    assert "KeyError: 'a bug'" in done.stderr


@pytest.fixture
def running(command):
    def start(*flags: str, **streams) -> subprocess.Popen[str]:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(
            [*command, *flags],
            env=environment,
            text=True,
            # A test run in the background ignores Ctrl-C, and so would its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            **pipes | streams,
        )

    return start


def test_ctrl_c_is_130(running):
    with running("--name=wait") as process:
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "\ntoy: interrupted\n"
    assert process.returncode == 130


def test_a_reader_that_leaves_takes_no_work_with_it(running, tmp_path):
    with running("--name=long", f"--word={tmp_path / 'done'}") as process:
        assert process.stdout.readline() == "more\n"
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141
    assert (tmp_path / "done").exists()


@pytest.mark.parametrize("flag", ["--help", "--name=x"])
def test_nobody_reading_is_told_by_the_code(running, flag):
    reading, writing = os.pipe()
    os.close(reading)
    with running(flag, stdout=writing) as process:
        os.close(writing)
        assert process.stderr.read() == ""
    assert process.returncode == 141


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_device_is_named_after_the_work(running, tmp_path, monkeypatch, unbuffered):
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    flags = "--name=long", f"--word={tmp_path / 'done'}"
    with pathlib.Path("/dev/full").open("w") as full:
        with running(*flags, stdout=full) as process:
            told = process.stderr.read()
        assert told == "toy: stdout: No space left on device; all else was done\n"
        assert process.returncode == 2
        assert (tmp_path / "done").exists()
        # A mistake has its own code, and a line that can be written nowhere costs nothing.
        with running("--name=input", stdout=full, stderr=full) as process:
            assert process.wait() == 2
        with running("--name=x", stderr=full) as process:
            assert process.stdout.read().endswith(" x\n")
        assert process.returncode == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_what_was_closed_from_the_start_is_not_missed(command, tmp_path, closed):
    flags = "--name=descriptors", f"--word={tmp_path / 'file'}"
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", *command, *flags],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    # None of the streams' numbers is given to a file, which would then get what is meant for them.
    assert (tmp_path / "file").read_text() == "True"
    assert done.stderr == ("" if "2>" in closed else "for stderr\n")
    assert done.stdout.startswith("for stdout\n") == (" >" not in f" {closed}")


def test_a_terminal_that_closes_is_told_by_the_code(running, tmp_path):
    master, terminal = os.openpty()
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), terminal)
    flags = "--name=long", f"--word={tmp_path / 'done'}"
    process = running(*flags, **streams, start_new_session=True)
    os.close(terminal)
    assert os.read(master, 4) == b"more"
    os.close(master)
    assert process.wait(timeout=600) == 128 + signal.SIGHUP
    assert (tmp_path / "done").exists()
