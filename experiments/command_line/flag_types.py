"""Flags whose error message says what was expected, and whose help says what is allowed.

They are ``absl`` flags with stricter parsers. A refused value reads
``--epochs=0: expected an integer of at least 1``.
"""

from __future__ import annotations

import math
import os
import pathlib
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from absl import flags

import tfcnn

_Number = TypeVar("_Number", int, float)

# A flag belongs to the program that defines it, not to this file.
flags.disclaim_key_flags()


class _NumberParser(flags.ArgumentParser[_Number], Generic[_Number]):
    """Reads one finite number and holds it to a closed range."""

    def __init__(
        self, kind: type[_Number], at_least: _Number | None, at_most: _Number | None
    ) -> None:
        noun = "an integer" if kind is int else "a finite number"
        if at_least is not None and at_most is not None:
            bounds = f" from {at_least} to {at_most}"
        elif at_least is not None:
            bounds = f" of at least {at_least}"
        elif at_most is not None:
            bounds = f" of at most {at_most}"
        else:
            bounds = ""
        self._kind: type[_Number] = kind
        self._low: float = -math.inf if at_least is None else at_least
        self._high: float = math.inf if at_most is None else at_most
        self.syntactic_help = noun + bounds

    def parse(self, argument: str | _Number) -> _Number:
        """The number that ``argument`` spells; raises ValueError if it spells none."""
        try:
            value = self._kind(argument)
        except (TypeError, ValueError, OverflowError):
            value = None
        if value is None or not math.isfinite(value) or not self._low <= value <= self._high:
            raise ValueError(f"expected {self.syntactic_help}")
        return value

    def flag_type(self) -> str:
        """The word for the kind of value."""
        return self._kind.__name__


class _NumbersParser(flags.ArgumentParser[list[_Number]], Generic[_Number]):
    """Reads numbers between commas, each held to the same range."""

    def __init__(self, item: _NumberParser[_Number]) -> None:
        self._item: _NumberParser[_Number] = item
        self._noun = "integers" if item.flag_type() == "int" else "numbers"
        self.syntactic_help = f"{self._noun} between commas, each {item.syntactic_help}"

    def parse(self, argument: str | list[_Number]) -> list[_Number]:
        """The numbers that ``argument`` spells; raises ValueError if it spells none."""
        items = argument.split(",") if isinstance(argument, str) else argument
        try:
            return [self._item.parse(item) for item in items]
        except ValueError:
            raise ValueError(f"expected {self.syntactic_help}") from None

    def flag_type(self) -> str:
        """The word for the kind of value."""
        return self._noun


def define_integer(
    name: str,
    default: int | None,
    help_text: str,
    *,
    at_least: int | None = None,
    at_most: int | None = None,
) -> flags.FlagHolder:
    """Defines a flag that takes one integer in ``[at_least, at_most]``."""
    parser: _NumberParser[int] = _NumberParser(int, at_least, at_most)
    return flags.DEFINE(parser, name, default, help_text)


def define_number(
    name: str,
    default: float | None,
    help_text: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> flags.FlagHolder:
    """Defines a flag that takes one finite number in ``[at_least, at_most]``."""
    parser: _NumberParser[float] = _NumberParser(float, at_least, at_most)
    return flags.DEFINE(parser, name, default, help_text)


def define_integers(
    name: str,
    default: list[int] | None,
    help_text: str,
    *,
    at_least: int | None = None,
    at_most: int | None = None,
) -> flags.FlagHolder:
    """Defines a flag that takes integers between commas, as in ``--filters=0,7,9``."""
    return _define_list(_NumberParser(int, at_least, at_most), name, default, help_text)


def define_numbers(
    name: str,
    default: list[float] | None,
    help_text: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> flags.FlagHolder:
    """Defines a flag that takes numbers between commas, as in ``--mean=0.5,0.4,0.4``."""
    return _define_list(_NumberParser(float, at_least, at_most), name, default, help_text)


def _define_list(
    item: _NumberParser[_Number], name: str, default: list[_Number] | None, help_text: str
) -> flags.FlagHolder:
    serializer: flags.ListSerializer[_Number] = flags.ListSerializer(",")
    parser = _NumbersParser(item)
    return flags.DEFINE(parser, name, default, help_text, serializer=serializer)


def define_architecture(what: str = "A network") -> flags.FlagHolder[str]:
    """Defines ``--arch``, a text that ``tfcnn.model.find`` reads; ``what`` begins its help."""
    return flags.DEFINE_string(
        "arch",
        "simple",
        f"{what} of the zoo ({', '.join(tfcnn.model.ZOO)}) or a text such as "
        "'conv(32,3) max(2) flatten dense(10,act=linear)'.",
    )


class PathParser(flags.ArgumentParser[str]):
    """Reads a path as a shell does: ``~`` is a home directory, ``$NAME`` a variable."""

    syntactic_help = ""

    def parse(self, argument: str) -> str:
        """The path that ``argument`` spells; raises ValueError if it names no user's home."""
        path = os.path.expandvars(argument)
        if not path.startswith("~"):
            return path
        try:
            return str(pathlib.Path(path).expanduser())
        except RuntimeError:
            raise ValueError("expected the home directory of a user, found no such user") from None

    def flag_type(self) -> str:
        """The word for the kind of value."""
        return "path"


class _PathsParser(PathParser):
    """Reads paths between commas."""

    def parse(self, argument: str) -> str:
        """The paths, between commas again."""
        return ",".join(map(super().parse, argument.split(",")))


def define_path(
    name: str, default: str | None, help_text: str, *, required: bool = False
) -> flags.FlagHolder[str]:
    """Defines a flag that takes a path, with ``~`` and variables as a shell reads them."""
    return flags.DEFINE(PathParser(), name, default, help_text, required=required)


def define_paths(name: str, help_text: str) -> flags.FlagHolder[str]:
    """Defines a flag that has to be given and takes such paths between commas, as one text."""
    return flags.DEFINE(_PathsParser(), name, None, help_text, required=True)


def named_choices(chosen: Sequence[flags.FlagHolder], **defaults: object) -> str:
    """What a file's name says of the flags that are not at their defaults: ``_centre_seed3``.

    So the answers to different questions stand in different files.

    Args:
      chosen: The flags. A text stands there alone, a number after its flag's name; numbers between
        commas are ``some``.
      **defaults: By the flag's name, what it means to leave it out, where another flag decides.
    """
    differing = [
        flag for flag in chosen if flag.value not in (flag.default, defaults.get(flag.name))
    ]
    return "".join(f"_{_in_a_name(flag.name, flag.value)}" for flag in differing)


def _in_a_name(flag: str, value: Any) -> str:
    if isinstance(value, (int, float)):
        return f"{flag}{value:g}"
    if isinstance(value, list):
        texts = [item for item in value if isinstance(item, str)]
        return "_".join(texts) or "some"
    return str(value).replace("/", "_")
