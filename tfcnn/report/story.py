"""The pictures and tables of a run in the order in which they tell what happened."""

from __future__ import annotations

import dataclasses
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence

from tfcnn.atomic_files import UNFINISHED
from tfcnn.report import markup
from tfcnn.report.drawing.png import read_description
from tfcnn.report.tables import Table, read_csv

CHAPTERS = (
    *("Training", "Kernels", "Patterns", "Evidence", "Classes", "Mistakes"),
    *("Ablation", "Attribution", "Others"),
)


@dataclasses.dataclass(frozen=True)
class Kind:
    """What files whose names begin alike are.

    Attributes:
      chapter: One of ``CHAPTERS``.
      program: What makes them, with the flags that it takes for it.
      sentence: What is seen, of files that do not say it themselves.
    """

    chapter: str
    program: str
    sentence: str


# Beginning of a file's name -> what it is. Within a chapter in this order.
KINDS = {
    "learning_curves": Kind(
        "Training", "train", "Loss, accuracy and learning rate over the epochs."
    ),
    "norms": Kind(
        "Training", "train --log_norms", "The norms of gradients and weights over the epochs."
    ),
    "kernels": Kind("Kernels", "weights", "The weights of each filter of a layer."),
    "kernels_over_time": Kind(
        "Kernels", "weights --checkpoints=all", "The weights at every checkpoint of the training."
    ),
    "patterns": Kind(
        "Patterns", "maximize", "The pattern that excites each filter most, with its figures."
    ),
    "objective": Kind("Patterns", "maximize --objective=", "What climbs of a formula found."),
    "restarts": Kind("Patterns", "maximize", "The patterns from different starts, side by side."),
    "birth": Kind("Patterns", "maximize --checkpoints=all", "How the patterns came to be."),
    "evidence": Kind(
        "Evidence", "maximize", "Patterns beside the real patches that excite the filters most."
    ),
    "class_patterns": Kind("Classes", "classes", "The mean answer of a layer to each class."),
    "lookalikes": Kind("Classes", "classes", "Images of two classes that look alike."),
    "probes": Kind(
        "Classes", "classes", "How well simple readers tell the classes from each layer's values."
    ),
    "confusions": Kind(
        "Mistakes", "evaluate", "What the test images of each class (rows) are taken for (columns)."
    ),
    "classes": Kind("Mistakes", "evaluate", "How well each class is told."),
    "hardest": Kind("Mistakes", "evaluate", "The most mistaken test images."),
    "reliability": Kind("Mistakes", "evaluate", "How often the network is right, by how sure."),
    "ablation": Kind(
        "Ablation", "ablate", "Test accuracy lost when one filter at a time is silent."
    ),
    "attribution": Kind("Attribution", "attribute", "Which pixels speak for a class."),
    "activations": Kind("Others", "activations", "The maps of each layer for one image."),
    "dream": Kind("Others", "dream", "What an image becomes when a layer is to answer more."),
    "paste": Kind(
        "Others", "paste", "How the logits move with a filter's pattern over the test images."
    ),
    "predictions": Kind("Others", "predict", "What the network says of pictures from elsewhere."),
    "compare": Kind("Others", "compare", "How well the filters of trainings pair up."),
    "pairs": Kind("Others", "compare", "Filters of two trainings that pair up."),
}
_UNKNOWN = Kind("Others", "", "A file that the library did not make.")


def chapters(
    plots: pathlib.Path,
    layers: Sequence[str],
    tables: Mapping[str, Sequence[str]],
    apart: pathlib.Path,
) -> Iterator[str]:
    """Yields the chapters that have something to show, as HTML, in the order of the story.

    Args:
      plots: The folder of pictures and tables of a run.
      layers: The names of the network's layers, by which the commands are told.
      tables: Chapter -> tables besides, as HTML.
      apart: A file of the folder that is shown elsewhere.

    Raises:
      InputError: A table is damaged.
    """
    known = [path for path in plots.glob("*.csv") if kind_of(path)[0]]
    files = [
        path
        for path in (*plots.glob("*.png"), *known)
        if path != apart and not path.name.startswith(UNFINISHED) and lies_in(plots, path)
    ]
    told: dict[str, list[pathlib.Path]] = {chapter: [] for chapter in CHAPTERS}
    for path in sorted(files, key=_place):
        told[kind_of(path)[1].chapter].append(path)
    for chapter, paths in told.items():
        own = tables.get(chapter, ())
        if paths or own:
            shown = [*own, *(_shown(path, layers) for path in paths)]
            endings = [*(path.suffix for path in paths), *(".csv" for _ in own)]
            yield markup.folded(chapter, "\n".join(shown), _count(endings))


def lies_in(plots: pathlib.Path, path: pathlib.Path) -> bool:
    """Whether a file is a regular one of this folder: what a link leads to is nobody's picture."""
    return path.is_file() and path.resolve().is_relative_to(plots.resolve())


def kind_of(path: pathlib.Path) -> tuple[str, Kind]:
    """The longest beginning of a file's name that is known, and what such files are."""
    known = [name for name in KINDS if f"{path.stem}_".startswith(f"{name}_")]
    name = max(known, key=len, default="")
    return name, KINDS.get(name, _UNKNOWN)


def made_by(path: pathlib.Path, layers: Sequence[str]) -> str:
    """The command that made a file, and the file's name, as HTML."""
    name, kind = kind_of(path)
    file = f"<code>{markup.escaped(path.name)}</code>"
    if not kind.program:
        return f"({file})"
    program, *flags = kind.program.split()
    rest = path.stem.removeprefix(name)
    of = [layer for layer in layers if f"{rest}_".startswith(f"_{layer}_")]
    flags = [*(f"--layer={layer}" for layer in of), *flags]
    command = " ".join([f"experiments.{program}", *flags])
    return f"Made by <code>{markup.escaped(command)}</code> ({file})."


def _shown(path: pathlib.Path, layers: Sequence[str]) -> str:
    sentence, made = kind_of(path)[1].sentence, made_by(path, layers)
    if path.suffix == ".png":
        return markup.figure(path, read_description(path) or sentence, made)
    table = read_csv(path)
    header = tuple(name.replace("_", " ") for name in table.header)
    short = Table(header, tuple(tuple(map(_cell, row)) for row in table.rows))
    return markup.table(short, f"{markup.escaped(sentence)} {made}", path.name)


def _cell(text: str) -> str:
    """A number with so many digits that nobody can read them all, rounded to four."""
    return f"{float(text):.4g}" if re.fullmatch(r"-?\d+\.\d{4,}(e-?\d+)?", text) else text


def _place(path: pathlib.Path) -> tuple[int, list[str | int], str]:
    """Kind by kind, sheets as they are numbered, ``_2`` before ``_10``; a picture, then its table.

    Splitting at the numbers gives texts at even places and numbers at odd ones.
    """
    parts = re.split(r"([0-9]+)", path.stem)
    numbered = [int(part) if part.isdecimal() else part for part in parts]
    names = [*KINDS, ""]
    return names.index(kind_of(path)[0]), numbered, {".png": "0"}.get(path.suffix, path.suffix)


def _count(endings: Sequence[str]) -> str:
    counts = ((endings.count(".png"), "picture"), (endings.count(".csv"), "table"))
    return ", ".join(f"{n} {word}{'s' if n > 1 else ''}" for n, word in counts if n)
