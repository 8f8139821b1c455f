"""What differs between the choices of a run and those that it is to go on with."""

from collections.abc import Mapping
from typing import Any

from tfcnn.data.catalog import OWN_FORMATS
from tfcnn.shown_names import shown

_LONGEST_VALUE = 80
_APART = ("preparation", "start_weights")


def changes(existing: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """What was and what is to be, for each choice that may not change and does.

    ``epochs`` may grow. The preparation follows from the data, and start weights have a check of
    their own; older runs have neither.

    Args:
      existing: What ``config.json`` holds, whatever that is.
      wanted: What ``describe_run`` gave.
    """
    before, now = (
        _flatten({key: value for key, value in described.items() if key not in _APART})
        for described in (existing, wanted)
    )
    epochs = before.get("training.epochs")
    if isinstance(epochs, int) and epochs < now["training.epochs"]:
        del before["training.epochs"], now["training.epochs"]
    for described in (before, now):
        described.pop("dataset.location", None)  # The checksums say what is there.
        if before.get("initial.sha256") == now.get("initial.sha256"):  # Wherever they lie now.
            described.pop("initial.weights", None)
    names = [str(values.get("dataset.name")) for values in (before, now)]
    if all(name.startswith(tuple(OWN_FORMATS)) for name in names):
        # Data of one's own may be named in many ways; the checksums say what is in it.
        del before["dataset.name"], now["dataset.name"]
    return _differences(before, now)


def _flatten(values: dict[str, Any]) -> dict[str, Any]:
    """Nested objects, however deep, as one level with dotted keys."""
    flat: dict[str, Any] = {}
    waiting = [("", values)]
    while waiting:
        prefix, inner = waiting.pop()
        for key, value in inner.items():
            if isinstance(value, dict):
                waiting.append((f"{prefix}{key}.", value))
            else:
                flat[f"{prefix}{key}"] = value
    return flat


def _differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What was and what is, for each key where that is not the same."""
    return [
        f"{_short(shown(key))}={_short(repr(before.get(key)))}, found {_short(repr(now.get(key)))}"
        for key in dict.fromkeys((*now, *before))
        if before.get(key) != now.get(key)
    ]


def _short(text: str) -> str:
    """``text`` or its beginning: it may come from a file that somebody else wrote."""
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
