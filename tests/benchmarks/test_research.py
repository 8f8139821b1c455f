"""The examples of docs/research.md run as they stand, and the page tells what they find."""

from __future__ import annotations

import re

import pytest

from benchmarks import research

TEXT = research.PAGE.read_text(encoding="utf-8")
SHARED, EXAMPLES = research.examples(TEXT)


def test_there_are_five():
    assert list(EXAMPLES) == [
        *("Freeze and transfer", "A margin loss", "Adversarial training"),
        *("A learning rate", "A lottery ticket"),
    ]


@pytest.mark.parametrize("heading", EXAMPLES)
def test_an_example_finds_what_the_page_has_figures_for(heading, sample_folder):
    digits = f"idx:{sample_folder}"
    found = research.run(SHARED, EXAMPLES[heading], mnist=digits, fashion_mnist=digits)
    below = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    told = re.findall(r"^    (\S.*?)  +(\S+) \+- (\S+)$", below, re.MULTILINE)
    assert [name for name, _, _ in told] == list(found)
    for name, figure in found.items():
        assert 0 <= figure <= (10 if name.startswith("rate") else 1), name


def test_mean_and_deviation_over_the_seeds():
    table = research.as_table({"rate found": [0.1, 0.3], "accuracy": [0.5, 0.51, 0.52]})
    assert [line.split() for line in table.splitlines()] == [
        *(["rate", "found", "0.200", "+-", "0.141"], ["accuracy", "51.00%", "+-", "1.00%"])
    ]
