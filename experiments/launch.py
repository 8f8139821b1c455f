"""Starts a training by several worker processes on this machine, to try it out.

What follows -- are flags of experiments.train. The first worker is the chief: it writes the run and
has the terminal; lines of the others are shown with their number. When one worker fails all are
ended, and its exit code is this program's.

Example:
  python -m experiments.launch --workers=2 -- --epochs=1 --run_dir=runs/two
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

from experiments.command_line import flag_types, program
from experiments.command_line.child_programs import exit_code, signals_forwarded_to
from tfcnn.distributed.cluster import available_cores, local_environments
from tfcnn.errors import InputError

WORKERS = flag_types.define_integer("workers", 2, "How many processes.", at_least=1, at_most=64)
TRAIN_FLAGS: list[str] = []

# So long a worker may take to notice by itself that another one failed, and to say so.
_GRACE_SECONDS = 20.0
_PAUSE = 0.05


def main() -> int:
    """Starts the workers and waits for them."""
    names = [flag.partition("=")[0] for flag in TRAIN_FLAGS]
    if "--strategy" in names or "-strategy" in names:
        raise InputError("workers: expected no --strategy after --, since it is multi_worker here")
    threads = max(1, available_cores() // WORKERS.value)
    command = [
        *(sys.executable, "-m", "experiments.train", "--strategy=multi_worker"),
        f"--threads={threads}",
        *TRAIN_FLAGS,
    ]
    configs = local_environments(WORKERS.value)
    workers = [_start(command, config, index) for index, config in enumerate(configs)]
    with signals_forwarded_to(workers):
        return _wait_for(workers)


def _start(
    command: Sequence[str], config: Mapping[str, str], index: int
) -> subprocess.Popen[bytes]:
    worker = subprocess.Popen(
        command,
        env={**os.environ, **config},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if index else None,
        stderr=subprocess.STDOUT if index else None,
        # The terminal sends Ctrl-C to a whole group: each worker shall get it once, from us.
        start_new_session=True,
    )
    if index:
        threading.Thread(target=_show_lines, args=(worker, index)).start()
    return worker


def _show_lines(worker: subprocess.Popen[bytes], index: int) -> None:
    assert worker.stdout is not None
    for line in worker.stdout:
        text = line.decode(errors="replace").rstrip()
        if text:
            sys.stderr.write(f"worker {index}: {text}\n")


def _wait_for(workers: Sequence[subprocess.Popen[bytes]]) -> int:
    """The exit code of the first worker that fails, or 0 when all are done."""
    first_failure = 0
    deadline = float("inf")
    while None in (codes := [worker.poll() for worker in workers]):
        failed = [code for code in codes if code]
        if failed and not first_failure:
            first_failure, deadline = failed[0], time.monotonic() + _GRACE_SECONDS
        if time.monotonic() > deadline:
            for worker in workers:
                worker.kill()
        time.sleep(_PAUSE)
    failure = first_failure or next((code for code in codes if code), 0)
    return exit_code(failure)


if __name__ == "__main__":
    program.run(main, rest=TRAIN_FLAGS)
