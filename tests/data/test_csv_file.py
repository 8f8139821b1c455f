from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.data import csv_table, load
from tfcnn.errors import InputError

PIXELS = np.arange(40, dtype=np.uint8).reshape(10, 4) * 6
LABELS = [7, 3] * 5
HEADER = ["label", *(f"pixel{number}" for number in range(4))]
ROWS = [[label, *row] for label, row in zip(LABELS, PIXELS.tolist(), strict=True)]


def text(rows, delimiter=",", **choices):
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, **choices).writerows(rows)
    return file.getvalue()


def labels_last(rows):
    return [[*row[1:], row[0]] for row in rows]


@pytest.mark.parametrize(
    "content",
    [
        text([HEADER, *ROWS]),  # Kaggle
        text(ROWS),
        text([["Class", *HEADER[1:]], *ROWS]),
        text(labels_last([HEADER, *ROWS])),
        text(labels_last([["target", "a", "b", "c", "d"], *ROWS])),
        text([["", *HEADER], *([number, *row] for number, row in enumerate(ROWS))]),  # pandas
        text([["digits", *HEADER[1:]], *ROWS]),
        text([HEADER, *ROWS], ";"),
        text(ROWS, "\t"),
        text(ROWS, " "),
        text([HEADER, *ROWS], quoting=csv.QUOTE_ALL),
        "\ufeff" + text([HEADER, *ROWS]),
        text([HEADER, *ROWS]).replace("\r\n", "\n\n"),
        text([HEADER, *ROWS]).rstrip(),
        text([[f"{value:.1f}" for value in row] for row in ROWS]),
    ],
)
def test_labels_and_pixels_in_rows(tmp_path, content):
    (tmp_path / "train.csv").write_text(content, "utf-8", newline="")
    (tmp_path / "test.csv").write_text(content, "utf-8", newline="")
    for path in ("train.csv", "test.csv", ""):
        data = load(f"csv:{tmp_path}/{path}")
        assert data.class_names == ("3", "7")
        assert data.train.labels.tolist() == [1, 0] * 5 == data.test.labels.tolist()
        assert (data.train.images.reshape(10, 4) == PIXELS).all()
        assert data.train.images.shape == (10, 2, 2, 1)


def test_texts_are_the_names_of_the_classes(tmp_path):
    rows = [["Ankle boot" if row[0] == 7 else "é", *row[1:]] for row in ROWS]
    (tmp_path / "a.csv").write_text(text([HEADER, *rows]), "utf-8")
    data = load(f"csv:{tmp_path}/a.csv")
    assert data.class_names == ("Ankle boot", "é")
    assert (len(data.train), sorted(data.test.labels)) == (8, [0, 1])


def test_floats_up_to_one_are_scaled_with_a_word(tmp_path, caplog):
    (tmp_path / "a.csv").write_text(text([[row[0], *(v / 240 for v in row[1:])] for row in ROWS]))
    data = load(f"csv:{tmp_path}/a.csv")
    assert max(data.train.images.max(), data.test.images.max()) == round(234 / 240 * 255)
    assert caplog.messages == [f"csv:{tmp_path}/a.csv: values from 0 to 1, scaled to 0 to 255"]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("mnist_train.csv", "mnist_test.csv"),
        ("Train.CSV", "Test.CSV"),
        ("a-train.csv", "a-val.csv"),
    ],
)
def test_the_file_of_the_test_beside(tmp_path, train, test):
    (tmp_path / train).write_text(text(ROWS))
    (tmp_path / test).write_text(text(ROWS[:3]))
    (tmp_path / "b_train.csv").write_text(text(ROWS))
    data = load(f"csv:{tmp_path}/{train}")
    assert (len(data.train), len(data.test)) == (10, 3)


@pytest.mark.parametrize("header", [[HEADER[1:]], []])
def test_kaggles_test_without_labels_is_told(tmp_path, caplog, header):
    (tmp_path / "train.csv").write_text(text([HEADER, *ROWS]))
    (tmp_path / "test.csv").write_text(text([*header, *PIXELS.tolist()]))
    data = load(f"csv:{tmp_path}/train.csv")
    assert (len(data.train), len(data.test)) == (8, 2)
    assert caplog.messages == [f"{tmp_path}/test.csv: without labels, so not used"]
    with pytest.raises(
        InputError, match=r"/x.csv: expected a column of labels, .* found 4 columns"
    ):
        (tmp_path / "test.csv").rename(tmp_path / "x.csv")
        load(f"csv:{tmp_path}/x.csv")


