"""Wrong arguments of every public function: one line, and never another error."""

from __future__ import annotations

import inspect

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies

import tfcnn
from tfcnn.ascent import Evidence, Recipe, gather_evidence, maximize, objectives
from tfcnn.errors import InputError
from tfcnn.model import Network

GOOD = {"steps": 2, "restarts": 2, "candidates": 3, "progress": False}


@pytest.fixture(scope="module")
def network(random_network):
    return random_network("conv(3,3) flatten dense(4,act=linear)", (5, 5, 1), 1)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (6, 5, 5, 1), np.uint8)


@pytest.fixture(scope="module")
def right(network, images):
    """Function -> arguments that it takes."""
    goal = objectives.filter_map("conv1", 0)
    short = Recipe(steps=2)
    scores = np.float32([3, 1, 2, 0, 5, 4])
    some = {"seed": 0, "candidates": 3}
    return {
        "birth": {
            **{"network": network, "states": [network.tensors()], "layer": "conv1"},
            **{"filters": [0], "reduction": "mean", "recipe": short, **some},
        },
        "climb_objectives": {
            **{"subject": network, "goals": [goal], "recipe": short, "restarts": 1, **some},
            **{"starts": None, "progress": False},
        },
        "default_recipe": {"subject": network, "layer": "conv1", "reduction": "mean"},
        "distinct_patterns": {"images": images / 255, "scores": scores},
        "dream": {
            **{"subject": network, "objective": goal, "image": images[0] / 255},
            **{"frames": 1, "recipe": short},
        },
        "filters_of": {"subject": network, "layer": "conv1", "filters": [0, 1]},
        "find_recipe": {"recipe": "plain"},
        "gather_evidence": {
            **{"subject": network, "layer": "conv1", "images": images, "progress": False},
            **{"labels": np.arange(6), "num_classes": 6},
        },
        "maximize": {
            **{"subject": network, "layer": "conv1", "filters": [0], "reduction": "mean"},
            **{"recipe": short, "steps": 2, "restarts": 1, **some, "evidence": None},
            **{"progress": False},
        },
        "parse_objective": {"text": "conv1[0]", "shapes": {"conv1": (3, 3, 3)}},
        "recipe_for": {"subject": network, "objective": goal},
        "score_images": {"subject": network, "objective": goal, "images": images},
        "Recipe": {
            **{"steps": 1, "first_step": 1.0, "last_step": 1.0, "image_blur": (1.0, 0.5)},
            **{"gradient_blur": 0.0, "objective_blur": 0.0, "shifts": False, "ink": 0.0},
        },
        "objectives.combine": {"function": min, "*": goal},
        "objectives.cosine": {"path": "conv1", "vector": [1, 2, 3], "reduction": "mean"},
        "objectives.direction": {"path": "conv1", "vector": [1, 2, 3], "reduction": "mean"},
        "objectives.diversity": {"path": "conv1"},
        "objectives.filter_map": {"path": "conv1", "channel": 0, "reduction": "mean"},
        "objectives.image_norm": {},
        "objectives.layer": {"path": "conv1"},
        "objectives.of_image": {"function": len},
        "objectives.total_variation": {},
    }


# Results, which nobody makes by hand, and tables.
NO_FUNCTIONS = {"Birth", "Climbs", "Evidence", "PatternGroup", "Patterns", "objectives"}
NO_FUNCTIONS |= {"MEANINGS", "RECIPES", "REDUCTIONS", "SIGNED"}


def test_no_public_function_is_left_out(right):
    offered = set(tfcnn.ascent.__all__) - NO_FUNCTIONS
    makers = inspect.getmembers(objectives, inspect.isfunction)
    made = {name for name, maker in makers if maker.__module__ == objectives.__name__}
    offered |= {f"objectives.{name}" for name in made if not name.startswith("_")}
    assert set(right) == offered
    assert len(right) == 22


def call(name, arguments):
    room, _, function = f"ascent.{name}".rpartition(".")
    owner = objectives if room.endswith("objectives") else tfcnn.ascent
    arguments = dict(arguments)
    several = [arguments.pop("*")] if "*" in arguments else []
    if several:
        return getattr(owner, function)(arguments["function"], *several)
    return getattr(owner, function)(**arguments)


def test_what_is_right_is_taken(right):
    for name, arguments in right.items():
        call(name, arguments)


WRONG = [
    *(None, True, "", "nosuch", b"conv1", -1, 0, 1, 7, 2.5, float("nan"), float("inf"), 1 + 2j),
    *([], (), {}, set(), [None], ["a"], [float("nan")], [[]], (0, 9), (float("nan"), 0), ("a", 1)),
    *(object(), object, len, range(3), np.float32("nan"), np.int64(-3), np.bool_(True)),
    *(np.zeros(0), np.zeros((2, 3)), np.array("a"), np.array([None, 1]), np.array(["a", "b"])),
    *(np.full((6, 5, 5, 1), np.nan), np.full((6, 5, 5, 1), 2.0), np.zeros((0, 5, 5, 1), np.uint8)),
    *(np.zeros((6, 4, 5, 1), np.uint8), np.zeros((6, 5, 5, 1), np.int64), np.arange(6) - 1),
    *({"conv1/kernel": np.zeros(3)}, [{}], [{"a": None}], Recipe(steps=1)),
]


