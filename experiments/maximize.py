"""Finds by gradient ascent the image that excites each filter of a layer most.

Draws the patterns, prints a table with a verdict for every filter, and compares each pattern with
the real training images of the run. The layer stands in the files' names, and so does every choice
of the climb that is not the default, and "some" where --filters is given. With --objective one
formula is climbed instead, and files that begin with "objective" show what every restart found.

Example:
  python -m experiments.maximize --run_dir=runs/first --layer=conv3 --filters=0,7,9
  python -m experiments.maximize --run_dir=runs/first --objective="conv3[4] - 0.5*max(conv3[7])"
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
from collections.abc import Mapping, Sequence

import numpy as np
from absl import flags

import tfcnn
from experiments.command_line import flag_types, program, run_flags
from tfcnn.errors import wrong
from tfcnn.typing import Float32

RUN = run_flags.RunFlag()
LAYER = flag_types.define_layer("The layer whose filters or units are maximised.")
FILTERS = flag_types.define_integers(
    "filters", None, "Numbers of the filters, from 0. Default: all.", at_least=0
)
OBJECTIVE = flags.DEFINE_string(
    "objective",
    None,
    "A formula to climb instead of filters, of conv3[4] (mean of the map after the activation "
    "function), conv3/linear[4] (before it), logits[3], conv3 (all of a layer), max(conv3[4]) or "
    "another reduction, total_variation(), image_norm(), diversity() (of the restarts), numbers, "
    "+ - * / ** and parentheses.",
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
    if OBJECTIVE.value is not None:
        return climb_objective(network, OBJECTIVE.value)
    layer = LAYER.value or network.layer_to_show
    data = RUN.value.data()
    over_time = CHECKPOINTS.value == "all"
    states = RUN.value.states() if over_time else []
    _, filters = tfcnn.ascent.filters_of(network, layer, FILTERS.value)
    seen, classes = data.train, data.num_classes
    evidence = tfcnn.ascent.gather_evidence(
        network, layer, seen.images, seen.labels, num_classes=classes
    )
    patterns = tfcnn.ascent.maximize(
        network,
        layer,
        filters,
        reduction=REDUCTION.value,
        recipe=RECIPE.value,
        steps=STEPS.value,
        restarts=RESTARTS.value,
        candidates=CANDIDATES.value,
        seed=SEED.value,
        evidence=evidence,
    )
    is_last = layer == network.layers[-1].name
    names = data.class_names if is_last else None
    print(tfcnn.report.pattern_table(patterns, names).to_text())
    print(patterns.headline())
    print(f"high frequencies in real images: {evidence.high_frequency_share:.1%}")
    if patterns.suppressed:
        called = [names[number] if names else str(number) for number in patterns.suppressed]
        print(f"filters that score above 0 on no real image, {len(called)}: {', '.join(called)}")
    ending = ending_of_names(network, layer)
    written = draw(network, patterns, data, names, ending)
    if states:
        written += draw_birth(network, patterns, states, names, ending)
    return written


def climb_objective(network: tfcnn.model.Network, text: str) -> program.Written:
    """Climbs one formula from several starts, prints the values and draws the images, best first.

    Raises:
      InputError: It is no formula, a flag of filters stands beside it, or a value is not finite.
    """
    meaningless = [
        f"--{flag.name}"
        for flag in (LAYER, FILTERS, REDUCTION, CHECKPOINTS)
        if flag.value != flag.default
    ]
    if meaningless:
        raise wrong("objective", f"no {meaningless[0]} beside it", "both")
    goal = tfcnn.ascent.parse_objective(text, tfcnn.model.shapes_of(network))
    recipe = tfcnn.ascent.find_recipe(RECIPE.value or tfcnn.ascent.recipe_for(network, goal))
    climbs = tfcnn.ascent.climb_objectives(
        network,
        [goal],
        recipe=dataclasses.replace(recipe, steps=STEPS.value or recipe.steps),
        restarts=RESTARTS.value,
        candidates=CANDIDATES.value,
        seed=SEED.value,
    )
    order = climbs.ranking[0]
    values, robust = climbs.scores[0, order], climbs.robust_scores[0, order]
    if not np.isfinite(values).all():
        found = ", ".join(f"{value:g}" for value in values)
        raise wrong("objective", "a finite value on each image found", found)
    figures = zip(order.tolist(), values, robust, strict=True)
    rows = [(str(number), f"{value:.4f}", f"{moved:.4f}") for number, value, moved in figures]
    table = tfcnn.report.Table(("restart", "value", "robust"), tuple(rows))
    print(table.to_text())
    picture = RUN.value.plots / f"objective_{name_of(text)}.png"
    tfcnn.report.draw_image_grid(
        climbs.visible(climbs.images[0, order]),
        [f"{value}\nrobust {moved}" for _, value, moved in rows],
        picture,
        f"Climbs of {text}",
        f"What gradient ascent found for {text}, from different starts, the best first.",
        "value; robust: its mean over the blurred image, unshifted and shifted by a pixel",
    )
    table.write_csv(picture.with_suffix(".csv"))
    return [picture, picture.with_suffix(".csv")]


def name_of(text: str) -> str:
    """What the files of a formula are called: a number that tells it from others, and its words."""
    words = "_".join(re.findall(r"[A-Za-z0-9.]+", text))[:60]
    told = f"{flag_types.checksum([text.encode()])}_{words}"
    return told + flag_types.named_choices([RECIPE, STEPS, RESTARTS, CANDIDATES, SEED])


def ending_of_names(network: tfcnn.model.Network, layer: str) -> str:
    """What the files are of, as far as that is not the default."""
    recipe = tfcnn.ascent.default_recipe(network, layer, REDUCTION.value)
    choices = [REDUCTION, RECIPE, FILTERS, STEPS, RESTARTS, CANDIDATES, SEED]
    return layer + flag_types.named_choices(choices, recipe=recipe)


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
