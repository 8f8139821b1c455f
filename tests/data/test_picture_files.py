from __future__ import annotations

import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.data import find_pictures
from tfcnn.errors import InputError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["10.png", "2.png", "b.JPG", "c.txt", ".hidden.png", "__MACOSX/2.png"]
    names += ["inner/1.webp", "inner/d.tiff"]
    for name in [*names, "one, two.png", "x[1].png"]:
        path = pathlib.Path(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    pathlib.Path("empty").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("2.png", "2.png"),
        ("2.png,b.JPG", "2.png|b.JPG"),
        ("one, two.png", "one, two.png"),
        ("2.png,one, two.png,10.png", "2.png|one, two.png|10.png"),
        (".", "2.png|10.png|b.JPG|inner/1.webp|inner/d.tiff|one, two.png|x[1].png"),
        ("inner,2.png", "inner/1.webp|inner/d.tiff|2.png"),
        ("[0-9]*.png", "2.png|10.png"),
        ("one, *", "one, two.png"),
        ("inn*", "inner/1.webp|inner/d.tiff"),
        ("x[1].png", "x[1].png"),
        ("c.txt", "c.txt"),
        ("nowhere.png,2.png", "nowhere.png|2.png"),
    ],
)
def test_names_folders_patterns_and_commas(folder, text, names):
    assert list(map(str, find_pictures(text))) == names.split("|")


def test_whole_paths_are_met_too(folder):
    assert find_pictures(f"{folder}/?.png") == [folder / "2.png"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "images: expected one file or more, found none"),
        (" ", "images: expected one file or more, found none"),
        ("empty", "images: 'empty': expected pictures, found none"),
        ("*.gif", r"images: '\*.gif': expected pictures, found none"),
    ],
)
def test_nothing_is_refused(folder, text, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        find_pictures(text)


@pytest.mark.fuzz
@given(st.text(st.sampled_from("ab,*?[]!-.\0\\ é"), max_size=12))
def test_any_text_names_something_or_is_refused(tmp_path_factory, text):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.getbasetemp())
        try:
            assert find_pictures(text.replace("..", ""))
        except InputError as error:
            assert str(error).startswith("images: ") and len(str(error).splitlines()) == 1
