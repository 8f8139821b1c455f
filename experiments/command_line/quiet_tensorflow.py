"""Keeps TensorFlow's notes off the terminal of a person who asked for none of them."""

import contextlib
import functools
import importlib.abc
import importlib.machinery
import os
import re
import sys
import tempfile
import types
from collections.abc import Callable, Iterator, Sequence

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
# TensorFlow 2.21 writes these while it is imported, whatever the level: its issue 100442; and the
# others when it quantises, and reads a tflite file.
_NOTE = re.compile(
    r"I0000 |WARNING: All log messages before absl::InitializeLog|fully_quantize: |"
    r"INFO: Created TensorFlow Lite XNNPACK delegate"
)


def quiet_tensorflow() -> None:
    """Drops TensorFlow's own log, unless the user has set TF_CPP_MIN_LOG_LEVEL.

    Takes effect when TensorFlow is imported for the first time. What fails still raises; the log's
    only error on a machine without a GPU is that there is none.
    """
    if _LEVEL not in os.environ:
        sys.meta_path.insert(0, _QuietImport())


class _QuietImport(importlib.abc.MetaPathFinder):
    """Finds the package ``tensorflow`` as always, and has its notes taken out of stderr."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """TensorFlow's own spec, whose loader is quiet; None for other modules."""
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module
            vars(spec.loader)["exec_module"] = functools.partial(_execute_quietly, execute)
        return spec


def _execute_quietly(execute: Callable[[types.ModuleType], None], module: types.ModuleType) -> None:
    os.environ[_LEVEL] = "3"  # Not before: programs that we start do as we do.
    with notes_dropped():
        execute(module)


@contextlib.contextmanager
def notes_dropped() -> Iterator[None]:
    """Holds back what is written to the process's stderr, C++ included; ends with the rest."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile("w+", errors="replace") as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
            held.seek(0)
            sys.stderr.writelines(line for line in held if not _NOTE.match(line))
