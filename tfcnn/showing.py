"""Things that show themselves: a line where Python prints them, more where a notebook does."""

from __future__ import annotations

import dataclasses
import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from tfcnn.shown_names import shown

if TYPE_CHECKING:
    import pandas

_LONGEST = 240


class Shown:
    """What has a line for ``repr``, and tables and pictures in a notebook.

    These are made by ``tfcnn.report.notebook``, which knows every room and which no other room
    may import. So it is asked for by its name, and only when a notebook shows something.
    """

    def in_short(self) -> str:
        """A line that says what it is, without its class's name."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {line_of(self)}>"

    def _repr_html_(self) -> str:
        """What Jupyter, Colab and VS Code show instead of ``repr``."""
        return _report("notebook").to_html(self)


class Record(Shown):
    """A dataclass that is shown by its fields, arrays by their type and shape."""

    def in_short(self) -> str:
        """Each field's name and value."""
        names = [field.name for field in dataclasses.fields(cast("Any", self))]
        return ", ".join(f"{name} {_brief(getattr(self, name))}" for name in names)


class Tabular(Shown):
    """What is a table too."""

    def to_dataframe(self) -> pandas.DataFrame:
        """Its table for pandas, numbers as numbers.

        Raises:
          InputError: pandas is not installed.
        """
        return _report("data_frames").to_dataframe(self)


def line_of(thing: Shown) -> str:
    """What ``in_short`` says, in a line that any terminal can take, cut where it is too long."""
    line = shown(thing.in_short())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def times(shape: tuple[int, ...]) -> str:
    """A shape in words: ``28x28x1``."""
    return "x".join(map(str, shape))


def _brief(value: object) -> str:
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{value.dtype} {list(value.shape)}"
    return str(value)


def _report(module: str) -> ModuleType:
    return importlib.import_module(f"tfcnn.report.{module}")
