"""What every program shares: reading flags, ``--help``, exit codes.

A program defines its flags with ``absl.flags`` or ``flag_types``, writes what it does and an
example into its docstring, and ends with::

    if __name__ == "__main__":
        program.run(main)

Exit codes: 0 success; 2 a wrong flag or input, told in one line on stderr; 130 Ctrl-C. ``main`` may
return another code. A program whose stdout cannot be written to does its work all the same, and
ends with 129 if the terminal was closed, 141 if the reader went away, else with 2 and a line on
stderr. A stream that was closed from the start is one that nobody wants.
"""

import difflib
import errno
import os
import pathlib
import re
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import TypeAlias

from absl import flags

import tfcnn
from experiments.command_line.flag_files import with_flag_files
from experiments.command_line.plain_output import make_plain
from experiments.command_line.quiet_tensorflow import quiet_tensorflow
from experiments.command_line.streams import make_lasting
from tfcnn.errors import InputError, one_line
from tfcnn.runs.run import Run
from tfcnn.shown_names import shown
from tfcnn.training.stop_signals import second_signal

# The paths of what a program wrote.
Written: TypeAlias = Sequence[str | pathlib.Path]

# A flag is called like the library's argument, but for those that are typed so often, one that
# takes several, and one that takes no network.
_FLAGS_OF_ARGUMENTS = {
    "architecture": "arch",
    "initial": "initial_weights",
    "name_map": "map",
    "run_dir": "run_dirs",
}
_INTERRUPTED = 128 + 2
# What the shell says of a program that SIGPIPE or SIGHUP ended.
_GONE = {errno.EPIPE: 128 + 13, errno.EIO: 128 + 1}
# What absl adds to the help of a flag that may be given several times.
_REPEATED = ";\n    repeat this option"
# What absl says, and how we say it: the flag first, then what was expected.
_REWORDINGS = (
    (r"flag --(\w+)=None: .*must have a value.*", r"--\1: expected a value, found none"),
    (r"Missing value for flag --(\w+)", r"--\1: expected a value, found none"),
    (r"flag --(\w+)=(.*): \('Non-boolean argument.*", r"--\1=\2: expected true or false"),
    (r"flag --(\w+=.*): value should be (one of .*)", r"--\1: expected \2"),
    (r"flag (--.*)", r"\1"),
)


def run(main: Callable[[], int | Written | None], rest: list[str] | None = None) -> None:
    """Reads the command line, calls ``main`` and exits; never returns.

    Args:
      main: The program. It reads its flags itself, imports what is heavy only when it needs it, and
        returns the exit code; or, for 0, None or the paths of what it wrote, which are told.
      rest: Filled with what follows ``--``, which is refused without it.

    Raises:
      SystemExit: Always.
    """
    name = pathlib.Path(sys.argv[0]).stem
    make_lasting()
    make_plain()
    try:
        if {"-h", "--help"} & set(sys.argv[1:]):
            print(help_text(name, sys.modules[main.__module__].__doc__ or ""))
            code = 0
        else:
            quiet_tensorflow()
            _read_flags(sys.argv, rest)
            _number_classes()
            with second_signal(lambda number: os._exit(128 + number)):
                code = _told(main())
    except InputError as error:
        print(f"{name}: {_naming_the_flag(one_line(error))}", file=sys.stderr)
        code = 2
    except KeyboardInterrupt:
        print(f"\n{name}: interrupted", file=sys.stderr)
        code = _INTERRUPTED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(shown(f"{name}: {where}{error.strerror or error}"), file=sys.stderr)
        code = 2
    except Exception as error:
        if not _is_out_of_memory(error):
            raise
        print(
            f"{name}: out of memory: make the network, the images or their number at a time "
            f"smaller; found: {one_line(error)}",
            file=sys.stderr,
        )
        code = 2
    raise SystemExit(code or _unheard(name))


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


def _told(result: int | Written | None) -> int:
    """Tells what was written; returns the exit code."""
    if isinstance(result, int):
        return result
    for path in result or ():
        print(f"written: {shown(str(path))}")
    return 0


def _unheard(name: str) -> int:
    """The exit code for what could not be written to stdout; 0 if all was."""
    sys.stdout.flush()
    error = getattr(sys.stdout, "error", None)
    if error is None:
        return 0
    if error.errno in _GONE:
        return _GONE[error.errno]
    print(f"{name}: stdout: {error.strerror}; all else was done", file=sys.stderr)
    return 2


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
        stray = flags.FLAGS(with_flag_files(arguments))[1:]
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
