"""A state dict that PyTorch saved, read by PyTorch itself where it is installed.

Such a file is a pickle. ``weights_only`` reads tensors and containers of them and runs no code.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Mapping
from typing import Any

from tfcnn.errors import InputError, one_line, wrong
from tfcnn.exchange.stored_tensor import StoredTensor, TensorFile
from tfcnn.typing import Array

# Before it a file could run code in spite of weights_only: CVE-2025-32434 and CVE-2026-24747.
_OLDEST = (2, 10)
_BEGINNINGS = (b"PK", b"\x80")  # An archive; before PyTorch 1.6, bare pickles.
_INSIDE = ("state_dict", "model_state_dict", "model")
_CONVERT = "safetensors.torch.save_file(model.state_dict(), 'net.safetensors')"


def read(content: bytes, source: str, most_bytes: int) -> TensorFile:
    """The tensors of a state dict, in its order.

    Args:
      content: The file's bytes.
      source: What to call it in messages.
      most_bytes: Of what it unpacks to.

    Raises:
      InputError: PyTorch is not there or too old, or the file is no state dict, or is damaged.
    """
    if not content.startswith(_BEGINNINGS):
        raise wrong(source, "a file of PyTorch", "one of another kind")
    torch = _torch(source)
    try:
        _refuse_packed(content, most_bytes)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # Whatever the reader of a damaged pickle meets.
        if "weights" in str(error).lower():
            raise InputError(
                f"{source}: expected a state dict, found objects that only code can read: where "
                "you trust the file, save torch.save(model.state_dict(), 'net.pth')"
            ) from None
        raise wrong(
            source, "a file of PyTorch", f"{type(error).__name__}: {one_line(error)[:200]}"
        ) from None
    for name in _INSIDE:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(name), Mapping):
            loaded = loaded[name]
            break
    tensors = loaded.items() if isinstance(loaded, Mapping) else ()
    found = {
        name: _stored(tensor, f"{source}: {name[:60]!r}")
        for name, tensor in tensors
        if isinstance(name, str) and isinstance(tensor, torch.Tensor)
    }
    if not found:
        raise wrong(source, "a state dict", "no tensors by name")
    return TensorFile(found, "pytorch", ordered=True)


def _torch(source: str) -> Any:
    try:
        import torch
    except (ImportError, OSError) as error:
        raise InputError(
            f"{source}: expected the package torch, found {one_line(error)[:100]}: "
            f"pip install torch, or, where it was trained, {_CONVERT}"
        ) from None
    numbers = tuple(map(int, re.findall(r"\d+", torch.__version__)[:2]))
    if numbers < _OLDEST:
        raise InputError(
            f"{source}: expected torch 2.10 or newer, as an older one may run code of the file, "
            f"found {torch.__version__}: pip install -U torch, or, where it was trained, {_CONVERT}"
        )
    return torch


def _refuse_packed(content: bytes, most_bytes: int) -> None:
    """PyTorch packs nothing; what is packed may unpack to any size."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return  # Of PyTorch before 1.6: no archive.
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
    if any("/code/" in member.filename for member in members):
        raise ValueError("TorchScript, which is code")
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise ValueError("a packed archive")
    if sum(member.file_size for member in members) > most_bytes:
        raise ValueError(f"more than {most_bytes} bytes")


def _stored(tensor: Any, described: str) -> StoredTensor:
    def values() -> Array:
        try:
            return tensor.detach().float().numpy()  # NumPy has no bfloat16.
        except (RuntimeError, TypeError, ValueError) as error:
            raise wrong(described, "a dense tensor", one_line(error)[:200]) from None

    dtype = str(tensor.dtype).removeprefix("torch.")
    return StoredTensor(described, tuple(tensor.shape), dtype, values)