@hypothesis.given(data=strategies.data())
@hypothesis.settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
def test_a_wrong_argument_is_taken_or_told_in_one_line(right, data):
    name = data.draw(strategies.sampled_from(sorted(right)), "function")
    if not right[name]:
        return
    wrongs = data.draw(
        strategies.dictionaries(
            strategies.sampled_from(sorted(right[name])),
            strategies.sampled_from(range(len(WRONG))),
            min_size=1,
            max_size=2,
        ),
        "arguments",
    )
    check(name, right[name] | {argument: WRONG[number] for argument, number in wrongs.items()})


def check(name, arguments):
    try:
        call(name, arguments)
    except InputError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 400


def test_every_wrong_value_of_every_argument(right):
    others = []
    for name, arguments in right.items():
        for argument in arguments:
            for number, value in enumerate(WRONG):
                try:
                    check(name, arguments | {argument: value})
                except Exception as error:
                    others.append((name, argument, WRONG[number], repr(error)))
    assert others == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filters": -1}, "filters: expected 0 to 2 for conv1, found -1"),
        ({"filters": []}, "filters: expected at least one, found none"),
        ({"filters": [0.5]}, "filters: expected a whole number, found 0.5"),
        ({"seed": -1}, "seed: expected a whole number from 0, found -1"),
        ({"seed": float("nan")}, "seed: expected a whole number from 0, found nan"),
        ({"recipe": 3}, "recipe: expected a recipe or its name, found 3"),
        ({"steps": True}, "steps: expected a whole number from 1, found True"),
        ({"reduction": ("a", 0)}, "reduction: expected one of mean, max, centre, or a (row, col"),
        ({"layer": None}, "layer: expected a layer's name, found None"),
    ],
)
def test_wrong_arguments_of_maximize(network, arguments, message):
    with pytest.raises(InputError) as caught:
        maximize(network, **{"layer": "conv1", **GOOD, **arguments})
    assert str(caught.value).startswith(message)


def test_names_and_recipes_one_filter_and_several_numpys_numbers_and_pythons(network):
    def found(**arguments):
        return maximize(network, **{"layer": "conv1", **GOOD, **arguments})

    plain = found(filters=[2], recipe=tfcnn.ascent.RECIPES["plain"], seed=1)
    assert plain.filters == (2,)
    for arguments in (
        {"filters": 2, "recipe": "plain", "seed": np.int64(1)},
        {"filters": np.int32(2), "recipe": "plain", "steps": np.int64(2), "seed": np.array(1)},
        {"filters": np.array([2]), "recipe": Recipe(steps=np.int64(9)), "seed": 1},
    ):
        assert found(**arguments).images.tobytes() == plain.images.tobytes()
    goals = [objectives.filter_map("conv1/linear", np.int64(2))]
    climbs = tfcnn.ascent.climb_objectives(
        network, goals, recipe="plain", candidates=3, seed=1, progress=False
    )
    assert climbs.recipe == tfcnn.ascent.RECIPES["plain"]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_evidence_of_floats_is_that_of_the_levels(network, images, kind):
    labels = np.arange(6) % 3
    of_levels = gather_evidence(network, "conv1", images, labels, progress=False)
    floats = images.astype(kind) / 255
    of_floats = gather_evidence(network, "conv1", floats, labels.tolist(), progress=False)
    assert isinstance(of_floats, Evidence)
    np.testing.assert_allclose(of_floats.scores, of_levels.scores, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(of_floats.patch_images[0], of_levels.patch_images[0])
    np.testing.assert_allclose(of_floats.class_means, of_levels.class_means, rtol=1e-5, atol=1e-6)
    assert of_floats.high_frequency_share == pytest.approx(of_levels.high_frequency_share)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x / 1.0, r"images: expected values in \[0, 1\], found 0 to 249"),
        (lambda x: x / 255 - 0.1, r"images: expected values in \[0, 1\], found -0.1 to 0.8"),
        (lambda x: x * np.nan, r"images: expected values in \[0, 1\], found nan to nan"),
        (lambda x: x[:, :4], r"images: expected uint8, or floats .* found uint8 \(6, 4, 5, 1\)"),
        (lambda x: x.astype(int), r"images: expected uint8, or floats .* found int64"),
        (lambda x: x[:0], "images: expected at least one, found none"),
    ],
)
def test_evidence_of_other_images_is_refused(network, images, change, message):
    with pytest.raises(InputError, match=message):
        gather_evidence(network, "conv1", change(images), np.zeros(6, int), progress=False)


def test_evidence_of_another_network_is_refused(images):
    wide, narrow = (Network(tfcnn.model.parse(f"conv({n},3)"), (5, 5, 1)) for n in (4, 2))
    evidence = gather_evidence(narrow, "conv1", images, np.zeros(6, int), progress=False)
    with pytest.raises(InputError, match="evidence: expected 4 filters, found 2"):
        maximize(wide, "conv1", evidence=evidence, **GOOD)
