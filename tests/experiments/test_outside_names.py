"""Programs on data whose classes, files and folders have names that no terminal should be sent."""

from __future__ import annotations

import csv
import html
import os
import pathlib
import re

import numpy as np
import pytest
from PIL import Image

import tfcnn

# Bytes as a file system gives them; \xe9 and \xff alone are no UTF-8.
CLASSES = [
    b"caf\xe9",
    b"\x1b[31mred\x1b[0m",
    b"two\nlines",
    b'a|b,"c";d',
    "txt.\u202eexe".encode(),
    "no\u200bwidth\u2028".encode(),
    b"<b>bold&$x^2$",
    b"bell\x07\x7f\r",
    rb"\x1b[31mred\x1b[0m",
    "=größe".encode(),
]
SHOWN = [
    r"\\x1b[31mred\\x1b[0m",
    r"caf\xe9",
    r"\x1b[31mred\x1b[0m",
    r"two\nlines",
    'a|b,"c";d',
    r"txt.\u202eexe",
    r"no\u200bwidth\u2028",
    "<b>bold&$x^2$",
    r"bell\x07\x7f\r",
    "=größe",
]
# Those of either width of ISO 6429, what turns or hides text, and the ends of lines but \n itself.
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@pytest.fixture(scope="module")
def outside(run_program, tmp_path_factory):
    """A folder of pictures, a training on it, and pictures beside, all under such names."""
    folder = tmp_path_factory.mktemp("outside") / "da\x1b[1mta"
    pictures = folder / "pict\udcffures"
    random = np.random.default_rng(0)
    for label, name in enumerate(CLASSES):
        path = pictures / os.fsdecode(name)
        path.mkdir(parents=True)
        for number in range(6):
            pixels = random.integers(0, 60, (12, 12), np.uint8)
            pixels[label] = 255
            Image.fromarray(pixels).save(path / f"\x1b[2J\udcfe{number}.png")
    done = run_program(
        "train",
        f"--dataset=folder:{pictures}",
        f"--run_dir={folder / 'run'}",
        "--arch=conv(3,3) max(2) flatten dense(10,act=linear)",
        "--epochs=2",
        "--batch_size=8",
        "--validation_size=6",
    )
    return folder, pictures, done


def check_told(done):
    assert done.returncode == 0, done.stderr
    assert not CONTROLS.search(done.stdout)
    assert not CONTROLS.search(done.stderr.replace("\r", ""))  # Of a progress bar.


def check_files(folder: pathlib.Path):
    """Every picture, table and page there: safe letters only, and tables of even rows."""
    for path in folder.glob("*.png"):
        assert not CONTROLS.search(tfcnn.report.read_description(path)), path
        with Image.open(path) as picture:
            assert not any(CONTROLS.search(str(said)) for said in picture.info.values())
    for path in folder.glob("*.csv"):
        text = path.read_text("utf-8")
        assert not CONTROLS.search(text)
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        assert len(rows) == len(text.splitlines()), path
        assert len({len(row) for row in rows}) == 1


def test_the_classes_of_a_training_are_told_apart(outside):
    folder, _, done = outside
    check_told(done)
    names = tfcnn.open_run(folder / "run").class_names
    assert sorted(names) == sorted(SHOWN)


@pytest.mark.parametrize(
    ("program", "flags"),
    [
        ("evaluate", []),
        ("classes", ["--layer=conv1"]),
        ("predict", ["--images={pictures}"]),
        ("activations", ["--image={picture}"]),
        ("activations", []),
        ("attribute", ["--index=1"]),
        ("ablate", ["--layer=conv1"]),
        ("paste", ["--layer=conv1", "--filter=1"]),
        ("maximize", ["--layer=dense1"]),
        ("dream", ["--layer=dense1", "--filter=1", "--image={picture}"]),
        ("weights", []),
        ("report", []),
    ],
)
def test_a_program_shows_names_and_does_nothing_by_them(outside, run_program, program, flags):
    folder, pictures, _ = outside
    picture = next(pictures.glob("*/*.png"))
    given = [flag.format(pictures=pictures, picture=picture) for flag in flags]
    done = run_program(program, f"--run_dir={folder / 'run'}", *given)
    check_told(done)
    check_files(folder / "run" / "plots")


def test_the_page_shows_names_and_does_nothing_by_them(outside):
    folder, *_ = outside
    page = tfcnn.report.write_report(folder / "run").read_text("utf-8")
    assert not CONTROLS.search(page.replace("\t", ""))
    seen = html.unescape(page)
    for name in SHOWN:
        assert name in seen


@pytest.mark.parametrize("program", ["evaluate", "report"])
def test_a_mistake_is_told_in_one_safe_line(outside, run_program, program):
    _, pictures, _ = outside
    done = run_program(program, f"--run_dir={pictures}")
    assert (done.returncode, done.stdout) == (2, "")
    assert not CONTROLS.search(done.stderr)
    assert len(done.stderr.splitlines()) == 1
    assert r"da\x1b[1mta/pict\xffures" in done.stderr


def test_a_run_whose_folder_tensorflow_cannot_name_is_refused(outside, run_program):
    folder, pictures, _ = outside
    run_dir = folder / "run\udcff"
    flags = [
        f"--dataset=folder:{pictures}",
        f"--run_dir={run_dir}",
        "--arch=flatten dense(10,act=linear)",
        "--batch_size=8",
    ]
    done = run_program("train", *flags)
    assert done.returncode == 2
    said = done.stderr.splitlines()[-1]
    assert said.startswith("train: --run_dir: expected a folder whose name is UTF-8")
    assert said.endswith(r"run\xff")
    assert not run_dir.exists()
