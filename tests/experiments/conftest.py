from __future__ import annotations

import contextlib
import csv
import ctypes
import dataclasses
import fcntl
import multiprocessing
import os
import pathlib
import re
import runpy
import select
import subprocess
import sys
from multiprocessing import forkserver
from typing import IO

import pandas
import pytest

ROOT = pathlib.Path(__file__).parents[2]
SECONDS = 600  # Bounds a hang; nothing passes or fails by it.
_WRITTEN = "written: "
# The columns of all CSV files that hold words. All others are numbers.
_WORDS = {"class", "taken most for", "logit", "verdict", "by_gradient_alone", "file", "says"}
_WORDS |= {"layer", "pair", "tensor", "arch", "augment", "dataset", "optimizer", "schedule"}
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|[+-]?inf", re.IGNORECASE)
_MISSING = {"", "nan", "NaN", "NA", "N/A", "null", "None"}  # Of those of pandas.read_csv.


def check_numbers(path: pathlib.Path) -> None:
    """Every column but those of words holds numbers all through, as pandas.read_csv takes them."""
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert rows
    for row in rows:
        assert len(row) == len(header), path
        for name, cell in zip(header, row, strict=True):
            if name not in _WORDS and cell not in _MISSING:
                assert _NUMBER.fullmatch(cell), (path, name, cell)
                float(cell)
    for name, column in pandas.read_csv(path).items():
        assert name in _WORDS or pandas.api.types.is_numeric_dtype(column), (path, name)


class Finished(subprocess.CompletedProcess[str]):
    """A program that has ended, and what it left behind."""

    def written(self) -> dict[str, pathlib.Path]:
        """Name -> path of every file that it says it wrote; none of them is empty.

        So every CSV file of every program that a test runs is looked at.
        """
        assert self.returncode == 0, self.stderr
        lines = [line for line in self.stdout.splitlines() if line.startswith(_WRITTEN)]
        paths = [pathlib.Path(path) for line in lines for path in line[len(_WRITTEN) :].split(", ")]
        assert paths
        assert all(path.stat().st_size > 0 for path in paths)
        for path in paths:
            if path.suffix == ".csv":
                check_numbers(path)
        return {path.name: path for path in paths}

    def rows(self, name: str) -> list[dict[str, str]]:
        """The rows of the CSV file ``name`` that it wrote: heading -> cell."""
        with self.written()[name].open(newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def run_program(tmp_path_factory):
    """Runs ``python -m experiments.NAME FLAG ...`` from the project's folder, as a person does.

    In a fork of a process that has imported TensorFlow and done nothing else: to import it anew for
    every program would take most of the time of all tests.

    With ``obeys_modes`` root, too, may write only where the modes of files and folders allow it.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tfcnn", "tensorflow"])
    with pytest.MonkeyPatch.context() as patch:
        # A program asks TensorFlow to be quiet before it imports it, which is too late here.
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
        forkserver.ensure_running()
    folder = tmp_path_factory.mktemp("told")

    def run(name: str, *flags: object, obeys_modes: bool = False) -> Finished:
        arguments = [f"experiments.{name}", *map(str, flags)]
        process = context.Process(target=_run_module, args=(folder, arguments, obeys_modes))
        process.start()
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(arguments, SECONDS)
        told = [(folder / stream).read_text(encoding="utf-8") for stream in ("stdout", "stderr")]
        return Finished(arguments, process.exitcode, *told)

    return run


def _obey_modes() -> None:
    """Gives up CAP_DAC_OVERRIDE: capset(2) with both headers as linux/capability.h has them."""
    libc, header = ctypes.CDLL(None), (ctypes.c_uint32 * 2)(0x20080522, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, effective_permitted_inheritable) == 0
    effective_permitted_inheritable[0] &= ~(1 << 1)
    assert libc.capset(header, effective_permitted_inheritable) == 0


def _run_module(folder: pathlib.Path, arguments: list[str], obeys_modes: bool) -> None:
    os.chdir(ROOT)
    files = {0: pathlib.Path(os.devnull), 1: folder / "stdout", 2: folder / "stderr"}
    for number, path in files.items():
        with path.open("wb" if number else "rb") as file:
            os.dup2(file.fileno(), number)
    sys.argv = arguments
    if obeys_modes and os.geteuid() == 0:
        _obey_modes()
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


# Imported by every interpreter that has its folder in PYTHONPATH.
_PAUSES = """
import fcntl, os, re, sys

def pause(event, arguments):
    if event not in ("os.mkdir", "os.rename") or "PAUSE_AT" not in os.environ:
        return
    path = os.fspath(arguments[event == "os.rename"])
    if re.search(os.environ["PAUSE_AT"], f"{event} {path}"):
        del os.environ["PAUSE_AT"]  # Once is enough.
        folder = os.environ["PAUSE_FOLDER"]
        with open(f"{folder}/came", "w") as came:
            came.write(f"{os.getpid()}\\n")
        with open(f"{folder}/lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)

sys.addaudithook(pause)
"""


@dataclasses.dataclass(frozen=True)
class Pause:
    """A place in a program where its process waits, until it is let go on or killed.

    Attributes:
      environment: For the program, which passes it on to those that it starts.
      came: A named pipe, to which the process writes its number.
      lock: Who has it holds the process up.
    """

    environment: dict[str, str]
    came: pathlib.Path
    lock: IO[str]

    def wait_for(self, process: subprocess.Popen, terminal: int | None = None) -> int:
        """Waits till ``process``, or one that it started, is at the place; that one's number.

        Args:
          process: The program.
          terminal: A file descriptor to read meanwhile, so that the program can go on writing.
        """
        ended = os.pidfd_open(process.pid)
        came = os.open(self.came, os.O_RDWR)  # For both, or it waits to be opened.
        watched = [came, ended] + ([] if terminal is None else [terminal])
        try:
            while came not in (ready := select.select(watched, [], [], SECONDS)[0]):
                assert ready, "neither came there nor ended"
                if terminal in ready:
                    os.read(terminal, 1000)
                assert ended not in ready, f"ended with {process.wait()} before it came there"
            return int(os.read(came, 100))
        finally:
            os.close(came)
            os.close(ended)

    def end(self) -> None:
        """Lets the process go on."""
        self.lock.close()


@pytest.fixture
def pause_at(tmp_path_factory):
    """Makes a pause before a folder is made or something is renamed.

    ``pause_at(pattern)`` is for the first ``os.mkdir PATH`` or ``os.rename NEW_PATH`` that the
    regular expression is found in.
    """
    with contextlib.ExitStack() as locks:

        def make(pattern: str) -> Pause:
            folder = tmp_path_factory.mktemp("pause")
            (folder / "sitecustomize.py").write_text(_PAUSES)
            os.mkfifo(folder / "came")
            lock = locks.enter_context((folder / "lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
            own = {"PYTHONPATH": str(folder), "PAUSE_AT": pattern, "PAUSE_FOLDER": str(folder)}
            return Pause(os.environ | own, folder / "came", lock)

        yield make
