"""Short names for what signatures are full of: arrays by the type of their numbers, and paths."""

import os
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike as ArrayLike
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Bool: TypeAlias = NDArray[np.bool_]
UInt8: TypeAlias = NDArray[np.uint8]
Int32: TypeAlias = NDArray[np.int32]
Int64: TypeAlias = NDArray[np.int64]
Places: TypeAlias = NDArray[np.intp]
Floats: TypeAlias = NDArray[np.floating]
Float32: TypeAlias = NDArray[np.float32]
Float64: TypeAlias = NDArray[np.float64]
PathLike: TypeAlias = str | os.PathLike[str]
