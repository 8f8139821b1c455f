from __future__ import annotations

import pytest

from tfcnn.errors import InputError
from tfcnn.exchange import read_name_map


def test_pairs_and_files_say_the_same(tmp_path):
    expected = {"0.weight": "conv1/kernel", "a=b": "conv1/bias"}
    assert read_name_map("0.weight=conv1/kernel, a=b=conv1/bias,") == expected
    file = tmp_path / "map.json"
    file.write_text('{"0.weight": "conv1/kernel", "a=b": "conv1/bias"}')
    assert read_name_map(str(file)) == expected
    assert read_name_map("") == {}


@pytest.mark.parametrize("text", ["conv1/kernel", "=conv1/bias", "a=", "a=b,c"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(InputError, match=r"^name_map: expected a file \.json or pairs such as"):
        read_name_map(text)


def test_a_name_has_one_meaning():
    with pytest.raises(InputError, match=r"^name_map: expected each name once, found 'a=b,a=c'"):
        read_name_map("a=b,a=c")


@pytest.mark.parametrize("content", [None, "{", "[]", '{"a": 1}', '{"a": null}'])
def test_wrong_files_are_refused_in_one_line(tmp_path, content):
    file = tmp_path / "map.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(InputError, match=f"^name_map: {file}: expected .*$"):
        read_name_map(str(file))
