from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest

from tfcnn.errors import InputError
from tfcnn.training.config import OPTIMIZERS, PRECISIONS, TrainConfig, describe
from tfcnn.training.schedules import SCHEDULES


def refusal(**values):
    with pytest.raises(InputError) as caught:
        TrainConfig(**values)
    return str(caught.value)


def test_defaults():
    config = TrainConfig()
    assert (config.optimizer, config.momentum, config.nesterov) == ("momentum", 0.9, True)
    assert (config.schedule, config.end_learning_rate) == ("cosine", 0.0)
    assert (config.decay_rate, config.decay_epochs, config.power) == (None, None, None)
    assert (config.validation_size, config.seed) == (0, 0)


def test_help_tells_the_defaults_that_none_stands_for():
    for name, config in (
        ("learning_rate", TrainConfig()),
        ("learning_rate", TrainConfig(optimizer="adam")),
        ("momentum", TrainConfig()),
        ("decay_rate", TrainConfig(schedule="step")),
        ("decay_epochs", TrainConfig(schedule="step")),
        ("power", TrainConfig(schedule="polynomial")),
        ("end_learning_rate", TrainConfig()),
    ):
        [field] = [field for field in dataclasses.fields(TrainConfig) if field.name == name]
        _, told = describe(field).split("Default: ")
        assert f"{getattr(config, name):g}" in re.findall(r"\d+(?:\.\d+)?", told)


@pytest.mark.parametrize(("optimizer", "rate"), [("rmsprop", 0.001), ("adam", 0.001)])
def test_defaults_of_the_other_optimizers(optimizer, rate):
    config = TrainConfig(optimizer=optimizer)
    assert (config.learning_rate, config.momentum, config.nesterov) == (rate, None, None)


@pytest.mark.parametrize(
    ("schedule", "decay_rate", "decay_epochs", "power", "end_learning_rate"),
    [
        ("constant", None, None, None, None),
        ("step", 0.5, 1.0, None, None),
        ("exponential", 0.5, 1.0, None, None),
        ("inverse_time", None, 1.0, 1.0, None),
        ("polynomial", None, None, 1.0, 0.0),
        ("cosine", None, None, None, 0.0),
    ],
)
def test_defaults_of_the_schedules(schedule, decay_rate, decay_epochs, power, end_learning_rate):
    config = TrainConfig(schedule=schedule)
    assert (config.decay_rate, config.decay_epochs) == (decay_rate, decay_epochs)
    assert (config.power, config.end_learning_rate) == (power, end_learning_rate)


STEP, POLYNOMIAL = {"schedule": "step"}, {"schedule": "polynomial"}
NAN, INFINITE = float("nan"), float("inf")


RANGES = [
    ("epochs", [-1, 1.5, "5", True, None, 2**31], [0, 1, 2**31 - 1], {}),
    ("batch_size", [0, -64, 64.0, False], [1, 10_000], {}),
    ("optimizer", ["sgd", "Adam", "", None, 3], OPTIMIZERS, {}),
    ("learning_rate", [0, -0.1, NAN, INFINITE, "0.1", True], [1e-12, 1, 500.0], {}),
    ("momentum", [1, 1.5, -0.1, NAN, "0.9"], [0, 0.999], {}),
    ("nesterov", [1, 0, "true", 1.0], [True, False], {}),
    ("schedule", ["linear", "Cosine", None], SCHEDULES, {}),
    ("warmup", [1, 1.0, -0.01, NAN, None], [0, 0.99], {}),
    ("decay_rate", [0, 1.01, -1, NAN], [1, 1e-3], STEP),
    ("decay_epochs", [0, -1, INFINITE, NAN], [0.25, 30], STEP),
    ("power", [0, -1, NAN], [0.5, 3], POLYNOMIAL),
    ("end_learning_rate", [-1e-9, NAN, INFINITE], [0, 0.01], POLYNOMIAL),
    ("l2", [-1e-9, NAN, INFINITE, None, "0"], [0, 0.1], {}),
    ("clip_norm", [-1.0, NAN, INFINITE, "1", None], [0, 1e-3, 5], {}),
    ("shift", [-0.1, NAN, INFINITE, None], [0, 2.5], {}),
    ("rotation", [-1, 181, NAN], [0, 15.0, 180], {}),
    ("scaling", [-0.1, 1, NAN], [0, 0.1], {}),
    ("precision", ["float16", "bfloat16", None], PRECISIONS, {}),
    ("jit", [1, "true", None], [True, False], {}),
    ("validation_size", [-1, 0.5, None, True], [0, 5000], {}),
    ("seed", [-1, 2**31, 1.0, None], [0, 2**31 - 1], {}),
]


@pytest.mark.parametrize(("name", "wrong", "right", "others"), RANGES)
def test_range_of_every_field(name, wrong, right, others):
    for value in wrong:
        message = refusal(**{name: value}, **others)
        assert message.startswith(f"{name}: expected ")
        assert message.endswith(f", found {value!r}")
        assert "\n" not in message
    for value in right:
        assert getattr(TrainConfig(**{name: value}, **others), name) == value


def test_a_number_too_large_is_told_the_bound():
    expected = "seed: expected a whole number below 2147483648, found 2147483648"
    assert refusal(seed=2**31) == expected


