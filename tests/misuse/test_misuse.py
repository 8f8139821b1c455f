"""What is wrong in a call of a public function is told in one line that names the argument."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import pathlib

import matplotlib.figure
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_strategies

import tfcnn
from tfcnn.errors import InputError

ROOMS = ("model", "inspection", "data", "exchange", "report", "runs", "distributed")
SOAKING = settings().max_examples > 1000


def public_names():
    """Functions, classes and their methods with arguments, as the rooms' ``__init__.pyi`` say."""
    for room in ROOMS:
        module = getattr(tfcnn, room)
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.ismodule(thing):
                for inner, function in vars(thing).items():
                    is_own = getattr(function, "__module__", "") == thing.__name__
                    if is_own and inspect.isfunction(function) and not inner.startswith("_"):
                        yield f"{room}.{name}.{inner}"
                continue
            yield f"{room}.{name}"
            if inspect.isclass(thing) and not getattr(thing, "_is_protocol", False):
                yield from (f"{room}.{name}.{method}" for method in _methods(thing))


def _methods(kind):
    for name, method in vars(kind).items():
        method = getattr(method, "__func__", method)
        is_public = name == "__call__" or not name.startswith("_")
        if (
            is_public
            and inspect.isfunction(method)
            and len(inspect.signature(method).parameters) > 1
        ):
            yield name


NAMES = sorted(public_names())
# TensorFlow has computed already; the two sets that can be prepared are fetched.
REFUSED = {"distributed.use_threads", "data.prepare"}


