"""How long a person waits before the first step, and how much memory a training takes.

    python -m benchmarks.startup --rounds=5

In turn: a Python until it has imported TensorFlow, one until it has imported tfcnn too, and
`experiments.train` until its first 64 steps are done. Each tells that moment by what it writes and
is then killed, so nobody's exit counts. At last a training from start to end, for its memory. MNIST
has to be cached.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from absl import app

from benchmarks import measuring
from benchmarks.measuring import Spread
from tfcnn.report.tables import Table

try:
    import resource
except ImportError:
    resource = None

_ADVANCED = re.compile(rb"\| [1-9]\d*/60000")
_IMPORTED = re.compile(rb"^imported$", re.MULTILINE)


def seconds_until(mark: re.Pattern[bytes], arguments: Sequence[str]) -> float:
    """From the start of a Python with ``arguments`` until it writes ``mark`` to its stderr.

    Raises:
      RuntimeError: It ends without.
    """
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        written = b""
        while not mark.search(written):
            piece = os.read(process.stderr.fileno(), 4096)
            if not piece:
                raise RuntimeError(f"{' '.join(arguments)} ended early:\n{written.decode()}")
            written += piece
        seconds = time.perf_counter() - start
        process.kill()
    return seconds


def seconds_to_import(modules: str) -> float:
    code = f"import sys, {modules}; print('imported', file=sys.stderr, flush=True)"
    return seconds_until(_IMPORTED, ["-c", code])


def seconds_to_first_steps() -> float:
    """Until the progress bar moves for the first time, after 64 steps at batch size 64."""
    with tempfile.TemporaryDirectory() as folder:
        return seconds_until(_ADVANCED, ["-m", "experiments.train", f"--run_dir={folder}/run"])


def megabytes_of_training() -> float | None:
    """Peak memory of the biggest child so far, which is the one that trained to the end.

    None on Windows, which does not tell it.
    """
    if resource is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "experiments.train", f"--run_dir={folder}/run"]
        subprocess.run([*command, "--epochs=1"], check=True, capture_output=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main(_: list[str]) -> None:
    measured = measuring.take_turns(
        {
            "tensorflow is imported": lambda: seconds_to_import("tensorflow"),
            "tensorflow and tfcnn are imported": lambda: seconds_to_import("tensorflow, tfcnn"),
            "the first 64 steps are done": seconds_to_first_steps,
        },
    )
    memory = megabytes_of_training()
    rows = tuple((name, *Spread.of(seconds).cells()) for name, seconds in measured.items())
    print(Table(("from the start of the process until", "seconds", "from, to"), rows).to_text())
    told = "not known on this system" if memory is None else f"{memory:.0f} MB"
    print(f"peak memory of experiments.train, one epoch of MNIST: {told}")
    measuring.write_results("startup", {"seconds": measured, "megabytes": memory})


if __name__ == "__main__":
    app.run(main)
