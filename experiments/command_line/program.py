"""What every program shares: reading flags, ``--help``, exit codes.

A program defines its flags with ``absl.flags`` or ``flag_types``, writes what it does and an
example into its docstring, and ends with::

    if __name__ == "__main__":
        program.run(main)

Exit codes: 0 success; 2 a wrong flag or input, told in one line on stderr; 129 the terminal was
closed; 130 Ctrl-C; 141 the reader of our output went away. ``main`` may return another code.
"""

from __future__ import annotations

import difflib
import os
import pathlib
import re
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import TextIO

from absl import flags

import tfcnn
from experiments.command_line.quiet_tensorflow import quiet_tensorflow
from tfcnn.errors import InputError
from tfcnn.runs.run import Run

# A flag is called like the library's argument, but for those that are typed so often, one that
# takes several, and one that takes no network.
_FLAGS_OF_ARGUMENTS = {
    "architecture": "arch",
    "initial": "initial_weights",
    "name_map": "map",
    "run_dir": "run_dirs",
}
_HUNG_UP = 128 + 1
_INTERRUPTED = 128 + 2
_BROKEN_PIPE = 128 + 13
# What absl adds to the help of a flag that may be given several times.
_REPEATED = ";\n    repeat this option"
# What absl says, and how we say it: the flag first, then what was expected.
_REWORDINGS = (
    (r"flag --(\w+)=None: .*must have a value.*", r"--\1: expected a value, found none"),
    (r"Missing value for flag --(\w+)", r"--\1: expected a value, found none"),
    (r"flag --(\w+)=(.*): \('Non-boolean argument.*", r"--\1=\2: expected true or false"),
    (r"flag --(\w+=.*): value should be (one of .*)", r"--\1: expected \2"),
    (r"ERROR:: Unable to open flagfile: (.*)", r"--flagfile: \1"),
    (r"flag (--.*)", r"\1"),
)


def run(
    main: Callable[[], int | Sequence[str | pathlib.Path] | None], rest: list[str] | None = None
) -> None:
    """Reads the command line, calls ``main`` and exits; never returns.

    Args:
      main: The program. It reads its flags itself, imports what is heavy only when it needs it, and
        returns the exit code; or, for 0, None or the paths of what it wrote, which are told.
      rest: Filled with what follows ``--``, which is refused without it.

    Raises:
      SystemExit: Always.
    """
    name = pathlib.Path(sys.argv[0]).stem
    try:
        if {"-h", "--help"} & set(sys.argv[1:]):
            print(help_text(name, sys.modules[main.__module__].__doc__ or ""))
            code = 0
        else:
            quiet_tensorflow()
            _read_flags(sys.argv, rest)
            _number_classes()
            code = _told(main())
        sys.stdout.flush()
    except InputError as error:
        print(f"{name}: {_naming_the_flag(' '.join(str(error).split()))}", file=sys.stderr)
        code = 2
    except KeyboardInterrupt:
        print(f"\n{name}: interrupted", file=sys.stderr)
        code = _INTERRUPTED
    except BrokenPipeError:
        # Python flushes stdout once more while it exits; let that go nowhere.
        _send_nowhere(sys.stdout)
        code = _BROKEN_PIPE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        code = _tell_if_heard(f"{name}: {where}{error.strerror or error}")
    except Exception as error:
        if not _is_out_of_memory(error):
            raise
        print(
            f"{name}: out of memory: make the network, the images or their number at a time "
            f"smaller; found: {' '.join(str(error).split())}",
            file=sys.stderr,
        )
        code = 2
    raise SystemExit(code)


def _number_classes() -> None:
    """In pictures, lets the labels of the run's classes stand for names that no font can write."""
    if "run_dir" not in flags.FLAGS:
        return
    try:
        names = Run(pathlib.Path(flags.FLAGS.run_dir)).class_names
    except (InputError, OSError):
        return  # The program tells it, if it needs them.
    if not all(map(str.isascii, names)):
        tfcnn.report.number_words(names)


