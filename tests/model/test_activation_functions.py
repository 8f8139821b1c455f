from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.model.forward import ACTIVATION_FUNCTIONS as FUNCTIONS
from tfcnn.model.layers.fields import ACTIVATION_FUNCTIONS


def test_every_name_of_the_architecture_text_has_a_function():
    assert tuple(FUNCTIONS) == ACTIVATION_FUNCTIONS


@pytest.mark.parametrize("name", ACTIVATION_FUNCTIONS)
def test_agrees_with_its_closed_form(name, closed_forms):
    x = np.concatenate([np.linspace(-8, 8, 2001), [0.0, -1e-3, 1e-3]])
    actual = FUNCTIONS[name](tf.constant(x, tf.float32)).numpy()
    np.testing.assert_allclose(actual, closed_forms[name](x), rtol=2e-6, atol=5e-7)


@pytest.mark.parametrize(
    ("name", "at_minus_1"),
    [
        ("relu", 0.0),
        ("selu", -1.111330737812562),
        ("elu", -0.6321205588285577),
        ("leaky_relu", -0.2),
        ("tanh", -0.7615941559557649),
        ("sigmoid", 0.2689414213699951),
        ("linear", -1.0),
    ],
)
def test_known_value_at_minus_1(name, at_minus_1):
    assert float(FUNCTIONS[name](tf.constant(-1.0))) == pytest.approx(at_minus_1, rel=1e-6)


def test_selu_keeps_mean_0_and_deviation_1():
    # The fixed point that its two constants are made for (Klambauer et al., 2017).
    x = np.random.default_rng(0).standard_normal(1_000_000)
    y = FUNCTIONS["selu"](tf.constant(x, tf.float32)).numpy()
    # Five standard errors of a mean of a million values of deviation 1.
    assert abs(y.mean()) < 5e-3
    assert abs(y.std() - 1) < 5e-3
