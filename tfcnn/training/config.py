"""The choices of a training, checked when they are made."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

from tfcnn.errors import InputError
from tfcnn.training import schedules

OPTIMIZERS = ("momentum", "rmsprop", "adam")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
SCHEDULES = ("constant", "step", "exponential", "inverse_time", "polynomial", "cosine")

_LEARNING_RATES = {"momentum": 0.08, "rmsprop": 0.001, "adam": 0.001}


@dataclasses.dataclass(frozen=True)
class _Option:
    """A field that has a meaning only with some values of another field."""

    of: str
    values: tuple[str, ...]
    default: Any


_OPTIONS: Mapping[str, _Option] = {
    "momentum": _Option("optimizer", ("momentum",), 0.9),
    "nesterov": _Option("optimizer", ("momentum",), True),
    "decay_rate": _Option("schedule", ("step", "exponential"), 0.5),
    "decay_epochs": _Option("schedule", ("step", "exponential", "inverse_time"), 1.0),
    "power": _Option("schedule", ("inverse_time", "polynomial"), 1.0),
    "end_learning_rate": _Option("schedule", ("polynomial", "cosine"), 0.0),
}


def _field(default: Any, describes: str) -> Any:
    return dataclasses.field(default=default, metadata={"help": describes})


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """The choices of a training; a field's ``metadata["help"]`` describes it.

    A field that is None takes the default that fits the optimizer or the schedule; where it has
    no meaning it stays None, and a value given there is refused.

    Raises:
      InputError: A value is out of its range, or has no meaning beside the others.
    """

    epochs: int = _field(5, "Passes over the training images, at least 1.")
    batch_size: int = _field(64, "Images a step, from 1 to the number of training images.")
    optimizer: str = _field(
        "momentum", f"How a gradient moves the weights: {', '.join(OPTIMIZERS)}."
    )
    learning_rate: float | None = _field(
        None, "Peak of the schedule, above 0. Default: 0.08 for momentum, 0.001 for the others."
    )
    momentum: float | None = _field(
        None, "Share of the velocity kept from step to step, from 0 to below 1. Default: 0.9."
    )
    nesterov: bool | None = _field(None, "Whether momentum looks ahead. Default: true.")
    schedule: str = _field("cosine", f"How the learning rate falls: {', '.join(SCHEDULES)}.")
    warmup: float = _field(
        0.2, "Share of all steps in which the rate first rises, from 0 to below 1."
    )
    decay_rate: float | None = _field(
        None, "Schedules step and exponential: factor, above 0 and at most 1. Default: 0.5."
    )
    decay_epochs: float | None = _field(
        None, "Schedules step, exponential, inverse_time: epochs, above 0. Default: 1."
    )
    power: float | None = _field(
        None, "Schedules inverse_time and polynomial: exponent, above 0. Default: 1."
    )
    end_learning_rate: float | None = _field(
        None, "Schedules polynomial and cosine: the rate they come down to, at least 0. Default: 0."
    )
    l2: float = _field(7e-4, "L2 coefficient of every kernel, at least 0; biases have none.")
    clip_norm: float = _field(
        3.0, "Shortens a gradient whose global norm is above this; 0 never does. At least 0."
    )
    shift: float = _field(
        0.0, "Augmentation: shifts each image by up to so many pixels, at least 0."
    )
    rotation: float = _field(
        0.0, "Augmentation: turns each image by up to so many degrees, from 0 to 180."
    )
    scaling: float = _field(
        0.0, "Augmentation: scales each image by up to this share, from 0 to below 1."
    )
    precision: str = _field(
        "float32",
        f"Arithmetic of the layers: {', '.join(PRECISIONS)}. The mixed ones are for processors "
        "that have them; weights stay float32.",
    )
    jit: bool = _field(False, "Whether XLA compiles the step; good on a GPU, slow on a processor.")
    validation_size: int = _field(
        0, "Training images held out to choose by; the test images never are. At least 0."
    )
    seed: int = _field(
        0, "Seed of the start weights, the batch order, augmentation and dropout, from 0."
    )

    def __post_init__(self) -> None:
        _expect(self.optimizer in OPTIMIZERS, self, "optimizer", f"one of {', '.join(OPTIMIZERS)}")
        _expect(self.schedule in SCHEDULES, self, "schedule", f"one of {', '.join(SCHEDULES)}")
        _expect(self.precision in PRECISIONS, self, "precision", f"one of {', '.join(PRECISIONS)}")
        _expect(isinstance(self.jit, bool), self, "jit", "true or false")
        self._fill_in()
        _expect(
            self.nesterov is None or isinstance(self.nesterov, bool),
            self,
            "nesterov",
            "true or false",
        )
        for name, low in (("epochs", 1), ("batch_size", 1), ("validation_size", 0), ("seed", 0)):
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            _expect(whole and low <= value, self, name, f"a whole number from {low}")
            _expect(value < 2**31, self, name, f"a whole number below {2**31}")
        self._check_number("learning_rate", lambda x: x > 0, "a number above 0")
        self._check_number("momentum", lambda x: 0 <= x < 1, "a number from 0 to below 1")
        self._check_number("warmup", lambda x: 0 <= x < 1, "a number from 0 to below 1")
        self._check_number("decay_rate", lambda x: 0 < x <= 1, "a number above 0, at most 1")
        self._check_number("decay_epochs", lambda x: x > 0, "a number above 0")
        self._check_number("power", lambda x: x > 0, "a number above 0")
        self._check_number("end_learning_rate", lambda x: x >= 0, "a number from 0")
        self._check_number("l2", lambda x: x >= 0, "a number from 0")
        self._check_number("shift", lambda x: x >= 0, "a number from 0")
        self._check_number("rotation", lambda x: 0 <= x <= 180, "a number from 0 to 180")
        self._check_number("scaling", lambda x: 0 <= x < 1, "a number from 0 to below 1")
        self._check_number("clip_norm", lambda x: x >= 0, "a number from 0")

    def schedule_function(self, steps_per_epoch: int) -> schedules.Schedule:
        """The learning rate as a function of the step."""
        total = self.epochs * steps_per_epoch
        warmup = min(round(self.warmup * total), total - 1)
        after = total - warmup
        values: dict[str, Any] = dataclasses.asdict(self)
        rate, decay_rate, power = (values[k] for k in ("learning_rate", "decay_rate", "power"))
        end, decay_steps = values["end_learning_rate"], (self.decay_epochs or 0) * steps_per_epoch
        makers = {
            "constant": lambda: schedules.constant(rate),
            "step": lambda: schedules.step_decay(rate, decay_rate, decay_steps),
            "exponential": lambda: schedules.exponential(rate, decay_rate, decay_steps),
            "inverse_time": lambda: schedules.inverse_time(rate, decay_steps, power),
            "polynomial": lambda: schedules.polynomial(rate, after, power, end),
            "cosine": lambda: schedules.cosine(rate, after, end),
        }
        return schedules.with_warmup(makers[self.schedule](), warmup)

    def _fill_in(self) -> None:
        """Gives the None fields that have a meaning their values."""
        defaults: dict[str, Any] = {"learning_rate": _LEARNING_RATES[self.optimizer]}
        for name, option in _OPTIONS.items():
            chosen = getattr(self, option.of)
            if chosen in option.values:
                defaults[name] = option.default
            else:
                unused = f"nothing, since {option.of}={chosen} does not use it"
                _expect(getattr(self, name) is None, self, name, unused)
        for name, default in defaults.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, default)  # The way into a frozen dataclass.

    def _check_number(self, name: str, allowed: Callable[[float], bool], expected: str) -> None:
        value = getattr(self, name)
        if value is None and name in _OPTIONS:
            return
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        _expect(number and math.isfinite(value) and allowed(value), self, name, expected)


def _expect(condition: bool, config: TrainConfig, name: str, expected: str) -> None:
    if not condition:
        raise InputError(f"{name}: expected {expected}, found {getattr(config, name)!r}")
