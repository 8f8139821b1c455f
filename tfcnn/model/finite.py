"""Whether the numbers of a network are numbers that it can compute with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tfcnn.errors import InputError, wrong


def told_if_not_finite(values: npt.NDArray[Any]) -> str:
    """How many of ``values`` are not finite, as ``1 NaN of 288``; nothing if all are."""
    finite = np.isfinite(values)
    if finite.all():
        return ""
    nan = int(np.isnan(values).sum())
    infinite = finite.size - int(finite.sum()) - nan
    counts = [f"{nan} NaN"] * bool(nan) + [f"{infinite} infinite"] * bool(infinite)
    return f"{' and '.join(counts)} of {values.size}"


def check_finite(values: npt.NDArray[Any], source: str) -> None:
    """Refuses what is not finite.

    Raises:
      InputError: ``source: expected finite numbers, found 1 NaN of 288``.
    """
    if found := told_if_not_finite(values):
        raise InputError(f"{source}: expected finite numbers, found {found}")


def check_network_values(tensors: Mapping[str, npt.NDArray[Any]], source: str = "") -> None:
    """Refuses weights and state with which a network gives no number.

    A look at its logits would not do: TensorFlow's maximum on a processor leaves NaN out, so that
    one in a kernel may reach no logit as what it is.

    Args:
      tensors: Path -> array, as ``Network.tensors`` gives them.
      source: Where they come from, with which the message starts.

    Raises:
      InputError: A value is not finite, a deviation is not above 0, or a variance below 0.
    """
    begin = f"{source}: " if source else ""
    for path, values in tensors.items():
        check_finite(values, f"{begin}{path}")
        if path.endswith("input/deviation"):
            expected, fits = "numbers above 0", values > 0
        elif path.endswith("/moving_variance"):
            expected, fits = "numbers from 0", values >= 0
        else:
            continue
        if not fits.all():
            raise wrong(f"{begin}{path}", expected, f"{values[~fits][0]:g}")
