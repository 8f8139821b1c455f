from __future__ import annotations

import pytest

from tfcnn.errors import InputError, check_choice, one_line, wrong


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("two\n  lines\r\n"), "two lines"),
        (OSError(28, "No space left"), "[Errno 28] No space left"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_one_line(error, line):
    assert one_line(error) == line


def test_a_choice_is_told_with_all_that_it_may_be():
    check_choice("layer", "conv1", ("conv1", "conv2"))
    with pytest.raises(InputError, match=r"^layer: expected one of conv1, conv2, found 'conv3'$"):
        check_choice("layer", "conv3", {"conv1": 1, "conv2": 2})


def test_what_was_found_is_cut_where_it_is_long():
    with pytest.raises(InputError) as error:
        check_choice("layer", "x" * 1000, ["conv1"])
    assert len(str(error.value)) < 120


def test_what_is_wrong_is_told_in_three_parts():
    error = wrong("size", "a number from 1 to 9", 12)
    assert isinstance(error, InputError)
    assert str(error) == "size: expected a number from 1 to 9, found 12"