def test_emnist_is_turned_upright(tmp_path):
    (tmp_path / "emnist-letters-train.csv").write_text(text(ROWS))
    (tmp_path / "emnist-letters-test.csv").write_text(text(ROWS))
    (tmp_path / "emnist-letters-mapping.txt").write_text("7 71 103\n3 67\n")
    data = load(f"csv:{tmp_path}/emnist-letters")
    assert data.class_names == ("C", "Gg")
    assert (data.test.images[..., 0] == PIXELS.reshape(10, 2, 2).transpose(0, 2, 1)).all()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "expected a label and the pixels of a square image in a row, found 0 columns"),
        (b"label,a,b,c,d\n", "expected rows of labels and pixels, found none"),
        (b"1,2,3,4,5,6,7\n", "expected a label and the pixels of a square .* found 7 columns"),
        (b"id,label,a,b\n1,1,2,3\n", "found 3 columns and 1 of names or numbers"),
        (b"1,2,3,4,5\n2,2,3,x,5\n", "expected rows of as many numbers each, found .* 'x'"),
        (b"1,2,3,4,5\n2,2,3,4\n", "expected rows of as many .* the number of columns changed"),
        (b"a,b,c,d,label\n2,3,4,5,1\n2,3,4\n", "expected more columns, found 3 in line 3"),
        (b"1,2,3,4,5\n,2,3,4,5\n", "line 2: expected a label of 1 to 100 characters, found 0"),
        (b"1,2,3,4,5\n1,2,3,4,5\n", "labels of two or .* in the first column, found one; a line"),
        (b"1,2,3,4,500\n2,2,3,4,5\n", "expected values from 0 to 255 .* found 2 to 500"),
        (b"1.5,2,3,4,50\n2,2,3,4,5\n", "expected whole numbers or texts"),
        (b"1,2,3,4,\xff\n2,2,3,4,5\n", "expected text in UTF-8"),
        (b"\0\0\x08\x03", "expected a CSV file, found other bytes than text"),
    ],
)  # fmt: skip
def test_other_contents_are_refused(tmp_path, content, said):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError, match=rf"^dataset: {tmp_path}/a\.csv: .*{said}"):
        load(f"csv:{tmp_path}/a.csv")


def test_other_paths_are_refused(tmp_path):
    for path in ("none.csv", "none/none.csv"):
        with pytest.raises(InputError, match=rf"^dataset: {tmp_path}/{path}: expected "):
            load(f"csv:{tmp_path}/{path}")
    with pytest.raises(InputError, match=r": expected one CSV file, found 0: name one$"):
        load(f"csv:{tmp_path}")


def test_bytes_and_floats_read_the_same(tmp_path):
    (tmp_path / "a.csv").write_text(text(ROWS))
    (tmp_path / "b.csv").write_text(text([[*ROWS[0][:-1], "18.0"], *ROWS[1:]]))
    first, second = (csv_table.read(tmp_path / name) for name in ("a.csv", "b.csv"))
    assert (first.pixels.dtype, second.pixels.dtype) == (np.uint8, np.float32)
    assert (first.pixels == second.pixels).all() and (first.labels == second.labels).all()


CELLS = st.sampled_from(["0", "1", "255", "label", "", "cat", "1e3", "-1", "nan", '"', "id", "é"])
LINES = st.lists(CELLS, max_size=6).map(",".join)


@pytest.mark.fuzz
@given(st.lists(LINES, max_size=4), st.booleans(), st.booleans(), st.data())
def test_any_text_is_a_data_set_or_refused_in_one_line(tmp_path_factory, more, whole, beside, data):
    folder = tmp_path_factory.mktemp("csv")
    lines = [*text(ROWS).split(), *more] if whole else more
    content = bytearray("\n".join(data.draw(st.permutations(lines))).encode())
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    (folder / "train.csv").write_bytes(content)
    if beside:
        (folder / "test.csv").write_bytes(text(ROWS).encode())
    try:
        found = load(f"csv:{folder}/train.csv")
    except InputError as error:
        assert str(error).startswith(f"dataset: {folder}") and len(str(error).splitlines()) == 1
    else:
        assert found.num_classes == len(found.class_names) == len(set(found.train.labels)) >= 2
        assert found.train.images.dtype == np.uint8 and len(found.test)
