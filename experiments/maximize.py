"""Finds by gradient ascent the image that excites each filter of a layer most.

Draws the patterns, prints a table with a verdict for every filter, and compares each pattern with
the real training images of the run. The layer stands in the files' names, and so does every choice
of the climb that is not the default, and "some" where --filters is given.

Example:
  python -m experiments.maximize --run_dir=runs/first --layer=conv3 --filters=0,7,9
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence

from absl import flags

import tfcnn
from experiments.command_line import flag_types, program, run_flags
from tfcnn.typing import Float32

RUN = run_flags.RunFlag()
LAYER = flags.DEFINE_string("layer", "conv3", "The layer whose filters or units are maximised.")
FILTERS = flag_types.define_integers(
    "filters", None, "Numbers of the filters, from 0. Default: all.", at_least=0
)
REDUCTION = flags.DEFINE_enum(
    "reduction",
    "mean",
    list(tfcnn.ascent.SIGNED),
    "What to climb of a filter's map: "
    + "; ".join(f"{name}, {tfcnn.ascent.REDUCTIONS[name].meaning}" for name in tfcnn.ascent.SIGNED)
    + ". centre is drawn cut to the receptive field, which suits early layers.",
)
RECIPE = flags.DEFINE_enum(
    "recipe",
    None,
    list(tfcnn.ascent.RECIPES),
    "How to climb: robust draws what survives a blur and a shift, plain is the gradient alone. "
    "Default: robust, but plain where what is climbed sees less than 12 pixels, such as the centre "
    "of a map of an early layer.",
)
STEPS = flag_types.define_integer(
    "steps", None, "Gradient steps. Default: the recipe's.", at_least=1, at_most=100_000
)
RESTARTS = flag_types.define_integer(
    "restarts", 4, "Climbs for each filter, from different starts.", at_least=1, at_most=1024
)
CANDIDATES = flag_types.define_integer(
    "candidates", 1024, "Random images scanned for starts.", at_least=1, at_most=65_536
)
SEED = flag_types.define_integer("seed", 0, "Seed of the random images.", at_least=0)
CHECKPOINTS = flags.DEFINE_enum(
    "checkpoints",
    "last",
    ["last", "all"],
    "all also draws how the patterns of up to 16 filters came to be, over the run's checkpoints.",
)

MOST_FILTERS_OVER_TIME = 16


def main() -> program.Written:
    """Reads the flags, climbs, and writes pictures and tables."""
    network = RUN.value.network()
    data = RUN.value.data()
    over_time = CHECKPOINTS.value == "all"
    states = RUN.value.states() if over_time else []
    _, filters = tfcnn.ascent.filters_of(network, LAYER.value, FILTERS.value)
    seen, classes = data.train, data.num_classes
    evidence = tfcnn.ascent.gather_evidence(
        network, LAYER.value, seen.images, seen.labels, num_classes=classes
    )
    patterns = tfcnn.ascent.maximize(
        network,
        LAYER.value,
        filters,
        reduction=REDUCTION.value,
        recipe=RECIPE.value,
        steps=STEPS.value,
        restarts=RESTARTS.value,
        candidates=CANDIDATES.value,
        seed=SEED.value,
        evidence=evidence,
    )
    is_last = LAYER.value == network.layers[-1].name
    names = data.class_names if is_last else None
    print(tfcnn.report.pattern_table(patterns, names).to_text())
    print(patterns.headline())
    print(f"high frequencies in real images: {evidence.high_frequency_share:.1%}")
    if patterns.suppressed:
        called = [names[number] if names else str(number) for number in patterns.suppressed]
        print(f"filters that score above 0 on no real image, {len(called)}: {', '.join(called)}")
    ending = ending_of_names(network)
    written = draw(network, patterns, data, names, ending)
    if states:
        written += draw_birth(network, patterns, states, names, ending)
    return written


def ending_of_names(network: tfcnn.model.Network) -> str:
    """What the files are of, as far as that is not the default."""
    recipe = tfcnn.ascent.default_recipe(network, LAYER.value, REDUCTION.value)
    choices = [REDUCTION, RECIPE, FILTERS, STEPS, RESTARTS, CANDIDATES, SEED]
    return LAYER.value + flag_types.named_choices(choices, recipe=recipe)


def draw(
    network: tfcnn.model.Network,
    patterns: tfcnn.ascent.Patterns,
    data: tfcnn.data.Dataset,
    names: Sequence[str] | None,
    ending: str,
) -> list[pathlib.Path]:
    """Draws the patterns and their evidence, and writes the table; returns the files' paths."""
    plots = RUN.value.plots
    grid, rows, table = (plots / f"patterns_{ending}.{kind}" for kind in ("png", "csv", "json"))
    restarts, evidence = (plots / f"{start}_{ending}.png" for start in ("restarts", "evidence"))
    tfcnn.report.draw_filter_grid(patterns, grid, names)
    tfcnn.report.write_pattern_csv(rows, patterns, names)
    tfcnn.report.write_pattern_json(table, patterns, names)
    tfcnn.report.draw_restarts(patterns, restarts, names)
    sheets = tfcnn.report.draw_evidence_sheets(
        network, patterns, data.train.images, data.class_names, evidence
    )
    cards = plots / f"patterns_{ending}.npz"
    tfcnn.report.write_filter_cards(cards, network, patterns, data.train.images)
    return [grid, rows, table, restarts, *sheets, cards]


def draw_birth(
    network: tfcnn.model.Network,
    patterns: tfcnn.ascent.Patterns,
    states: Sequence[tuple[int, Mapping[str, Float32]]],
    names: Sequence[str] | None,
    ending: str,
) -> list[pathlib.Path]:
    """Climbs at every checkpoint; returns the paths of the film strip and the animation."""
    filters = patterns.filters[:MOST_FILTERS_OVER_TIME]
    birth = tfcnn.ascent.birth(
        network,
        [tensors for _, tensors in states],
        patterns.layer,
        filters,
        reduction=patterns.reduction,
        recipe=patterns.climbs.recipe,
        candidates=CANDIDATES.value,
        seed=SEED.value,
    )
    plots = RUN.value.plots
    strip, animation = (plots / f"birth_{ending}.{kind}" for kind in ("png", "gif"))
    times = [f"step {step}" for step, _ in states]
    tfcnn.report.draw_birth(birth, times, strip, animation, names)
    return [strip, animation]


if __name__ == "__main__":
    program.run(main)
