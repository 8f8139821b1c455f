"""A network, or a run, on one page: a single HTML file that computes and needs nothing else."""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfcnn.atomic_files import write_text
from tfcnn.data import Preparation, find_preparation
from tfcnn.errors import InputError, one_line
from tfcnn.json_files import read_json, read_json_lines
from tfcnn.model.geometry import geometry
from tfcnn.model.network import Network
from tfcnn.page import LivePart, State, live_part
from tfcnn.report import markup
from tfcnn.report.drawing.png import read_description
from tfcnn.report.drawing.words import evenly
from tfcnn.report.filter_cards import read_findings
from tfcnn.report.head import head
from tfcnn.report.story import KINDS, chapters, lies_in, made_by
from tfcnn.report.tables import Table, geometry_table, weights_table
from tfcnn.runs import Run, checkpoints
from tfcnn.shown_names import shown_names
from tfcnn.typing import PathLike

if TYPE_CHECKING:
    from tfcnn.data import Dataset

MOST_STATES = 12  # Stops of the slider over the training, besides its end.
_NO_CHECKPOINTS = (
    "This run kept no checkpoints; experiments.train --checkpoint_steps=50 keeps them."
)


def write_report(run: Run | PathLike) -> pathlib.Path:
    """Writes ``report.html`` into a finished run: the live network, all its pictures and tables.

    Args:
      run: The run, or its folder. With an ``output_dir`` the page goes there and shows the pictures
        there, or those of the run if there are none; so it does on other data.

    Returns:
      The path of the page.

    Raises:
      InputError: The folder has no finished run, or a file of it is damaged.
    """
    run = run if isinstance(run, Run) else Run(pathlib.Path(run))
    files, network, config = run.files, run.network(), run.config
    # Weights trained elsewhere come without a history.
    trained_here = files.metrics.exists() or files.environment.exists()
    metrics = _read_metrics(files.metrics, _may_be_without_epochs(config)) if trained_here else []
    environment = read_json(files.environment) if trained_here else None
    _refuse_foreign_plots(run)
    plots = run.plots if any(run.plots.glob("*.png")) else files.plots
    names, live = _live(run, network, plots)
    curves = files.plots / "learning_curves.png"
    layers = [placed.name for placed in network.layers]
    top = [head(network, names, config, metrics), *_curves(curves)]
    sections = [
        _layers(network),
        *chapters(plots, layers, _tables(network, metrics), curves),
        markup.folded("Choices", markup.pairs(config, "What <code>config.json</code> holds.")),
    ]
    if environment is not None:
        made = markup.pairs(environment, "Made by <code>experiments.train</code> on this machine.")
        sections.append(markup.folded("Made on", made))
    path = (run.plots if run.other_data else run.output_dir or run.path) / "report.html"
    write_text(path, _page(f"Run {run.path.resolve().name}", "\n".join(top), live, sections))
    return path


def _refuse_foreign_plots(run: Run) -> None:
    """Whoever made a run may not have pictures from elsewhere put on the page that is sent back."""
    own, plots = run.files.plots, pathlib.Path(os.path.realpath(run.files.plots))
    if not plots.is_relative_to(os.path.realpath(run.path)):
        raise InputError(f"{own}: expected a folder of the run, found a link to {plots}")


def write_page(
    network: Network,
    path: PathLike,
    *,
    class_names: Sequence[str] | None = None,
    preparation: Preparation | None = None,
    data: Dataset | None = None,
    title: str = "A network",
) -> pathlib.Path:
    """Writes a page on which a network computes; the network alone is enough.

    In Jupyter ``IPython.display.IFrame(path, 1000, 800)`` shows it.

    Args:
      network: The network, with 1 channel or 3.
      path: The HTML file to write.
      class_names: One a logit; None for those of ``data``, or numbers.
      preparation: How drawings become images; None for what the training images of ``data`` tell,
        or drawings that are only scaled.
      data: Whose test images lie ready.
      title: The page's title.

    Returns:
      ``path``.

    Raises:
      InputError: There is not one name a logit, or the file cannot be written.
    """
    if data is not None:
        class_names = class_names or data.class_names
        preparation = preparation or find_preparation(data.train.images)
    names = list(shown_names(class_names or map(str, range(network.classes))))
    if len(names) != network.classes:
        raise InputError(f"class_names: expected {network.classes} names, found {len(names)}")
    live = live_part(network, names, preparation or Preparation(), data)
    content = _page(title, head(network, names, {}, []), live, [_layers(network)])
    write_text(path, content)
    return pathlib.Path(path)


