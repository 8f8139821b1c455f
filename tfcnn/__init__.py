"""A laboratory for small convolutional networks on the low-level TensorFlow 2 API.

The rooms, in the order in which data flows: ``data``, ``model``, ``training``, ``ascent``,
``inspection``, ``report``; beside them ``exchange``, the door to other tools. Each is imported when
it is first named, so ``import tfcnn`` costs next to nothing and a program pays only for what it
uses.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfcnn import ascent, data, exchange, inspection, model, report, training
    from tfcnn.training import load_run

__version__ = "0.1.0"

_ROOMS = ("data", "model", "training", "ascent", "inspection", "report", "exchange")

__all__ = [
    "__version__",
    "ascent",
    "data",
    "exchange",
    "inspection",
    "load_run",
    "model",
    "report",
    "training",
]


def _switch_onednn_on() -> None:
    """TensorFlow leaves oneDNN off on processors without AVX-512 VNNI, and is slower for it.

    It reads the switch once, while it is imported; a user who has set it is obeyed.
    """
    if "TF_ENABLE_ONEDNN_OPTS" in os.environ or platform.machine() not in ("x86_64", "AMD64"):
        return
    if "tensorflow" not in sys.modules:
        os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"
        return
    from tensorflow.python.util import _pywrap_util_port

    if not _pywrap_util_port.IsMklEnabled():
        warnings.warn(
            "tensorflow was imported before tfcnn, so it leaves oneDNN off and trains more slowly: "
            "import tfcnn first, or set TF_ENABLE_ONEDNN_OPTS=1",
            stacklevel=3,
        )


_switch_onednn_on()


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"tfcnn.{name}")
    if name == "load_run":
        return importlib.import_module("tfcnn.training").load_run
    raise AttributeError(f"module 'tfcnn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
