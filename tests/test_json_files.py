from __future__ import annotations

import json
import math

import pytest

from tfcnn import json_files
from tfcnn.errors import InputError
from tfcnn.json_files import read_json, write_json


def test_reading_back_keeps_every_bit_and_the_order(tmp_path):
    values = {"z": 0.1 + 0.2, "a": [1, None, True, "größe"], "m": {"tiny": 5e-324}}
    write_json(tmp_path / "a.json", values)
    assert read_json(tmp_path / "a.json") == values
    assert list(read_json(tmp_path / "a.json")) == ["z", "a", "m"]
    text = (tmp_path / "a.json").read_text()
    assert json.loads(text) == values
    assert text.endswith("}\n")
    assert '\n  "z": ' in text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_does_not_have_is_never_written(tmp_path, value):
    write_json(tmp_path / "a.json", {"x": 1})
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"x": value})
    assert read_json(tmp_path / "a.json") == {"x": 1}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "expected JSON, found "),
        (b'{"a": 1', "expected JSON, found "),
        (b'{"a": NaN}', "expected JSON, found the number NaN"),
        (b'{"a": -Infinity}', "expected JSON, found the number -Infinity"),
        (b'{"a": "\xff"}', "expected JSON, found 'utf-8' codec"),
        (b"[" * 100_000, "expected JSON, found "),
        (b"9" * 10_000, "expected JSON, found "),
        (b'{"a":' * 51 + b"1" + b"}" * 51, "expected JSON of at most 50 levels, found more"),
        (b'{"a":' + b"[" * 50 + b"]" * 50 + b"}", "expected JSON of at most 50 levels, found"),
        (b"[1, 2]", "expected a JSON object, found list"),
        (b"null", "expected a JSON object, found NoneType"),
    ],
)
def test_what_is_no_object_is_refused_in_one_line(tmp_path, data, reason):
    (tmp_path / "a.json").write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_json(tmp_path / "a.json")
    assert str(caught.value).startswith(f"{tmp_path / 'a.json'}: {reason}")
    assert len(str(caught.value).splitlines()) == 1


def test_fifty_levels_are_read(tmp_path):
    (tmp_path / "a.json").write_text('{"a":' + "[" * 49 + "]" * 49 + "}")
    assert list(read_json(tmp_path / "a.json")) == ["a"]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"a\.json: expected a JSON file, found no such file$"):
        read_json(tmp_path / "a.json")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match=r"expected a JSON file, found .*directory"):
        read_json(tmp_path)


def test_a_file_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(json_files, "MAX_BYTES", 10)
    (tmp_path / "a.json").write_text('{"a": 1  }')
    assert read_json(tmp_path / "a.json") == {"a": 1}
    (tmp_path / "a.json").write_text('{"a": 1   }')
    with pytest.raises(InputError, match=r"a\.json: expected at most 10 bytes, found more"):
        read_json(tmp_path / "a.json")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_taken(tmp_path, encoding):
    (tmp_path / "a.json").write_bytes('{\r\n"größe": 1}\r\n'.encode(encoding))
    assert read_json(tmp_path / "a.json") == {"größe": 1}
