"""A data set in CSV files: a row an image, its label and then its pixels."""

import logging
import pathlib

from tfcnn.data import arrays, csv_table, emnist, named_sets
from tfcnn.data.dataset import Dataset
from tfcnn.data.split_words import TEST, TRAIN, VALIDATION
from tfcnn.errors import wrong

ENDINGS = (".csv", ".tsv")

_log = logging.getLogger(__name__)


def load(name: str, path: pathlib.Path, *, progress: bool = True) -> Dataset:
    """The data set in a file, and in the one of the test beside it if the names say so.

    ``mnist_train.csv`` and ``mnist_test.csv``, or ``train.csv`` and ``test.csv``, belong together.
    A validation is the test if there is no other, and left out otherwise; a test without labels
    cannot be used; both are told. Without a test one in five of each class is a test image. The
    names of EMNIST's files have its images turned upright (``emnist.as_meant``).

    Args:
      name: The data set's name.
      path: The file; or a folder with a single one or a single such pair.
      progress: Not used: a file is read at once.

    Raises:
      InputError: There is no such file, or it holds something else (``csv_table.read``,
        ``arrays.assemble``).
    """
    del progress
    files = _find(path)
    train = csv_table.read(files[TRAIN])
    if train.labels is None:
        expected = "a column of labels, the first or one named label"
        raise wrong(files[TRAIN], expected, f"{train.pixels.shape[1]} columns of pixels")
    if len(set(train.labels.tolist())) < 2:
        expected = f"the labels of two or more classes in {train.label_column}"
        raise wrong(files[TRAIN], expected, "one; a line of names above says label over another")
    test = None
    for split in (TEST, VALIDATION):
        if split not in files:
            continue
        if test:
            _log.warning("%s: not used, as there is a test", files[split])
            continue
        table = csv_table.read(files[split])
        if table.labels is None:
            _log.warning("%s: without labels, so not used", files[split])
        else:
            test = arrays.Part(table.pixels, table.labels, str(files[split]), str(files[split]))
    called = str(files[TRAIN])
    data = arrays.assemble(name, arrays.Part(train.pixels, train.labels, called, called), test)
    named = parse_file(files[TRAIN].name)
    set_name = named.set_name if named else files[TRAIN].stem
    return emnist.as_meant(data, set_name, files[TRAIN].parent)


def parse_file(name: str) -> named_sets.Name | None:
    """What the name of a file with labels and pixels says; None for another file."""
    stem, dot, ending = name.rpartition(".")
    named = named_sets.parse(stem) if dot + ending.lower() in ENDINGS else None
    return named if named and not named.part else None


def _find(path: pathlib.Path) -> dict[str, pathlib.Path]:
    """The files by split; there is one for the training."""
    if path.is_file() and not parse_file(path.name):
        return {TRAIN: path}
    _, found = named_sets.find(path, "CSV files", parse_file)
    files = {split: file for (split, _), file in found.items()}
    if TRAIN in files:
        return files
    if path.is_file():
        return {TRAIN: path}
    inside = sorted(one for one in path.iterdir() if one.suffix.lower() in ENDINGS)
    if len(inside) != 1:
        raise wrong(path, "one CSV file", f"{len(inside)}: name one")
    return {TRAIN: inside[0]}
