"""The chapters of a page: which file stands where, under which words."""

from __future__ import annotations

import html.parser
import pathlib
import re

import pytest
from PIL import Image

from tfcnn.errors import InputError
from tfcnn.report.story import CHAPTERS, chapters, kind_of, made_by

PROGRAMS = pathlib.Path(__file__).parents[2] / "experiments"


def headings(text):
    return re.findall("<h2>(.*?)</h2>", text)


def told(plots, tables=()):
    layers = ["conv1", "conv2", "flatten", "dense1"]
    return "\n".join(chapters(plots, layers, dict(tables), plots / "learning_curves.png"))


def test_chapters_follow_the_story_and_not_the_alphabet(tmp_path):
    names = "ablation_conv1_zero attribution_0_7 class_patterns_conv1 confusions dream_conv1_0"
    for name in (*names.split(), "evidence_conv1", "kernels_conv1", "learning_curves", "mine"):
        Image.new("L", (3, 2)).save(tmp_path / f"{name}.png")
    (tmp_path / "patterns_conv1.csv").write_text("filter,score\n0,1.5\n")
    text = told(tmp_path, {"Training": ["<table></table>"]})
    assert headings(text) == list(CHAPTERS)
    assert text.count("<figure>") == 8  # The learning curves stand apart.
    assert text.count("1 table") == 2
    assert text.index("dream_conv1_0.png") < text.index("(<code>mine.png</code>)")


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("kernels_conv2.png", "weights --layer=conv2"),
        ("kernels_over_time_conv2.png", "weights --layer=conv2 --checkpoints=all"),
        ("patterns_conv1_centre.csv", "maximize --layer=conv1"),
        ("class_patterns_dense1.png", "classes --layer=dense1"),
        ("classes.csv", "evaluate"),
        ("ablation_conv2_mean.csv", "ablate --layer=conv2"),
        ("predictions_found.png", "predict"),
    ],
)
def test_a_caption_names_the_command(name, command):
    made = made_by(pathlib.Path(name), ["conv1", "conv2", "dense1"])
    assert made == f"Made by <code>experiments.{command}</code> (<code>{name}</code>)."
    program = kind_of(pathlib.Path(name))[1].program.split()[0]
    assert (PROGRAMS / f"{program}.py").is_file()


class Columns(html.parser.HTMLParser):
    """The header cells of each table."""

    def __init__(self, text):
        super().__init__()
        self.tables = []
        self.is_head = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append([])
        self.is_head = tag == "th" and ("scope", "col") in attrs

    def handle_data(self, data):
        if self.is_head:
            self.tables[-1].append(data)
            self.is_head = False


def test_a_table_wider_than_paper_comes_in_parts_and_loses_no_column(tmp_path):
    names = ["true", *map(str, range(100))]
    (tmp_path / "confusions.csv").write_text("\n".join([",".join(names)] * 2))
    tables = Columns(told(tmp_path)).tables
    assert len(tables) == 10
    assert {columns[0] for columns in tables} == {"true"}
    assert [name for columns in tables for name in columns[1:]] == names[1:]


@pytest.mark.parametrize("content", [b"", b"a,b\n1\n", b"\xff"])
def test_a_damaged_table_is_told_by_its_path(tmp_path, content):
    (tmp_path / "probes.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"probes\.csv: expected a CSV table"):
        told(tmp_path)


def test_a_table_of_somebody_else_s_is_left_out(tmp_path):
    (tmp_path / "mine.csv").write_text("a,b\n1\n")
    assert told(tmp_path) == ""
