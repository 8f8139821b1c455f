"""What a run's files tell of single filters: patterns, patches, class means, accuracy lost."""

import pathlib
import shlex

import numpy as np

from tfcnn.arguments import checked
from tfcnn.ascent.patterns import Patterns
from tfcnn.errors import InputError
from tfcnn.inspection.patches import top_patches
from tfcnn.model.network import Network
from tfcnn.page import FilterCards, Findings
from tfcnn.report.story import lies_in
from tfcnn.report.tables import read_csv
from tfcnn.runs import Run
from tfcnn.typing import Images, PathLike


@checked
def write_filter_cards(
    path: PathLike, network: Network, patterns: Patterns, images: Images
) -> None:
    """Keeps patterns and their evidence as arrays, from which a page makes the filters' cards.

    Args:
      path: The NPZ file to write.
      network: The network of the patterns.
      patterns: Patterns with evidence.
      images: [count, height, width, channels], uint8 or floats in [0, 1]: those of the evidence.

    Raises:
      InputError: The patterns come without evidence, or network or images are not those of it.
    """
    cards_of(network, patterns, images).save(path)


def cards_of(network: Network, patterns: Patterns, images: Images) -> FilterCards:
    """What ``write_filter_cards`` keeps, with its errors."""
    evidence, filters = patterns.evidence, list(patterns.filters)
    if evidence is None:
        raise InputError("patterns: expected evidence from real images, found none")
    return FilterCards(
        filters=np.array(filters, np.int64),
        reduction=str(patterns.reduction),
        verdicts=np.array(patterns.verdicts),
        scores=patterns.scores,
        robust_scores=patterns.robust_scores,
        patterns=patterns.images,
        patches=np.stack([top_patches(network, evidence, images, number) for number in filters]),
        patch_values=evidence.patch_values[:, filters].T,
        class_means=evidence.class_means[:, filters].T,
    )


def read_findings(run: Run, network: Network, plots: pathlib.Path) -> Findings:
    """What the programs left of single filters in a folder of pictures and tables.

    Of several answers of ``experiments.maximize`` for a layer the plainest one's is taken.

    Args:
      run: The run, for the commands that make what is missing.
      network: Its network.
      plots: The folder.

    Raises:
      InputError: A file is damaged.
    """
    cards, losses = {}, {}
    for placed in network.layers:
        layer = placed.name
        found = (*plots.glob(f"patterns_{layer}.npz"), *plots.glob(f"patterns_{layer}_*.npz"))
        files = [path for path in found if lies_in(plots, path)]
        if files:
            cards[layer] = FilterCards.load(min(files, key=lambda path: len(path.name)))
        table = plots / f"ablation_{layer}_zero.csv"
        if lies_in(plots, table):
            losses[layer] = _read_losses(table)
    return Findings(shlex.quote(str(run.path)), cards, losses)


def _read_losses(path: pathlib.Path) -> dict[int, float]:
    """Filter -> percentage points of test accuracy lost, of ``experiments.ablate``."""
    try:
        return {int(row[0]): float(row[1]) for row in read_csv(path).rows}
    except (ValueError, IndexError):  # InputError is one too.
        raise InputError(f"{path}: expected filters and points lost, found none") from None
