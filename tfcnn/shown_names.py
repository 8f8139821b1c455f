"""Names from outside, of classes, files and tensors, as they are shown: nothing in them acts."""

import unicodedata
from collections.abc import Iterable

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def shown(text: str) -> str:
    r"""Text that any terminal, table, picture and page can take, as it is or with escapes.

    What controls instead of being seen becomes an escape: control characters, those that turn the
    direction of writing, have no width or end a line, code points without a character, and the
    bytes of a file's name that are no UTF-8 (surrogate escapes, PEP 383), which become ``\xff``.
    All else stays, spaces and backslashes too, so text that was shown once stays as it is.

    >>> print(shown("caf\udce9"), shown("red\x1b[31m"), shown("two\nlines"), shown("größe"))
    caf\xe9 red\x1b[31m two\nlines größe
    """
    if text.isprintable():
        return text
    return "".join(map(_letter, text))


def shown_names(names: Iterable[str]) -> tuple[str, ...]:
    r"""Each name as ``shown``, and different ones never alike.

    Where a name has an escape that another one has as letters, the backslashes of all are doubled.

    >>> shown_names(["\x1b", "x"]), shown_names(["\x1b", r"\x1b"])
    (('\\x1b', 'x'), ('\\x1b', '\\\\x1b'))
    """
    found = tuple(names)
    safe = tuple(map(shown, found))
    if len(set(safe)) < len(set(found)):
        safe = tuple(shown(name.replace("\\", "\\\\")) for name in found)
    return safe


def _letter(letter: str) -> str:
    """One letter; bytes and characters get escapes that differ."""
    category, number = unicodedata.category(letter), ord(letter)
    if category[0] != "C" and category not in ("Zl", "Zp"):
        return letter
    if letter in _SHORT:
        return _SHORT[letter]
    if 0xDC80 <= number <= 0xDCFF:
        return f"\\x{number - 0xDC00:02x}"
    if number < 0x80:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
