"""Flags whose error message says what was expected, and whose help says what is allowed.

They are ``absl`` flags with stricter parsers. A refused value reads
``--epochs=0: expected an integer of at least 1``.
"""

import functools
import hashlib
import itertools
import math
import os
import pathlib
from collections.abc import Iterable, Sequence
from typing import Any

from absl import flags

import tfcnn

# A flag belongs to the program that defines it, not to this file.
flags.disclaim_key_flags()

_LONGEST = 40  # Of a list of numbers in the name of a file.


class _NumberParser(flags.ArgumentParser[Any]):
    """Reads one finite number and holds it to a closed range."""

    def __init__(self, kind: type[float], at_least: float | None, at_most: float | None) -> None:
        bounds = "" if at_least is None else f" of at least {at_least}"
        if at_most is not None:
            bounds = f" from {at_least} to {at_most}"
        self._kind = kind
        self._low = -math.inf if at_least is None else at_least
        self._high = math.inf if at_most is None else at_most
        self.syntactic_help = ("an integer" if kind is int else "a finite number") + bounds

    def parse(self, argument: Any) -> float:
        """The number that ``argument`` spells; raises ValueError if it spells none."""
        try:
            value = self._kind(argument)
        except (TypeError, ValueError, OverflowError):
            value = math.nan
        if not math.isfinite(value) or not self._low <= value <= self._high:
            raise ValueError(f"expected {self.syntactic_help}")
        return value


class _NumbersParser(flags.ArgumentParser[Any]):
    """Reads numbers between commas, each held to the same range."""

    def __init__(self, kind: type[float], at_least: float | None, at_most: float | None) -> None:
        self._item = _NumberParser(kind, at_least, at_most)
        noun = "integers" if kind is int else "numbers"
        self.syntactic_help = f"{noun} between commas, each {self._item.syntactic_help}"

    def parse(self, argument: Any) -> list[float]:
        """The numbers that ``argument`` spells; raises ValueError if it spells none."""
        items = argument.split(",") if isinstance(argument, str) else argument
        try:
            return [self._item.parse(item) for item in items]
        except ValueError:
            raise ValueError(f"expected {self.syntactic_help}") from None


def define_number(
    name: str,
    default: float | Sequence[float] | None,
    help_text: str,
    *,
    kind: type[float] = float,
    several: bool = False,
    at_least: float | None = None,
    at_most: float | None = None,
) -> flags.FlagHolder:
    """Defines a flag of numbers from ``at_least`` on, or to ``at_most`` where that is given too.

    Args:
      name: As everywhere in absl, like the two that follow.
      default: A number, or a list of them.
      help_text: What it is for.
      kind: ``int`` or ``float``.
      several: Whether it takes numbers between commas, as in ``--filters=0,7,9``.
      at_least: The least that each may be.
      at_most: The largest.
    """
    parser = (_NumbersParser if several else _NumberParser)(kind, at_least, at_most)
    serializer: Any = flags.ListSerializer(",") if several else None
    return flags.DEFINE(parser, name, default, help_text, serializer=serializer)


define_integer = functools.partial(define_number, kind=int)
define_numbers = functools.partial(define_number, several=True)
define_integers = functools.partial(define_number, kind=int, several=True)


def define_architecture(what: str = "A network") -> flags.FlagHolder[str]:
    """Defines ``--arch``, a text that ``tfcnn.model.find`` reads; ``what`` begins its help."""
    return flags.DEFINE_string(
        "arch",
        "simple",
        f"{what} of the zoo ({', '.join(tfcnn.model.ZOO)}) or a text such as "
        "'conv(32,3) max(2) flatten dense(10,act=linear)'.",
    )


def define_layer(what: str) -> flags.FlagHolder[str | None]:
    """Defines ``--layer``, which ``Network.layer_to_show`` stands for; ``what`` begins its help."""
    return flags.DEFINE_string("layer", None, f"{what} Default: the last one with filters.")


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
      chosen: The flags. A text stands there alone, numbers after their flag's name: ``0-7-9``,
        ``0to15``. Of very many only how many they are, and a checksum.
      **defaults: By the flag's name, what it means to leave it out, where another flag decides.
    """
    differing = [
        flag for flag in chosen if flag.value not in (flag.default, defaults.get(flag.name))
    ]
    return "".join(f"_{_in_a_name(flag.name, flag.value)}" for flag in differing)


def _in_a_name(flag: str, value: Any) -> str:
    if isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return "_".join(value)
        text = f"{flag}{_in_short(value)}"
        return text if len(text) <= _LONGEST else f"{len(value)}_{flag}_{checksum([text.encode()])}"
    if isinstance(value, float):
        short = f"{value:g}"
        return f"{flag}{short if float(short) == value else value}"
    return f"{flag}{value}" if isinstance(value, int) else str(value).replace("/", "_")


def _in_short(numbers: Sequence[int]) -> str:
    """Numbers between hyphens, three and more that follow each other as ``0to15``."""
    parts = []
    # What follows each other has the same distance to its place.
    for _, group in itertools.groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        found = [str(number) for _, number in group]
        parts += [f"{found[0]}to{found[-1]}"] if len(found) > 2 else found
    return "-".join(parts)


def checksum(parts: Iterable[bytes]) -> str:
    """Eight digits that tell contents apart, given in parts, for the name of a file."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:8]


def words_of_others(folders: Sequence[str]) -> str:
    """What a file's name says of the runs that the first one is compared with.

    That is the other one's name if it lies beside the first; else a checksum of their paths, too.
    """
    beside = pathlib.Path(folders[0]).absolute().parent
    paths = [os.path.relpath(folder, beside) for folder in folders[1:]]
    if paths == [pathlib.Path(paths[0]).name]:
        return paths[0]
    name = f"{len(folders)}_runs" if len(paths) > 1 else pathlib.Path(paths[0]).name
    return f"{name}_{checksum([','.join(paths).encode()])}"
