from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.errors import InputError
from tfcnn.model.architecture import Architecture, parse
from tfcnn.model.layers import (
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Depthwise,
    Dropout,
    Flatten,
    GlobalAverage,
    MaxPool,
)
from tfcnn.model.layers.fields import ACTIVATION_FUNCTIONS, MAX_COUNT
from tfcnn.model.layers.window import PADDINGS
from tfcnn.model.text import MAX_TEXT_LENGTH, layer_to_text, parse_layers
from tfcnn.model.zoo import ZOO

# The same examples on every machine; none may take a second.
# What the language means.


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("conv(32,3)", Conv(32, (3, 3))),
        ("conv(8,(5,3))", Conv(8, (5, 3))),
        ("conv(8,3,stride=2)", Conv(8, (3, 3), stride=(2, 2))),
        ("conv(8,3,stride=(2,1))", Conv(8, (3, 3), stride=(2, 1))),
        ("conv(8,3,pad=same)", Conv(8, (3, 3), padding="same")),
        ("conv(8,3,act=selu)", Conv(8, (3, 3), activation="selu")),
        ("conv(8,3,l2=0.0005)", Conv(8, (3, 3), l2=0.0005)),
        ("depthwise(3)", Depthwise((3, 3))),
        (
            "depthwise((5,3),multiplier=2,stride=2,pad=same,l2=0.1)",
            Depthwise((5, 3), 2, 2, "same", l2=0.1),
        ),
        ("max(2)", MaxPool((2, 2))),
        ("max(3,stride=2)", MaxPool((3, 3), stride=(2, 2))),
        ("average((2,1),pad=same)", AveragePool((2, 1), padding="same")),
        ("globalaverage", GlobalAverage()),
        ("flatten", Flatten()),
        ("dense(100)", Dense(100)),
        ("dense(10,act=linear,l2=0.0)", Dense(10, "linear", l2=0.0)),
        ("dropout(0.25)", Dropout(0.25)),
        ("batchnorm", BatchNorm()),
        ("batchnorm(act=relu,momentum=0.99,epsilon=1e-05)", BatchNorm("relu", 0.99, 1e-5)),
    ],
)
def test_a_word_is_a_layer_and_a_layer_is_that_word(text, layer):
    assert parse_layers(text) == (layer,)
    assert layer_to_text(layer) == text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("  conv( 32 , 3 )\n\tmax(2) ", "conv(32,3) max(2)"),
        ("conv(32,(3,3))", "conv(32,3)"),
        ("conv(32,3,act=relu,stride=1,pad=valid)", "conv(32,3)"),
        ("flatten() batchnorm()", "flatten batchnorm"),
        ("dropout(0)", "dropout(0.0)"),
        ("dense(10,l2=1)", "dense(10,l2=1.0)"),
    ],
)
def test_other_spellings_come_back_in_the_shortest(text, same):
    assert str(parse(text)) == same


@pytest.mark.parametrize("name", sorted(ZOO))
def test_the_zoo_round_trips(name):
    assert parse(str(ZOO[name])) == ZOO[name]


COUNTS = st.integers(1, MAX_COUNT)
PAIRS = st.tuples(COUNTS, COUNTS)
ACTIVATIONS = st.sampled_from(ACTIVATION_FUNCTIONS)
PADDING = st.sampled_from(PADDINGS)
SHARES = st.floats(0, 1, exclude_max=True)
L2 = st.none() | st.floats(0, MAX_COUNT, exclude_max=True)
LAYERS = st.one_of(
    st.builds(Conv, COUNTS, PAIRS, PAIRS, PADDING, ACTIVATIONS, L2),
    st.builds(Depthwise, PAIRS, COUNTS, COUNTS, PADDING, ACTIVATIONS, L2),
    st.builds(MaxPool, PAIRS, st.none() | PAIRS, PADDING),
    st.builds(AveragePool, PAIRS, st.none() | PAIRS, PADDING),
    st.just(Flatten()),
    st.just(GlobalAverage()),
    st.builds(Dense, COUNTS, ACTIVATIONS, L2),
    st.builds(Dropout, SHARES),
    st.builds(
        BatchNorm, ACTIVATIONS, SHARES, st.floats(0, MAX_COUNT, exclude_min=True, exclude_max=True)
    ),
)


@pytest.mark.fuzz
@given(st.lists(LAYERS, min_size=1, max_size=8))
def test_any_architecture_round_trips(layers):
    architecture = Architecture(tuple(layers))
    assert parse(str(architecture)) == architecture


