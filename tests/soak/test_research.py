"""What docs/research.md says that its examples find, on the real images."""

from __future__ import annotations

import re

import pytest

from benchmarks import research

pytestmark = pytest.mark.soak

TEXT = research.PAGE.read_text(encoding="utf-8")
SHARED, EXAMPLES = research.examples(TEXT)
# One seed lies within so many deviations of the mean, of which three seeds give a rough idea; on
# another processor it is like another seed.
DEVIATIONS = 6


@pytest.mark.parametrize("heading", EXAMPLES)
def test_an_example_finds_what_the_page_says(heading):
    below = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    found = research.run(SHARED, EXAMPLES[heading])
    for name, *told in re.findall(r"^    (\S.*?)  +(\S+) \+- (\S+)$", below, re.MULTILINE):
        percent = told[0].endswith("%")
        mean, deviation = (float(text.strip("%")) / (100 if percent else 1) for text in told)
        near = DEVIATIONS * deviation + 0.002
        assert found[name] == pytest.approx(mean, abs=near), name
