from __future__ import annotations

import pytest

from tfcnn.errors import one_line


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