def test_numpys_numbers_are_taken_as_pythons_own():
    config = TrainConfig(
        epochs=np.int64(3),
        batch_size=np.uint8(32),
        learning_rate=np.float32(0.5),
        warmup=np.float16(0),
        l2=np.array(0.25),
        nesterov=np.bool_(False),
    )
    assert config == TrainConfig(
        epochs=3, batch_size=32, learning_rate=0.5, warmup=0.0, l2=0.25, nesterov=False
    )
    assert json.loads(json.dumps(dataclasses.asdict(config)))["epochs"] == 3


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"epochs": np.float64(1.5)}, "epochs: expected a whole number from 0, found 1.5"),
        ({"l2": np.float32("nan")}, "l2: expected a number from 0, found nan"),
        ({"l2": np.array([0.1])}, "l2: expected a number from 0, found array([0.1])"),
        ({"learning_rate": np.bool_(True)}, "learning_rate: expected a number above 0, found True"),
    ],
)
def test_numpys_numbers_are_held_to_the_same_ranges(choice, expected):
    assert refusal(**choice) == expected


def test_no_epochs_have_a_schedule():
    assert TrainConfig(epochs=0, learning_rate=0.5).schedule_function(10)(9) > 0


def test_the_ranges_leave_out_no_field():
    assert [case[0] for case in RANGES] == [f.name for f in dataclasses.fields(TrainConfig)]


MEANINGLESS = [
    *[("momentum", 0.9, "optimizer", other) for other in ("rmsprop", "adam")],
    *[("nesterov", False, "optimizer", other) for other in ("rmsprop", "adam")],
    *[("decay_rate", 0.5, "schedule", s) for s in set(SCHEDULES) - {"step", "exponential"}],
    *[("decay_epochs", 2.0, "schedule", s) for s in ("constant", "polynomial", "cosine")],
    *[("power", 1.0, "schedule", s) for s in set(SCHEDULES) - {"inverse_time", "polynomial"}],
    *[("end_learning_rate", 0.0, "schedule", s) for s in set(SCHEDULES) - {"polynomial", "cosine"}],
]


@pytest.mark.parametrize(("name", "value", "other", "choice"), sorted(MEANINGLESS))
def test_what_has_no_meaning_is_refused(name, value, other, choice):
    assert refusal(**{name: value, other: choice}) == (
        f"{name}: expected nothing, since {other}={choice} does not use it, found {value!r}"
    )


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({"schedule": "constant"}, {10: 0.8, 25: 0.8, 39: 0.8}),
        ({"schedule": "step", "decay_rate": 0.25}, {10: 0.8, 19: 0.8, 20: 0.2, 30: 0.05}),
        (
            {"schedule": "exponential", "decay_rate": 0.25, "decay_epochs": 0.5},
            {10: 0.8, 15: 0.2, 20: 0.05},
        ),
        (
            {"schedule": "inverse_time", "decay_epochs": 2.0, "power": 2.0},
            {10: 0.8, 30: 0.2},
        ),
        (
            {"schedule": "polynomial", "power": 2.0, "end_learning_rate": 0.4},
            {10: 0.8, 25: 0.5, 40: 0.4},
        ),
        ({"schedule": "cosine", "end_learning_rate": 0.2}, {10: 0.8, 20: 0.65, 25: 0.5, 40: 0.2}),
    ],
)
def test_schedule_counts_its_steps_from_the_end_of_the_warmup(choices, expected):
    config = TrainConfig(epochs=4, learning_rate=0.8, warmup=0.25, **choices)
    schedule = config.schedule_function(steps_per_epoch=10)
    for step, rate in ({0: 0.08, 1: 0.16, 9: 0.8} | expected).items():
        assert schedule(step) == pytest.approx(rate), step


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_warmup_leaves_the_schedule_at_least_one_step(schedule):
    one_step = TrainConfig(epochs=1, learning_rate=0.8, warmup=0.99, schedule=schedule)
    assert one_step.schedule_function(steps_per_epoch=1)(0) == 0.8
    two_steps = one_step.schedule_function(steps_per_epoch=2)
    assert [two_steps(0), two_steps(1)] == [0.8, 0.8]


def test_choices_cannot_be_changed_later():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainConfig().epochs = 3


def test_every_field_is_described():
    for field in dataclasses.fields(TrainConfig):
        assert describe(field).endswith(".")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("epochs", "Passes over the training images, from 0; 0 keeps the start weights."),
        ("rotation", "Augmentation: turns each image by up to so many degrees, from 0 to 180."),
        ("nesterov", "With optimizer momentum: whether it looks ahead. Default: true."),
        (
            "decay_rate",
            "With schedule step or exponential: factor of a fall, above 0, at most 1. "
            "Default: 0.5.",
        ),
    ],
)
def test_a_description_tells_use_range_and_default(name, told):
    assert describe(TrainConfig.__dataclass_fields__[name]) == told


def test_a_new_schedule_needs_nothing_but_its_function(monkeypatch):
    def waves(step: float, learning_rate: float, decay_steps: float, power: float) -> float:
        return learning_rate * (step % decay_steps) ** power

    monkeypatch.setitem(SCHEDULES, "waves", waves)
    config = TrainConfig(epochs=4, schedule="waves", learning_rate=0.5, warmup=0, power=2.0)
    assert (config.decay_epochs, config.decay_rate) == (1.0, None)
    rate = config.schedule_function(steps_per_epoch=10)
    assert [rate(step) for step in (0, 3, 14)] == [0.0, 4.5, 8.0]
    field = TrainConfig.__dataclass_fields__["power"]
    assert describe(field).startswith("With schedule inverse_time or polynomial or waves: ")
    assert refusal(schedule="waves", decay_rate=0.5).endswith(
        "schedule=waves does not use it, found 0.5"
    )
