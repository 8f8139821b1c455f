"""Which prefix of ``--dataset`` fits what lies at a path, or what to do with it first."""

import itertools
import pathlib

from tfcnn.data import csv_file, idx_folder, litter, picture_files

# Pictures are looked for so many folders deep, and at each depth among so many names.
_DEPTH, _MOST_NAMES = 4, 10_000
_UNPACK = "unpack it"
_SAVE = "save its arrays with numpy.savez as x_train, y_train, x_test and y_test"
_OTHERS = {
    **dict.fromkeys((".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"), _UNPACK),
    ".mat": f"read it with scipy.io.loadmat and {_SAVE}",
    **dict.fromkeys((".h5", ".hdf5"), f"read it with h5py and {_SAVE}"),
    **dict.fromkeys((".pkl", ".pickle", ".pt", ".pth", ".npy"), _SAVE),
    **dict.fromkeys((".parquet", ".arff", ".xlsx", ".json"), "save it as CSV, a row an image"),
    **dict.fromkeys(picture_files.ENDINGS, "name the folder that has a sub-folder for each class"),
}


def prefixes(path: pathlib.Path) -> list[str]:
    """The prefixes that fit what lies at a path, the likeliest first; none if nothing does."""
    try:
        if path.is_file():
            names, fits = [path.name], []
        elif path.is_dir():
            names = [one.name for one in itertools.islice(path.iterdir(), _MOST_NAMES)]
            fits = ["folder:"] if _has_pictures(path) else []
        else:
            return []
    except OSError:
        return []
    if any(map(idx_folder.parse_file, names)):
        fits.insert(0, "idx:")
    for prefix, endings in (("npz:", (".npz",)), ("csv:", csv_file.ENDINGS)):
        if any(name.lower().endswith(endings) for name in names):
            fits.append(prefix)
    return fits


def hint(path: pathlib.Path, used: str | None = None) -> str:
    """How to go on with a path that was not read: half a sentence with ``; `` before, or nothing.

    Args:
      path: It may not exist.
      used: The prefix that it was tried with.
    """
    fits = prefixes(path)
    if used in fits:
        return ""
    if fits:
        return f"; {fits[0]}{path} fits what lies there"
    ending = path.suffix.lower()
    return f"; of {ending}: {_OTHERS[ending]}" if ending in _OTHERS and path.is_file() else ""


def _has_pictures(folder: pathlib.Path) -> bool:
    """Whether there are pictures in its sub-folders."""
    folders = [folder]
    for depth in range(_DEPTH):
        inside = itertools.islice((path for one in folders for path in one.iterdir()), _MOST_NAMES)
        paths = [path for path in inside if not litter.is_litter(path)]
        if depth and any(path.suffix.lower() in picture_files.ENDINGS for path in paths):
            return True
        folders = [path for path in paths if path.is_dir()]
    return False