def _live(run: Run, network: Network, plots: pathlib.Path) -> tuple[list[str], LivePart]:
    """The classes' names and the part that computes.

    What the run does not say, or cannot be read, is left out of it, with the reason.
    """
    names: Sequence[str] = list(map(str, range(network.classes)))
    preparation, data = Preparation(), None
    states: list[State] = []
    missing = {}
    with contextlib.suppress(InputError):
        names = run.class_names
    with contextlib.suppress(InputError):
        preparation = run.preparation()
    try:
        data = run.data()
    except InputError as error:
        missing["tray"] = f"No test images: {one_line(error)}"
    if checkpoints.find(run.files.checkpoints):
        try:
            states = _some_states(run, network)
        except InputError as error:
            missing["states"] = f"No slider over the training: {one_line(error)}"
    else:
        missing["states"] = _NO_CHECKPOINTS
    findings = read_findings(run, network, plots)
    live = live_part(network, names, preparation, data, states, missing, findings)
    return list(names), live


def _some_states(run: Run, network: Network) -> list[State]:
    """The network at checkpoints, but for one that is the trained network: it has its own stop."""
    found, trained = run.states(), network.tensors()
    if all(np.array_equal(found[-1][1][path], tensor) for path, tensor in trained.items()):
        found.pop()
    return [found[place] for place in evenly(len(found), MOST_STATES)]


def _curves(path: pathlib.Path) -> list[str]:
    """The picture of the learning curves, if there is one."""
    if not lies_in(path.parent, path):
        return []
    seen = read_description(path) or KINDS[path.stem].sentence
    return [markup.figure(path, seen, made_by(path, ()))]


def _layers(network: Network) -> str:
    caption = "Receptive field, stride and first pixel are in pixels of the image."
    rows = geometry(network.architecture, network.input_shape)
    table = markup.table(geometry_table(rows), caption, "layers")
    return markup.folded("What each layer sees, holds and costs", table)


def _tables(network: Network, metrics: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Chapter -> the tables that need no file of ``plots/``."""
    weights = markup.table(
        weights_table(network.weights),
        "Statistics of every tensor of weights; the same by <code>experiments.weights</code>.",
        "weights",
    )
    if not metrics:
        return {"Kernels": [weights]}
    cells = tuple(tuple(_number(value) for value in row.values()) for row in metrics)
    epochs = Table(tuple(key.replace("_", " ") for key in metrics[0]), cells)
    caption = "Epoch by epoch. Made by <code>experiments.train</code> (<code>metrics.jsonl</code>)."
    return {"Training": [markup.table(epochs, caption, "epochs")], "Kernels": [weights]}


def _page(title: str, top: str, live: LivePart, sections: Iterable[str]) -> str:
    """The page; ``top`` and ``sections`` are finished HTML."""
    body = "\n".join(sections)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{live.policy}">\n'
        f"<title>{markup.escaped(title)}</title>\n<style>{live.style}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{markup.escaped(title)}</h1>\n{top}\n{live.body}\n{live.data}\n"
        f"{body}\n</main>\n</body>\n</html>\n"
    )


def _may_be_without_epochs(config: Mapping[str, Any]) -> bool:
    """Whether a run was to have none, or something may have ended it in its first."""
    training = config.get("training")
    return "callbacks" in config or (isinstance(training, dict) and training.get("epochs") == 0)


def _read_metrics(path: pathlib.Path, may_be_empty: bool) -> list[dict[str, Any]]:
    """Reads ``metrics.jsonl``."""
    rows = read_json_lines(path)
    if not (rows or may_be_empty) or not all(row.keys() == rows[0].keys() for row in rows):
        raise InputError(f"{path}: expected JSON objects with the same keys on each line")
    return rows


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
