"""A network at several times of its training, in few bytes."""

from __future__ import annotations

import base64
import itertools
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

# The steps taken, and path -> tensor.
State: TypeAlias = tuple[int, Mapping[str, npt.NDArray[np.float32]]]


def packed_states(states: Sequence[State]) -> dict[str, Any]:
    """``steps``, the tensors' ``paths`` and ``sizes``, and all values as ``data``.

    The values are float16. From one state to the next the bits of most differ little, read as whole
    numbers: the differences (modulo 2^16; of the first state, from 0) are kept, all low bytes of a
    state and then all high ones, deflated (RFC 1950), in base64. That is half of what the values
    take.
    """
    if not states:
        return {"steps": [], "paths": [], "sizes": [], "data": ""}
    paths = list(states[0][1])
    rows = [
        np.concatenate([tensors[path].astype("<f2").ravel() for path in paths]).view("<u2")
        for _, tensors in states
    ]
    differences = [
        rows[0],
        *(after - before for before, after in itertools.pairwise(rows)),
    ]
    planes = b"".join(
        row.view(np.uint8)[place::2].tobytes() for row in differences for place in (0, 1)
    )
    return {
        "steps": [step for step, _ in states],
        "paths": paths,
        "sizes": [states[0][1][path].size for path in paths],
        "data": base64.b64encode(zlib.compress(planes, 9)).decode("ascii"),
    }