def _told(result: int | Sequence[str | pathlib.Path] | None) -> int:
    """Tells what was written; returns the exit code."""
    if isinstance(result, int):
        return result
    for path in result or ():
        print(f"written: {path}")
    return 0


def _tell_if_heard(line: str) -> int:
    """Writes to stderr and returns 2, or the code for a closed terminal if that is closed."""
    try:
        print(line, file=sys.stderr)
    except OSError:
        _send_nowhere(sys.stdout)
        _send_nowhere(sys.stderr)
        return _HUNG_UP
    return 2


def _send_nowhere(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _is_out_of_memory(error: Exception) -> bool:
    tensorflow = sys.modules.get("tensorflow")  # Not to be imported for this.
    return isinstance(error, MemoryError) or (
        tensorflow is not None and isinstance(error, tensorflow.errors.ResourceExhaustedError)
    )


def _read_flags(arguments: list[str], rest: list[str] | None) -> None:
    """Parses ``arguments`` into ``flags.FLAGS``; a mistake raises InputError."""
    if rest is not None and "--" in arguments:
        end = arguments.index("--")
        arguments, rest[:] = arguments[:end], arguments[end + 1 :]
    try:
        stray = flags.FLAGS(arguments)[1:]
    except flags.UnrecognizedFlagError as error:
        close = difflib.get_close_matches(error.flagname, [flag.name for flag in _own_flags()], n=1)
        hint = f"did you mean --{close[0]}?" if close else "--help lists the flags"
        raise InputError(f"--{error.flagname}: unknown flag; {hint}") from None
    except flags.Error as error:
        raise InputError(_reworded(str(error))) from None
    if stray:
        raise InputError(f"{stray[0]!r}: expected only flags, written --name=value")


def _reworded(message: str) -> str:
    """What absl says, in this project's form."""
    for theirs, ours in _REWORDINGS:
        match = re.fullmatch(theirs, message, re.DOTALL)
        if match:
            return match.expand(ours)
    return message


def _naming_the_flag(message: str) -> str:
    """The library's ``seed: expected ...`` as ``--seed: expected ...``."""
    argument, colon, rest = message.partition(":")
    known = {flag.name for flag in _own_flags()}
    for flag in (argument, _FLAGS_OF_ARGUMENTS.get(argument)):
        if colon and flag in known:
            return f"--{flag}:{rest}"
    return message


def _own_flags() -> list[flags.Flag]:
    """The flags of the program and of its neighbours in this folder, in their order."""
    by_module = flags.FLAGS.flags_by_module_dict()
    return [
        flag
        for module, members in by_module.items()
        if module == sys.argv[0] or module.startswith("experiments.")
        for flag in members
    ]


def help_text(name: str, docstring: str) -> str:
    """The page that ``--help`` prints.

    Args:
      name: The program's name, as in ``python -m experiments.NAME``.
      docstring: What the program does, with an example.
    """
    lines = [f"Usage: python -m experiments.{name} [--flag=value ...]", "", docstring.strip(), ""]
    lines.append("Flags:")
    for flag in _own_flags():
        lines.append(f"  {_spelling(flag)}")
        allowed = flag.parser.syntactic_help
        about = str(flag.help).partition(_REPEATED)[0]
        if allowed and not flag.boolean:
            about += f" ({allowed})"
        lines += textwrap.wrap(about, 92, initial_indent=" " * 6, subsequent_indent=" " * 6)
    lines += ["  --flagfile=FILE", "      Read further flags from FILE, one a line."]
    return "\n".join(lines)


def _spelling(flag: flags.Flag) -> str:
    """How a flag is written, with its default."""
    if isinstance(flag, flags.MultiFlag):
        return f"--{flag.name}=...  (may be repeated)"
    if flag.default is None:
        return f"--[no]{flag.name}" if flag.boolean else f"--{flag.name}=..."
    if flag.boolean:
        return f"--[no]{flag.name}  (default: {'on' if flag.default else 'off'})"
    return f"--{flag.name}={str(flag.default_as_str).strip(chr(39))}"
