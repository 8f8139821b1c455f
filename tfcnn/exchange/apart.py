"""Files of Keras, read in a process of its own.

HDF5 is a large library in C; a damaged file can keep it busy for ever, or end it. So a child reads
the file, with limits of time and memory, and hands over plain arrays: a line of JSON, then their
bytes.
"""

import contextlib
import functools
import json
import math
import os
import subprocess
import sys
from typing import Any

import numpy as np

from tfcnn.errors import InputError, wrong
from tfcnn.exchange.stored_tensor import StoredTensor, TensorFile
from tfcnn.typing import Array

_SECONDS = 30
_MEMORY = 2**32  # Of addresses, Python and its libraries included.


def read(suffix: str, content: bytes, source: str, most_bytes: int) -> TensorFile:
    """The tensors of a file, as ``keras_files`` reads them.

    Args:
      suffix: ``.h5`` or ``.keras``.
      content: The file's bytes.
      source: What to call it in messages.
      most_bytes: Of what it unpacks to, and of the arrays together.

    Raises:
      InputError: It is damaged, or HDF5 does not get through it.
    """
    command = [sys.executable, "-m", "tfcnn.exchange.apart", suffix, source, str(most_bytes)]
    paths = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command,
            input=content,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env=os.environ | paths,
        )
    except subprocess.TimeoutExpired:
        raise wrong(
            source, "a file of Keras", f"one that takes more than {_SECONDS} seconds"
        ) from None
    line, _, values = done.stdout.partition(b"\n")
    if done.returncode or not line:
        raise wrong(
            source, "a file of Keras", f"one at which HDF5 ends with code {done.returncode}"
        )
    said = json.loads(line)
    if "error" in said:
        raise InputError(said["error"])
    tensors = {}
    for name, described, shape, dtype, begin, error in said["tensors"]:
        values_of = functools.partial(_values, values, tuple(shape), dtype, begin, error)
        tensors[name] = StoredTensor(described, tuple(shape), dtype, values_of)
    return TensorFile(tensors, "tensorflow", said["ordered"])


def _values(content: bytes, shape: tuple[int, ...], dtype: str, begin: int, error: str) -> Array:
    if error:
        raise InputError(error)
    return np.frombuffer(content, np.dtype(dtype), math.prod(shape), begin).reshape(shape)


def _hand_over(suffix: str, source: str, most_bytes: int) -> None:
    """What the child does: takes the content from stdin, prints a line of JSON, then the arrays."""
    from tfcnn.exchange import keras_files

    kinds = {".h5": keras_files.read_h5, ".keras": keras_files.read_archive}
    _limit()
    rows, arrays, begin = [], [], 0
    try:
        file = kinds[suffix](sys.stdin.buffer.read(), source, most_bytes)
        for name, tensor in file.tensors.items():
            values, error = _bytes_of(tensor, most_bytes - begin)
            rows.append((name, tensor.source, tensor.shape, tensor.dtype, begin, error))
            arrays.append(values)
            begin += len(values)
        said: dict[str, Any] = {"ordered": file.ordered, "tensors": rows}
    except InputError as error:
        said = {"error": str(error)}
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n")
    sys.stdout.buffer.writelines(arrays)


def _bytes_of(tensor: StoredTensor, most: int) -> tuple[bytes, str]:
    """A tensor's values as they lie in memory here, or why there are none."""
    if not tensor.holds_floats:
        return b"", ""
    dtype = np.dtype(tensor.dtype)
    if math.prod(tensor.shape) * dtype.itemsize > most:
        return b"", f"{tensor.source}: expected smaller arrays, found more than {most} bytes left"
    try:
        return tensor.read().astype(dtype).tobytes(), ""
    except InputError as error:
        return b"", str(error)


def _limit() -> None:
    """No more time, memory and dumps than a file may cost, where the system knows such limits."""
    try:
        import resource
    except ImportError:  # Windows.
        return
    for kind, limit in (
        (resource.RLIMIT_CPU, _SECONDS),
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(kind)
        if most == resource.RLIM_INFINITY or limit < most:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(kind, (limit, most))


if __name__ == "__main__":
    _hand_over(sys.argv[1], sys.argv[2], int(sys.argv[3]))