@pytest.fixture(scope="module", autouse=True)
def _a_folder_to_write_into(tmp_path_factory):
    """Where wrong paths lead, and pictures that are laid out and not drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))
        pathlib.Path("file").write_text("a file")
        patch.setattr(matplotlib.figure.Figure, "savefig", lambda *args, **named: None)
        yield


def test_everything_public_has_a_right_call(calls, not_called):
    assert set(NAMES) - not_called == calls.keys()
    assert not_called < set(NAMES)


def function_and_arguments(name, calls):
    arguments = dict(calls[name])
    thing = getattr(tfcnn, name.partition(".")[0])
    for part in name.split(".")[1:]:
        thing = getattr(thing, part)
    if "self" in arguments:
        thing = getattr(arguments.pop("self"), name.rpartition(".")[2])
    return thing, arguments


def run(function, arguments):
    """The result; of a context, what it is to enter and leave it."""
    result = function(**arguments)
    if isinstance(result, contextlib.AbstractContextManager) and not isinstance(
        result, tfcnn.model.Network
    ):
        with result:
            pass
    return result


WRONG = {
    "None": None, "nothing": "", "a text": "x", "minus one": -1, "zero": 0, "a half": 1.5,
    "true": True, "nan": float("nan"), "infinite": float("inf"), "huge": 10**30, "2**31": 2**31,
    "an empty list": [], "an empty tuple": (), "an empty dict": {}, "a list": [1, 2],
    "ragged": [[1], [2, 3]], "texts": ["x"], "nested": [[None]], "bytes": b"x", "a set": {1},
    "an object": object(), "a class": int, "complex": 1j, "a function": len, "slice": slice(2),
    "no axes": np.array(3.0), "empty": np.zeros((0,)), "no images": np.zeros((0, 8, 8, 1)),
    "objects": np.array([None, {}]), "dates": np.array(["2020-01-01"], "datetime64[D]"),
    "five axes": np.zeros((1, 1, 1, 1, 1)), "letters": np.array(["a"]), "no file": "no/such.file",
    "no path": "a\0b", "in a file": "file/a.png", "a folder": ".", "long": "x" * 5000,
    "lone surrogate": "\ud800", "-0.5": -0.5, "NumPy's nan": np.float32("nan"),
    "uint64": np.uint64(2**64 - 1), "a mapping": {"x": None}, "bool array": np.array([True]),
}  # fmt: skip


def bent(value):
    """Values like a right one that are wrong in one thing."""
    if isinstance(value, np.ndarray) and value.ndim:
        yield from (value[:0], value[..., np.newaxis], value[0], value.astype(object))
        yield from (value.astype(str), value.astype(complex), value[::-1], value.tolist())
        yield from (value.astype(np.int64), -1.0 - value, value * np.nan, value[:1], value * 1000.0)
        yield from (np.asfortranarray(value), np.concatenate([value, value], axis=-1), value != 0)
        yield value.astype(np.float16)
    elif isinstance(value, (list, tuple)):
        yield from (value[:0], value[:-1], [*value, *value], [None, *value][: len(value)])
        yield from ((*value, None), dict.fromkeys(map(str, value)))
        for inner in bent(value[0]) if value else ():
            yield [inner, *value[1:]]
    elif isinstance(value, dict):
        yield from ({}, dict.fromkeys(value), dict.fromkeys(range(len(value))))
        for key, one in value.items():
            yield from ({**value, key: inner} for inner in (*bent(one), None, "x", -1, []))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from (np.int64(value), np.float32(value), -value, str(value), [value], value + 0.5)


def made_up():
    """What nobody thought of."""
    numbers = st.one_of(st.integers(), st.floats(), st.booleans(), st.none(), st.binary(max_size=9))
    words = st.text("ab(),=.- é\n\x1b%$*[", max_size=12)
    shapes = numpy_strategies.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4)
    arrays = numpy_strategies.arrays(
        st.sampled_from(["u1", "i4", "i8", "f2", "f4", "f8", "?", "c8", "U2", "O"]), shapes
    )
    plain = st.one_of(numbers, words, arrays)
    return st.one_of(plain, st.lists(plain, max_size=4), st.dictionaries(words, plain, max_size=3))


def changes(arguments):
    """Pairs of an argument and what is put in its place."""
    listed = [
        (argument, value)
        for argument, right in arguments.items()
        for value in (*WRONG.values(), *bent(right))
    ]
    made = st.tuples(st.sampled_from(sorted(arguments)), made_up())
    return st.one_of(st.sampled_from(listed), made) if SOAKING else st.sampled_from(listed)


def refused(function, arguments, argument, value):
    """The line in which a call is refused; None if there is a result."""
    try:
        run(function, {**arguments, argument: value})
    except InputError as error:
        line = str(error)
        assert line and "\n" not in line and len(line) < 2000
        return line
    return None


@pytest.mark.fuzz
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_what_is_wrong_is_told_in_a_line(name, calls, not_called):
    if name in not_called:
        return
    function, arguments = function_and_arguments(name, calls)
    with contextlib.suppress(InputError) if name in REFUSED else contextlib.nullcontext():
        run(function, arguments)
    if not arguments:
        return

    @settings(max_examples=2000 if SOAKING else 24)
    @given(changes(arguments))
    def each(change):
        refused(function, arguments, *change)

    each()


# No argument of anything public takes these, but for those that take anything a training tells.
NEVER = ("bytes", "an object", "complex", "a function", "nested", "a set", "slice", "objects")
NEVER += ("dates", "nan", "NumPy's nan", "infinite")


@pytest.mark.parametrize("name", NAMES)
def test_no_nonsense_has_a_result(name, calls, not_called):
    if name in not_called:
        return
    function, arguments = function_and_arguments(name, calls)
    for argument, right in arguments.items():
        for wrong in map(WRONG.get, NEVER):
            if name.startswith("report.rounded") and isinstance(wrong, (float, np.floating)):
                continue  # There was nothing to measure.
            assert refused(function, arguments, argument, wrong), (argument, wrong)
        if isinstance(right, (int, float)):
            other = 1 if isinstance(right, bool) else True
            line = refused(function, arguments, argument, other)
            assert line.startswith((f"{argument}: expected ", "preparation.box: expected ")), line


def test_a_negative_number_is_no_place_from_the_end(calls):
    for name, argument in (
        ("inspection.top_patches", "filter_number"),
        ("inspection.attribution.gradient", "target"),
        ("data.Dataset.test_image", "index"),
        ("report.filter_words", "number"),
    ):
        function, arguments = function_and_arguments(name, calls)
        assert "expected 0 to" in refused(function, arguments, argument, -1)
        assert "whole number" in refused(function, arguments, argument, 1.5)


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (None, "labels: expected an array of whole numbers, found None"),
        ([0.5] * 12, "labels: expected an array of whole numbers, found float64 [12]"),
        ([0] * 11, "labels: expected 12 labels, one an image, found 11"),
        ([-1] * 12, "labels: expected numbers of classes from 0, found -1 to -1"),
        ([4] * 12, "labels: expected numbers of classes from 0 to 3, found 4"),
    ],
)
@pytest.mark.parametrize("name", ["ablate", "class_patterns", "mistaken_pairs", "paste"])
def test_labels_are_told_by_what_is_wrong_with_them(calls, name, wrong, line):
    function, arguments = function_and_arguments(f"inspection.{name}", calls)
    assert refused(function, arguments, "labels", wrong) == line


def floats_and_lists(arguments):
    """The same call with images as floats in [0, 1], labels as a list and NumPy's numbers."""
    for name, value in arguments.items():
        if isinstance(value, np.ndarray) and value.dtype == np.uint8:
            yield name, value / 255
        elif name == "labels":
            yield name, value.tolist()
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield name, np.asarray(value)[()]
        else:
            yield name, value


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name.startswith(("inspection.", "model.all"))]
)
def test_floats_lists_and_numpy_s_numbers_give_the_same(name, calls, not_called):
    if name in not_called:
        return
    function, arguments = function_and_arguments(name, calls)
    expected = run(function, arguments)
    # A pasted pattern is rounded to levels where the images are levels.
    apart = 5e-3 if "past" in name else 1e-5
    assert_alike(run(function, dict(floats_and_lists(arguments))), expected, apart)


def assert_alike(found, expected, apart):
    if dataclasses.is_dataclass(expected):
        found, expected = vars(found), vars(expected)
    if isinstance(expected, dict):
        found, expected = list(found.values()), list(expected.values())
    if isinstance(expected, (list, tuple)):
        for one, other in zip(found, expected, strict=True):
            assert_alike(one, other, apart)
    elif isinstance(expected, np.ndarray) and expected.dtype == np.uint8:
        np.testing.assert_allclose(found, expected / 255, atol=apart)
    elif isinstance(expected, (np.ndarray, float)):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=apart)
    elif not isinstance(expected, tfcnn.model.Network):
        assert found == expected