# What it refuses.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected at least one layer, found an empty text"),
        (" \n", "expected at least one layer, found an empty text"),
        ("conf(32,3)", "expected one of conv, depthwise, max, .*found 'conf\\(32,3\\)'"),
        ("conv(32)", "'conv\\(32\\)': expected kernel_size in brackets, found nothing"),
        ("conv", "expected filters and kernel_size in brackets"),
        ("conv(32,3,2)", "expected filters, kernel_size without a keyword, found 3 values"),
        ("conv(0,3)", "filters: expected a whole number from 1 to 1000000, found '0'"),
        ("conv(-1,3)", "filters: expected a whole number .*found '-1'"),
        ("conv(1000001,3)", "filters: expected a whole number .*found '1000001'"),
        ("conv(3.0,3)", "filters: expected a whole number .*found '3.0'"),
        ("conv(True,3)", "filters: expected a whole number .*found 'True'"),
        ("conv('3',3)", "filters: expected a whole number"),
        ("conv(2+2,3)", "filters: expected a whole number .*found '2\\+2'"),
        ("conv(8,(3,3,3))", "kernel_size: expected one number or \\(height,width\\)"),
        ("conv(8,())", "kernel_size: expected one number or \\(height,width\\), found '\\(\\)'"),
        ("conv(8,(3,0))", "kernel_size: expected a whole number"),
        ("conv(8,((3,3),3))", "kernel_size: expected a whole number"),
        ("conv(8,3,stride=0)", "stride: expected a whole number"),
        ("conv(8,3,pad=full)", "pad: expected one of valid, same, found 'full'"),
        ("conv(8,3,act=swish)", "act: expected one of relu, .*found 'swish'"),
        ("conv(8,3,act='relu')", "act: expected one of relu"),
        ("conv(8,3,l2=-1.0)", "l2: expected a number from 0 to below 1000000, found '-1.0'"),
        ("conv(8,3,l2=1e999)", "l2: expected a number from 0"),
        ("conv(8,3,l2=nan)", "l2: expected a number from 0 .*found 'nan'"),
        ("conv(8,3,l2=1j)", "l2: expected a number from 0"),
        ("conv(8,3,padding=same)", "expected the options stride, pad, act, l2, found 'padding'"),
        ("conv(8,3,stride=2,stride=1)", "expected stride once, found it twice"),
        ("conv(*[8],3)", "filters: expected a whole number"),
        ("conv(8,3,**{})", "expected the options .*found '\\*\\*'"),
        ("depthwise(3,stride=(2,1))", "stride: expected a whole number .*found '\\(2,1\\)'"),
        ("dropout(1)", "rate: expected a number from 0 to below 1, found '1'"),
        ("dropout(0.5,0.5)", "expected rate without a keyword, found 2 values"),
        ("batchnorm(0.9)", "expected nothing without a keyword, found 1 values"),
        ("batchnorm(epsilon=0)", "epsilon: expected a number above 0"),
        ("batchnorm(momentum=1.0)", "momentum: expected a number from 0 to below 1"),
        ("flatten(3)", "expected nothing without a keyword, found 1 values"),
        ("flatten(a=3)", "expected the options \\(none\\), found 'a'"),
        ("conv(32,3", "cannot read 'conv\\(32,3'"),
        ("conv(32,3))", "cannot read"),
        ("conv(32,3);max(2)", "cannot read"),
        ("conv(32,3)max(2)", "cannot read"),
        ("conv(32,3)#max(2)", "cannot read"),
        ("conv(32,3),max(2)", "expected one of conv"),
        ("conv(32,3)(2)", "expected one of conv"),
        ("x.conv(32,3)", "expected one of conv"),
        ("__import__('os').abort()", "expected one of conv"),
        ("conv(__import__('os').abort(),3)", "filters: expected a whole number"),
        ("lambda:conv(1,3)", "expected one of conv"),
    ],
)
def test_a_wrong_text_is_refused_in_words(text, said):
    with pytest.raises(InputError, match=f"^architecture: .*{said}"):
        parse_layers(text)


def refused_or_read(text):
    """Reads ``text``; a refusal is one line of modest length, and what is read round-trips."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            layers = parse_layers(text)
        except InputError as error:
            assert len(str(error).splitlines()) == 1
            assert len(str(error)) < 400
        else:
            assert parse_layers(str(Architecture(layers))) == layers
    assert not warned


HOSTILE = {
    "deep operators": "conv(" + "~" * 1_000 + "1,3)",
    "deeper operators": "conv(" + "~" * 9_000 + "1,3)",
    "long sum": "conv(" + "1+" * 2_000 + "1,3)",
    "deep brackets": "conv(" + "(" * 4_000 + ")" * 4_000 + ",3)",
    "deep calls": "conv" + "()" * 4_000,
    "deep attributes": "conv" + ".a" * 4_000,
    "deep lists": "[" * 9_000,
    "number too long to print": "conv(0x" + "F" * 9_000 + ",3)",
    "number too long to read": "conv(" + "9" * 9_000 + ",3)",
    "number too large for a float": "dropout(1" + "0" * 400 + ")",
    "l2 too large for a float": "dense(3,l2=1" + "0" * 400 + ")",
    "long option": "conv(1,3," + "a" * 9_000 + "=1)",
    "long name": "a" * 9_000,
    "line breaks": "conv(1,\n3,\nact=\nfoo\n)",
    "other line breaks": "conv(1,3,act=\u2028)",
    "null": "conv(\0,3)",
    "lone surrogate": "conv(\ud800,3)",
    "right to left": "conv(\u202e1,3)",
    "bad escape": 'conv("\\d",3)',
    "number run into a word": "conv(1or 2,3)",
    "format string": "conv(f'{1!r:>{4}}',3)",
    "too long": "flatten " * 2_000,
    "much too long": "(" * 10_000_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_refused_in_one_line(text):
    refused_or_read(text)
    with pytest.raises(InputError):
        parse_layers(text)


def test_length_is_bounded():
    longest = ("flatten " * MAX_TEXT_LENGTH)[:MAX_TEXT_LENGTH]
    assert len(parse_layers(longest)) == MAX_TEXT_LENGTH // 8
    with pytest.raises(InputError, match=f"at most {MAX_TEXT_LENGTH} characters"):
        parse_layers(longest + " ")


@pytest.mark.fuzz
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    refused_or_read(text)


@pytest.mark.fuzz
@given(st.text("convmaxflten(),=123.* \n\\'\"#:~-{}[]e", max_size=60))
def test_any_text_that_looks_like_one_is_read_or_refused(text):
    refused_or_read(text)


@pytest.mark.fuzz
@given(st.lists(LAYERS, min_size=1, max_size=3), st.data())
def test_any_text_with_a_slip_of_the_pen_is_read_or_refused(layers, data):
    text = str(Architecture(tuple(layers)))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 3, len(text))))
    refused_or_read(text[:start] + data.draw(st.text("(),=1 .*~'x#", max_size=3)) + text[end:])
