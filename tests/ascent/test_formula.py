"""The text of an objective against the same calculation in Python, and against nonsense."""

from __future__ import annotations

import string

import hypothesis
import pytest
from hypothesis import strategies

from tfcnn.ascent import objectives, parse_objective
from tfcnn.ascent.objectives import Objective
from tfcnn.errors import InputError

SHAPES = {
    "conv1/linear": (6, 6, 4),
    "conv1": (6, 6, 4),
    "pool1": (3, 3, 4),
    "dense1/linear": (10,),
    "dense1": (10,),
}
A = objectives.filter_map("conv1", 0)
B = objectives.filter_map("conv1/linear", 3, "max")
L = objectives.filter_map("dense1", 7)

SAME = {
    "conv1[0]": A,
    "max(conv1/linear[3])": B,
    "logits[7]": L,
    "mean(logits[7])": L,
    "centre(pool1[2])": objectives.filter_map("pool1", 2, "centre"),
    "energy(conv1[1])": objectives.filter_map("conv1", 1, "energy"),
    "pool1": objectives.layer("pool1"),
    "energy(pool1)": objectives.layer("pool1"),
    "conv1[0] - 0.5*logits[7]": A - 0.5 * L,
    "-conv1[0]": -A,
    "--conv1[0]": A,
    "conv1[0]-logits[7]-conv1[0]": A - L - A,
    "conv1[0]/logits[7]/2": A / L / 2,
    "-conv1[0]**2": -(A**2),
    "2**conv1[0]**logits[7]": 2 ** (A**L),
    "conv1[0]**-1": A**-1,
    "(conv1[0]+1)*(logits[7]-2e-1)": (A + 1) * (L - 0.2),
    "1/(conv1[0]+.5)": 1 / (A + 0.5),
    "2*3 + 4/2 - conv1[0]": 8 - A,
    "2**3*conv1[0]": 8 * A,
    "conv1[0] - 0.1*total_variation() - image_norm()**2": (
        A - 0.1 * objectives.total_variation() - objectives.image_norm() ** 2
    ),
    "conv1[0]+diversity()": A + objectives.diversity(),
    "\tconv1 [ 0 ] ": A,
}


@pytest.mark.parametrize("text", SAME)
def test_text_says_what_python_says(text):
    assert parse_objective(text, SHAPES) == SAME[text]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "position 1: expected a name, a number or '(', found the end"),
        ("conv1[0] +", "position 11: expected a name, a number or '(', found the end"),
        ("conv1[0] conv1[1]", "position 10: expected + - * / ** or the end, found 'conv1'"),
        ("conv1[4]", "position 7: expected 0 to 3 for conv1, found '4'"),
        ("conv1[-1]", "position 7: expected 0 to 3 for conv1, found '-'"),
        ("conv1[1.0]", "position 7: expected 0 to 3 for conv1, found '1.0'"),
        ("conv1[0", "position 8: expected ']', found the end"),
        ("(conv1[0]", "position 10: expected ')', found the end"),
        (
            "2*conv9[0]",
            "position 3: expected one of conv1, pool1, dense1, logits, found 'conv9'",
        ),
        (
            "sum(conv1[0])",
            "position 1: expected one of mean, max, centre, energy, total_variation, image_norm, "
            "diversity before '(', found 'sum'",
        ),
        ("max(conv1)", "position 10: expected '[' and a channel, found ')'"),
        ("max(2*conv1[0])", "position 5: expected a layer, found '2'"),
        ("conv1[0] / 0", "position 10: expected a number that is not 0"),
        ("conv1[0] + 1/0", "position 13: expected a finite number, found float division by zero"),
        ("conv1[0]*(0-1)**0.5", "position 15: expected a finite number, found "),
        ("conv1[0]*9e99", "position 10: expected a finite number, found 9e+99"),
        ("conv1[0] % 2", "position 10: expected a name, a number or a sign, found '%'"),
        ("conv1[0]\n", "position 9: expected a name, a number or a sign, found '\\n'"),
        ("__import__('os')", "position 12: expected a name, a number or a sign"),
        ("conv1.shape", "position 6: expected a name, a number or a sign, found '.'"),
        ("-" * 30 + "conv1[0]", "position 21: expected at most 20 levels, found more"),
        ("(" * 30, "position 21: expected at most 20 levels, found more"),
    ],
)
def test_what_is_wrong_is_told_with_its_position(text, message):
    with pytest.raises(InputError) as caught:
        parse_objective(text, SHAPES)
    assert str(caught.value).startswith(f"objective: {message}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 + 2", "objective: expected something that is read, such as a layer, found none"),
        ("1" * 1001, "objective: expected at most 1000 characters, found 1001"),
        (None, "objective: expected a text, found NoneType"),
        ("1/(" * 15 + "conv1[0]" + "+1)" * 15 + "*conv1[0]" * 20, "objective: position"),
    ],
)
def test_what_is_no_objective_is_told(text, message):
    with pytest.raises(InputError) as caught:
        parse_objective(text, SHAPES)
    assert str(caught.value).startswith(message)


def check_nothing_else_comes(text):
    try:
        assert isinstance(parse_objective(text, SHAPES), Objective)
    except InputError as error:
        assert "\n" not in str(error)


@hypothesis.given(strategies.text(max_size=80))
def test_any_text_is_an_objective_or_refused(text):
    check_nothing_else_comes(text)


WORDS = [*SHAPES, "logits", "[0]", "[3]", "[99999999999]", "(", ")", "+", "-", "*", "/", "**"]
WORDS += ["max(", "energy(", "diversity()", "image_norm()", "1", "0", "2.5", "1e30", "1e-40", " "]


@hypothesis.given(strategies.lists(strategies.sampled_from([*WORDS, *string.printable])))
def test_any_row_of_words_is_an_objective_or_refused(words):
    check_nothing_else_comes("".join(words))


NUMBERS = strategies.sampled_from(["2", "0.5", "3e1"])
READINGS = strategies.sampled_from(["conv1[0]", "max(conv1/linear[3])", "logits[7]"])
FORMULAS = strategies.recursive(
    READINGS,
    lambda inner: strategies.one_of(
        strategies.builds("{}{}{}".format, inner, strategies.sampled_from("+-*/"), inner),
        strategies.builds("{}{}{}".format, NUMBERS, strategies.sampled_from("+-*/"), inner),
        strategies.builds("-{}".format, inner),
        strategies.builds("({})**{}".format, inner, NUMBERS),
        strategies.builds("({})".format, inner),
    ),
    max_leaves=8,
)


@hypothesis.given(FORMULAS)
def test_a_formula_is_what_python_makes_of_it(text):
    spoken = text.replace("conv1[0]", "A").replace("max(conv1/linear[3])", "B")
    expected = eval(spoken.replace("logits[7]", "L"), {"A": A, "B": B, "L": L})
    assert parse_objective(text, SHAPES) == expected
