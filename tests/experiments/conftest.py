from __future__ import annotations

import csv
import multiprocessing
import os
import pathlib
import runpy
import subprocess
import sys
from multiprocessing import forkserver

import pytest

ROOT = pathlib.Path(__file__).parents[2]
SECONDS = 120
_WRITTEN = "written: "


class Finished(subprocess.CompletedProcess[str]):
    """A program that has ended, and what it left behind."""

    def written(self) -> dict[str, pathlib.Path]:
        """Name -> path of every file that it says it wrote; none of them is empty."""
        assert self.returncode == 0, self.stderr
        lines = [line for line in self.stdout.splitlines() if line.startswith(_WRITTEN)]
        paths = [pathlib.Path(path) for line in lines for path in line[len(_WRITTEN) :].split(", ")]
        assert paths
        assert all(path.stat().st_size > 0 for path in paths)
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
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tfcnn", "tensorflow"])
    with pytest.MonkeyPatch.context() as patch:
        # A program asks TensorFlow to be quiet before it imports it, which is too late here.
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
        forkserver.ensure_running()
    folder = tmp_path_factory.mktemp("told")

    def run(name: str, *flags: object) -> Finished:
        arguments = [f"experiments.{name}", *map(str, flags)]
        process = context.Process(target=_run_module, args=(folder, arguments))
        process.start()
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(arguments, SECONDS)
        told = [(folder / stream).read_text(encoding="utf-8") for stream in ("stdout", "stderr")]
        return Finished(arguments, process.exitcode, *told)

    return run


def _run_module(folder: pathlib.Path, arguments: list[str]) -> None:
    os.chdir(ROOT)
    files = {0: pathlib.Path(os.devnull), 1: folder / "stdout", 2: folder / "stderr"}
    for number, path in files.items():
        with path.open("wb" if number else "rb") as file:
            os.dup2(file.fileno(), number)
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
