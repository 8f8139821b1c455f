"""The pages of docs/answers quote what their commands printed, and show what these drew."""

from __future__ import annotations

import pathlib
import re

import pytest

FOLDER = pathlib.Path(__file__).parents[1] / "docs" / "answers"
PAGES = sorted(FOLDER.glob("*.md"))
MOST_BYTES = 300_000
OUTPUTS = {
    path.stem: path.read_text(encoding="utf-8").splitlines()
    for path in (FOLDER / "output").glob("*.txt")
}
# What a page quotes of commands that it does not show, as they stand in make.sh.
NOT_SHOWN = {
    "2_two_trainings": ["q2_compare3"],
    "5_concepts_or_correlations": ["q5_ablate_mean"],
    "9_fashion_mnist": ["q9_compare", "q9_conv3", "q9_ablate", "q9_classes"],
}


def lines_of(text):
    return [line.rstrip() for line in text.splitlines()]


def test_there_is_a_page_for_each_question_and_the_index_names_it():
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    names = [path.name for path in PAGES if path.name != "README.md"]
    assert len(names) == 9
    assert all(f"({name})" in index for name in names)


def commands_and_quotes(text):
    """Every ```text block of a page, with the last command above it, or None."""
    command = None
    for shown, quoted in re.findall(r"^    (python [^\n]*)|^```text\n(.*?)^```", text, re.M | re.S):
        if shown:
            command = shown
        else:
            yield command, [line for line in lines_of(quoted) if line not in ("", "...")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_quote_was_printed_by_the_command_above_it(page):
    for command, quoted in commands_and_quotes(page.read_text(encoding="utf-8")):
        sources = [
            lines_of("\n".join(printed))
            for name, (first, *printed) in OUTPUTS.items()
            if first == f"$ {command}" or name in NOT_SHOWN.get(page.stem, ())
        ]
        assert any(set(quoted) <= set(printed) for printed in sources), (command, quoted)


def test_what_is_not_shown_is_quoted():
    for page, names in NOT_SHOWN.items():
        text = (FOLDER / f"{page}.md").read_text(encoding="utf-8")
        quotes = [quoted for _, quoted in commands_and_quotes(text)]
        for name in names:
            command, *printed = OUTPUTS[name]
            assert f"    {command.removeprefix('$ ')}\n" not in text
            assert any(set(quoted) <= set(lines_of("\n".join(printed))) for quoted in quotes)


def test_every_figure_is_shown_small_enough_and_made():
    shown = {
        name
        for page in PAGES
        for name in re.findall(r"\]\((\w+\.png)\)", page.read_text(encoding="utf-8"))
    }
    figures = {path.name: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert set(figures) == shown
    assert {name: size for name, size in figures.items() if size > MOST_BYTES} == {}
