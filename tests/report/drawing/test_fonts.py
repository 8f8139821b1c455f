from __future__ import annotations

import logging
import warnings

import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from PIL import Image

from tfcnn.report.drawing import fonts
from tfcnn.report.drawing.png import save_png

BUNDLED = [font for font in font_manager.fontManager.ttflist if "mpl-data" in font.fname]
# Matplotlib brings a font with circled letters, which is not the one that it takes by itself.
CIRCLED = "\N{CIRCLED LATIN CAPITAL LETTER A}"
CAT, DOG = "\N{CJK UNIFIED IDEOGRAPH-732B}", "\N{CJK UNIFIED IDEOGRAPH-72AC}"


@pytest.fixture(autouse=True)
def only_bundled_fonts(monkeypatch):
    """As on a machine where nothing else is installed."""
    monkeypatch.setattr(font_manager.fontManager, "ttflist", BUNDLED)
    fonts._fonts_for.cache_clear()
    fonts.number_words(())
    yield
    fonts._fonts_for.cache_clear()
    fonts.number_words(())


def pixels(folder, words, **style):
    """A picture with these words; a warning of a glyph that is missing would be an error."""
    figure = Figure(figsize=(2, 1))
    figure.text(0.1, 0.4, words, **style)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_png(figure, folder / "words.png", "words")
    return np.asarray(Image.open(folder / "words.png"))


def test_a_letter_is_taken_from_the_font_that_has_it(tmp_path):
    has_it = next(
        font.fname
        for font in BUNDLED
        if font.name == "STIXGeneral" and (font.style, font.weight) == ("normal", 400)
    )
    assert ord(CIRCLED) in FT2Font(has_it).get_charmap()
    drawn = pixels(tmp_path, CIRCLED)
    expected = pixels(tmp_path, CIRCLED, fontfamily="STIXGeneral")
    assert np.array_equal(drawn, expected)


def test_letters_beside_it_stay_in_the_font_of_the_others(tmp_path):
    drawn = pixels(tmp_path, f"Ag {CIRCLED}")
    alone = pixels(tmp_path, "Ag")
    ink = np.flatnonzero((alone < 128).any((0, 2)))
    columns = slice(0, ink.max() + 1)
    assert np.array_equal(drawn[:, columns], alone[:, columns])


def test_words_that_no_font_has_become_the_numbers_of_their_classes(tmp_path, caplog):
    fonts.number_words([CAT, "bird", DOG])
    with caplog.at_level(logging.WARNING):
        drawn = pixels(tmp_path, f"7 ({DOG}): {DOG} with 90 %")
        again = pixels(tmp_path, f"7 ({DOG}): {DOG} with 90 %")
    assert np.array_equal(drawn, pixels(tmp_path, "7 (2): 2 with 90 %"))
    assert np.array_equal(drawn, again)
    assert [record.getMessage() for record in caplog.records] == [
        f"no installed font has all letters of these words in a picture: 2 is {DOG}"
    ]


def test_names_of_places_along_an_axis_become_numbers_too(tmp_path):
    fonts.number_words([CAT, DOG])
    pictures = []
    for names in ([DOG, "bird", CAT], ["1", "bird", "0"]):
        figure = Figure(figsize=(3, 2))
        figure.subplots().set_xticks([0, 1, 2], names)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            save_png(figure, tmp_path / "axis.png", "an axis")
        pictures.append(np.asarray(Image.open(tmp_path / "axis.png")))
    assert np.array_equal(*pictures)


def test_other_words_get_the_numbers_after_them_and_keep_them(tmp_path):
    fonts.number_words(["bird"])
    first = pixels(tmp_path, f"{DOG} {CAT}")
    assert np.array_equal(first, pixels(tmp_path, "1 2"))
    assert np.array_equal(pixels(tmp_path, CAT), pixels(tmp_path, "2"))
