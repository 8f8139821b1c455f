"""The pages of docs/answers quote what their commands printed, and show what these drew."""

from __future__ import annotations

import pathlib
import re

import pytest

FOLDER = pathlib.Path(__file__).parents[1] / "docs" / "answers"
PAGES = sorted(FOLDER.glob("*.md"))
MOST_BYTES = 300_000


def lines_of(text):
    return [line.rstrip() for line in text.splitlines()]


def test_there_is_a_page_for_each_question_and_the_index_names_it():
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    names = [path.name for path in PAGES if path.name != "README.md"]
    assert len(names) == 9
    assert all(f"({name})" in index for name in names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_quoted_line_was_printed(page):
    printed = {
        line
        for path in (FOLDER / "output").glob("*.txt")
        for line in lines_of(path.read_text(encoding="utf-8"))
    }
    blocks = re.findall(r"^```text\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    quoted = [line for block in blocks for line in lines_of(block) if line not in ("", "...")]
    assert [line for line in quoted if line not in printed] == []


def test_every_figure_is_shown_small_enough_and_made():
    shown = {
        name
        for page in PAGES
        for name in re.findall(r"\]\((\w+\.png)\)", page.read_text(encoding="utf-8"))
    }
    figures = {path.name: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert set(figures) == shown
    assert {name: size for name, size in figures.items() if size > MOST_BYTES} == {}
