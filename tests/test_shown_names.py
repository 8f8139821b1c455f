from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.shown_names import shown, shown_names

# Any text that a name can be: file names hold surrogates, U+DC80 to U+DCFF, for stray bytes.
TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from("\\xnu0a1b\x1b\n\r\u202e\u200b\u2028\x85\udc85\udcff\U000e0001"),
    ),
    max_size=12,
)
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def back(text: str) -> str:
    """The name of which ``text`` is the shown form with doubled backslashes."""

    def one(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] == "x":
            number = int(code[1:], 16)
            return chr(number if number < 0x80 else 0xDC00 + number)
        if code[0] in "uU":
            return chr(int(code[1:], 16))
        return {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}[code]

    form = r"\\(\\|n|r|t|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})"
    return re.sub(form, one, text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", ""),
        ("größe 数字 \\nu |", "größe 数字 \\nu |"),
        ("narrow\u202fspace\u3000wide", "narrow\u202fspace\u3000wide"),  # As macOS names files.
        (b"caf\xe9".decode("utf-8", "surrogateescape"), r"caf\xe9"),
        ("\x1b[31mred\x07\x7f", r"\x1b[31mred\x07\x7f"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("\x85\x9b31m", r"\u0085\u009b31m"),  # One-byte forms of a line end and of ESC [.
        ("txt.\u202eexe\u200b\u2028\u2029\ufeff", r"txt.\u202eexe\u200b\u2028\u2029\ufeff"),
        ("\ud800\U000e0001", r"\ud800\U000e0001"),
    ],
)
def test_hand_values(name, expected):
    assert shown(name) == expected
    assert shown_names([name]) == (expected,)


@given(TEXTS)
def test_what_is_shown_is_seen_and_can_be_written(text):
    seen = shown(text)
    seen.encode()
    assert not CONTROL.search(seen)
    assert all(letter.isprintable() or unicodedata.category(letter) == "Zs" for letter in seen)
    assert len(seen.splitlines()) <= 1


@given(TEXTS)
def test_shown_twice_is_shown_once(text):
    assert shown(shown(text)) == shown(text)


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_safe_names_stay(text):
    assert shown(text) == text
    assert shown_names([text]) == (text,)


@given(TEXTS)
def test_a_name_can_be_told_from_what_is_shown_of_it_with_doubled_backslashes(text):
    assert back(shown(text.replace("\\", "\\\\"))) == text


@given(st.lists(TEXTS, unique=True, max_size=6))
def test_different_names_stay_different(names):
    assert len(set(shown_names(names))) == len(names)


def test_names_that_would_look_alike():
    assert shown_names(["\n", r"\n", r"\\n"]) == (r"\n", r"\\n", r"\\\\n")
    assert shown_names([r"\nu", r"\xi", "\udcff"]) == (r"\nu", r"\xi", r"\xff")
