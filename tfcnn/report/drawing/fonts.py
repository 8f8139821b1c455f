"""Fonts that have the letters of every text in a picture, or numbers where no font has them."""

import functools
import logging
from collections.abc import Iterable, Set

from matplotlib import font_manager, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from tfcnn.arguments import checked

_log = logging.getLogger(__name__)
# A word that no font can write -> the number that stands for it in this process's pictures.
_numbers: dict[str, int] = {}
_said: dict[str, int] = {}  # Those of them that a picture has needed.


@checked
def number_words(words: Iterable[str]) -> None:
    """Lets ``words`` be told by their place, from 0, wherever no font has their letters.

    What is drawn later without having been named here gets the numbers after them.
    """
    _numbers.clear()
    _said.clear()
    _numbers.update({word: number for number, word in enumerate(words)})


def fit_fonts(figure: Figure) -> None:
    """Gives each text of ``figure`` fonts that together have all its letters.

    Matplotlib's own font comes first, then for what it lacks the first installed one that has it.
    A word with a letter that no installed font has becomes a number, and a line in the log says
    which, once a process.
    """
    before = dict(_said)
    for text in figure.findobj(Text):
        lacking = _lacking(text.get_text())
        if lacking:
            text.set_text(_with_numbers(text.get_text()))
            text.set_fontfamily([*rcParams["font.family"], *_fonts_for(lacking)[0]])
    for axes in figure.findobj(Axes):
        for axis in (axes.xaxis, axes.yaxis):
            names = [label.get_text() for label in axis.get_ticklabels()]
            if _lacking("".join(names)):  # The axis writes them anew when it is drawn.
                axis.set_ticklabels(list(map(_with_numbers, names)))
    if new := {word: number for word, number in _said.items() if word not in before}:
        told = ", ".join(f"{number} is {word}" for word, number in new.items())
        _log.warning("no installed font has all letters of these words in a picture: %s", told)


def _with_numbers(content: str) -> str:
    """The text, numbers in the place of the words that no font can write."""
    without = _fonts_for(_lacking(content))[1]
    for word in [*sorted(_numbers, key=len, reverse=True), *content.split()]:
        if without & set(word) and word in content:
            _said[word] = _numbers.setdefault(word, len(_numbers))
            content = content.replace(word, str(_said[word]))
    return content


def _lacking(content: str) -> frozenset[int]:
    """The code points that Matplotlib's own font does not have."""
    own = _letters_of(font_manager.findfont(font_manager.FontProperties()))
    return frozenset({ord(letter) for letter in content if not letter.isspace()} - own)


@functools.cache
def _letters_of(path: str) -> Set[int]:
    """The code points that a font file has."""
    try:
        return FT2Font(path).get_charmap().keys()
    except (OSError, RuntimeError):  # Damaged, or a kind that FreeType does not read.
        return frozenset()


@functools.cache
def _fonts_for(lacking: frozenset[int]) -> tuple[list[str], Set[str]]:
    """Names of installed fonts that have these code points, and the letters that none has."""
    families, left = [], set(lacking)
    for font in sorted(font_manager.fontManager.ttflist, key=lambda font: font.name):
        # The font of last resort has a box for every letter there is.
        if not left or font.style != "normal" or "last resort" in font.name.lower():
            continue
        if left & _letters_of(font.fname):
            # The family's plain one is taken, which may have fewer.
            plain = font_manager.findfont(font_manager.FontProperties(family=[font.name]))
            if found := left & _letters_of(plain):
                families.append(font.name)
                left -= found
    return families, {chr(point) for point in left}
