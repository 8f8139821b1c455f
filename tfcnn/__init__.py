"""A laboratory for small convolutional networks on the low-level TensorFlow 2 API.

The rooms, in the order in which data flows: ``data``, ``model``, ``distributed``, ``runs``,
``training``, ``ascent``, ``inspection``, ``report``; beside them ``exchange``, the door to other
tools. Each is imported when it is first named, so ``import tfcnn`` costs next to nothing and a
program pays only for what it uses.
"""

import os
import platform
import sys
import warnings

import lazy_loader

__version__ = "0.1.0"

# The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


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
