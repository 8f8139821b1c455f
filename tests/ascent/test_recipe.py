from __future__ import annotations

import pytest

from tfcnn.ascent.recipe import RECIPES, Recipe, find_recipe
from tfcnn.errors import InputError


@pytest.mark.parametrize(
    ("choices", "named"),
    [
        ({"steps": 0}, "steps: expected a number from 1 to 100000, found 0"),
        ({"steps": 100_001}, "steps"),
        ({"first_step": 1.0, "last_step": 2.0}, "last_step"),
        ({"last_step": 0.0}, "last_step"),
        ({"first_step": float("nan")}, "first_step"),
        ({"first_step": float("inf")}, "first_step"),
        ({"image_blur": (1.0, -0.5)}, "image_blur"),
        ({"gradient_blur": -1.0}, "gradient_blur"),
        ({"objective_blur": -0.1}, "objective_blur"),
        ({"ink": -1.0}, "ink"),
    ],
)
def test_wrong_choice_is_told_in_one_line(choices, named):
    with pytest.raises(InputError, match=named) as caught:
        Recipe(**choices)
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value) and "found" in str(caught.value)


def test_named_recipes():
    assert set(RECIPES) == {"robust", "plain"}
    for name, recipe in RECIPES.items():
        assert find_recipe(name) is find_recipe(recipe) is recipe
    assert RECIPES["robust"].seeks_robust_score
    assert not RECIPES["plain"].seeks_robust_score


def test_plain_is_the_gradient_alone():
    plain = RECIPES["plain"]
    assert plain == Recipe(
        steps=plain.steps, first_step=plain.first_step, last_step=plain.last_step
    )


def test_unknown_name_is_told():
    with pytest.raises(InputError, match="recipe: expected one of robust, plain, found 'fancy'"):
        find_recipe("fancy")
