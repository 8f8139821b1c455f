"""Short names for what signatures are full of: arrays by the type of their numbers, and paths.

Those that are ``Annotated`` say besides what ``tfcnn.arguments.checked`` takes for one.
"""

import os
from typing import Annotated, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from tfcnn import arguments, pixels

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

ArrayLike: TypeAlias = Annotated[npt.ArrayLike, arguments.array]
# [count, height, width, channels], uint8 or floats in [0, 1]; and one, which becomes float32.
Images: TypeAlias = Annotated[Array, pixels.as_images]
Image: TypeAlias = Annotated[Any, pixels.as_image]
# [count], whole numbers from 0, which become int32.
Labels: TypeAlias = Annotated[Array, arguments.labels]
# Of random numbers.
Seed: TypeAlias = Annotated[int, arguments.whole(0)]
# How many: what is above would not fit the memory.
Count: TypeAlias = Annotated[int, arguments.whole(1, 10_000)]
Share: TypeAlias = Annotated[float, arguments.number(0, 1)]
