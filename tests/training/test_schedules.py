from __future__ import annotations

import math

import numpy as np
import pytest

from tfcnn.training.schedules import SCHEDULES, make_schedule, parameters_of, with_warmup


def schedule_of(name, rate, **options):
    return make_schedule(name, {"learning_rate": rate, **options})


def cosine(rate, total_steps, end=0.0):
    return schedule_of("cosine", rate, total_steps=total_steps, end_learning_rate=end)


def polynomial(rate, total_steps, power, end=0.0):
    options = {"total_steps": total_steps, "power": power, "end_learning_rate": end}
    return schedule_of("polynomial", rate, **options)


def falling(name, rate, decay_rate, decay_steps):
    return schedule_of(name, rate, decay_rate=decay_rate, decay_steps=decay_steps)


def inverse_time(rate, decay_steps, power):
    return schedule_of("inverse_time", rate, decay_steps=decay_steps, power=power)


def test_a_schedule_s_parameters_are_read_from_its_signature(monkeypatch):
    def straight(step: float, learning_rate: float, slope: float) -> float:
        return learning_rate - slope * step

    monkeypatch.setitem(SCHEDULES, "straight", straight)
    assert parameters_of("straight") == ("learning_rate", "slope")
    rate = make_schedule("straight", {"learning_rate": 1.0, "slope": 0.25, "power": 3.0})
    assert [rate(0), rate(3)] == [1.0, 0.25]


def test_the_names_of_all_schedules():
    names = ["constant", "step", "exponential", "inverse_time", "polynomial", "cosine"]
    assert list(SCHEDULES) == names


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (schedule_of("constant", 0.3), {0: 0.3, 7: 0.3, 10**6: 0.3}),
        (
            falling("step", 0.8, 0.5, 10),
            {0: 0.8, 9: 0.8, 10: 0.4, 19: 0.4, 20: 0.2, 35: 0.1},
        ),
        (falling("step", 0.8, 1.0, 10), {0: 0.8, 500: 0.8}),
        (falling("exponential", 0.8, 0.25, 10), {0: 0.8, 5: 0.4, 10: 0.2, 20: 0.05}),
        (inverse_time(0.6, 10, 1), {0: 0.6, 10: 0.3, 20: 0.2, 50: 0.1}),
        (inverse_time(0.6, 10, 2), {0: 0.6, 10: 0.15}),
        (inverse_time(0.6, 10, 0.5), {0: 0.6, 30: 0.3}),
        (inverse_time(0.6, 10, 1e6), {0: 0.6, 10: 0.0}),
        (polynomial(1.0, 10, 1, 0.2), {0: 1.0, 5: 0.6, 9: 0.28, 10: 0.2, 99: 0.2}),
        (polynomial(1.0, 10, 2, 0.2), {0: 1.0, 5: 0.4, 10: 0.2, 11: 0.2}),
        (
            cosine(1.0, 12, 0.0),
            {0: 1.0, 3: 0.8535534, 4: 0.75, 6: 0.5, 8: 0.25, 12: 0.0, 99: 0.0},
        ),
        (cosine(1.0, 12, 0.2), {0: 1.0, 4: 0.8, 6: 0.6, 12: 0.2, 13: 0.2}),
    ],
)
def test_rates_by_step(schedule, expected):
    for step, rate in expected.items():
        assert schedule(step) == pytest.approx(rate, abs=1e-7), step


def test_cosine_is_half_a_wave():
    steps = np.arange(938)
    expected = 0.01 + 0.07 * (np.cos(np.linspace(0, np.pi, 939)[:-1]) + 1) / 2
    schedule = cosine(0.08, 938, 0.01)
    np.testing.assert_allclose([schedule(step) for step in steps], expected, rtol=1e-12)


@pytest.mark.parametrize(
    "schedule",
    [
        falling("step", 0.1, 0.5, 7),
        falling("exponential", 0.1, 0.9, 7),
        inverse_time(0.1, 7, 1.5),
        polynomial(0.1, 100, 2, 0.0),
        cosine(0.1, 100, 0.0),
    ],
)
def test_rates_never_rise_and_start_at_the_peak(schedule):
    rates = [schedule(step) for step in range(150)]
    assert rates[0] == 0.1
    assert np.all(np.diff(rates) <= 0)
    assert 0 <= rates[-1] < 0.05


def test_warmup_by_step():
    warmed = with_warmup(polynomial(0.8, 4, 1, 0.0), 4)
    expected = [0.2, 0.4, 0.6, 0.8, 0.8, 0.6, 0.4, 0.2, 0.0, 0.0]
    assert [warmed(step) for step in range(10)] == pytest.approx(expected)


def test_warmup_of_no_steps_changes_nothing():
    schedule = cosine(0.8, 10, 0.0)
    warmed = with_warmup(schedule, 0)
    assert [warmed(step) for step in range(12)] == [schedule(step) for step in range(12)]


def test_warmup_of_one_step_is_already_at_the_peak():
    warmed = with_warmup(cosine(0.8, 2, 0.0), 1)
    assert [warmed(step) for step in range(4)] == pytest.approx([0.8, 0.8, 0.4, 0.0])


def test_warmup_rises_to_the_peak_and_joins_without_a_jump():
    warmed = with_warmup(cosine(0.08, 797, 0.0), 141)
    rates = [warmed(step) for step in range(938)]
    assert max(rates) == rates[140] == rates[141] == 0.08
    assert np.all(np.diff(rates[:141]) > 0)
    assert math.isclose(rates[0], 0.08 / 141)
    # Nowhere does the rate jump by more than one step of the warm-up.
    assert max(np.abs(np.diff(rates))) == pytest.approx(0.08 / 141)
