"""Compares trainings: do they have the same filters, and in the same order?

For every pair of runs and every layer with weights but the last: the filters are paired one to one
by the correlation of what they do on the test images. Of three runs and more, the mean over all
pairs and its deviation come first. Beside it stand a network and itself with its channels in
another order, and pairs of untrained networks.

Example:
  python -m experiments.compare --run_dirs=runs/first,runs/second
"""

from __future__ import annotations

import itertools
import pathlib
from collections.abc import Iterable, Mapping, Sequence

from absl import flags

import tfcnn
from experiments.command_line import flag_types, program, run_flags
from tfcnn.errors import check_choice, wrong
from tfcnn.shown_names import shown_names

RUN_DIRS = flag_types.define_paths(
    "run_dirs", "Two or more folders of finished runs, between commas."
)
PLACES = run_flags.RunFlags()
LAYER = flags.DEFINE_string(
    "layer",
    None,
    "The layer whose matched filters are drawn side by side. Default: the first with weights.",
)
PAIRS = flag_types.define_integer("pairs", 12, "How many matched filters are drawn.", at_least=1)


def main() -> program.Written:
    """Reads the flags, compares every pair, prints the table and draws."""
    folders = RUN_DIRS.value.split(",")
    run = PLACES.of(pathlib.Path(folders[0]))
    networks = load_networks(folders)
    first, second, *_ = networks.values()
    layers = first.hidden_layers
    layer = LAYER.value or layers[0]
    check_choice("layer", layer, layers)
    images = run.data().test.images
    rows = tfcnn.inspection.compare(networks, layers, images)
    known = tfcnn.inspection.baselines(first, layers, images)
    if len(networks) > 2:
        kinds = {"two trainings": rows, "two untrained": known["two untrained"]}
        print(tfcnn.report.spread_table(kinds).to_text(), end="\n\n")
    table = tfcnn.report.comparison_table([*rows, *itertools.chain(*known.values())])
    print(table.to_text())
    others = flag_types.words_of_others(folders)
    written = [run.plots / f"compare_{others}.{kind}" for kind in ("png", "csv")]
    tfcnn.report.draw_comparison(rows, known, written[0])
    table.write_csv(written[1])
    number = layers.index(layer)
    matching = rows[number].matching
    pairs = matching.spread(PAIRS.value)
    if len(pairs):
        few = flag_types.named_choices([PAIRS])
        written.append(run.plots / f"pairs_{layer}_{others}{few}.png")
        below = rows[number - 1].matching if number else None
        patterns = climb(first, layer, pairs[:, 0]), climb(second, layer, pairs[:, 1])
        tfcnn.report.draw_pairs(first, second, matching, below, patterns, written[-1])
    else:
        print(f"no pairs are drawn: {layer} never changes in {' or in '.join([*networks][:2])}")
    return written


def load_networks(folders: Sequence[str]) -> dict[str, tfcnn.model.Network]:
    """The runs' networks, by the folders' names; by their whole paths where two share a name."""
    if len(folders) < 2:
        raise wrong("run_dirs", "two or more folders", len(folders))
    if len({pathlib.Path(folder).resolve() for folder in folders}) < len(folders):
        raise wrong("run_dirs", "each folder once", ",".join(folders))
    names: Sequence[str] = [pathlib.Path(folder).name for folder in folders]
    if len(set(names)) < len(names):
        names = folders
    names = shown_names(names)
    networks = {name: tfcnn.load_run(run) for name, run in zip(names, folders, strict=True)}
    shapes = {network.input_shape: name for name, network in networks.items()}
    if len(shapes) > 1:
        found = ", ".join(
            f"{'x'.join(map(str, shape))} of {name}" for shape, name in shapes.items()
        )
        raise wrong("run_dirs", "networks for images of one shape", found)
    check_layers(networks)
    return networks


def check_layers(networks: Mapping[str, tfcnn.model.Network]) -> None:
    """Refuses networks without the hidden layers of the first, or with maps of other sizes."""
    (first, network), *others = networks.items()
    if not network.hidden_layers:
        raise wrong("run_dirs", "networks with hidden layers", f"none in {first}")
    sizes = {
        name: {placed.name: placed.output_shape[:-1] for placed in network.layers}
        for name, network in networks.items()
    }
    for layer, (other, _) in itertools.product(network.hidden_layers, others):
        if layer not in sizes[other]:
            raise wrong("run_dirs", f"{layer} in all networks", f"none in {other}")
        if sizes[first][layer] != sizes[other][layer]:
            found = ", ".join(
                f"{'x'.join(map(str, sizes[name][layer]))} in {name}" for name in (first, other)
            )
            raise wrong("run_dirs", f"maps of one size of {layer}", found)


def climb(
    network: tfcnn.model.Network, layer: str, filters: Iterable[int]
) -> tfcnn.ascent.Patterns:
    """The filters' patterns: of the map's centre where that sees little, as the kernels do."""
    sees_little = tfcnn.ascent.default_recipe(network, layer, "centre") == "plain"
    reduction = "centre" if sees_little else "mean"
    return tfcnn.ascent.maximize(network, layer, filters, reduction=reduction)


if __name__ == "__main__":
    program.run(main)
