"""Learning-rate schedules: pure functions from the step to the rate.

Each function that is marked ``@_schedule`` can be chosen by its name. Its parameters are its
options, and a training gives them their values by name:

* ``step``, from 0, is the first one; ``learning_rate`` is where the schedule starts, and
  ``total_steps`` how many steps there are. Both leave out the warm-up.
* ``decay_steps`` is the field ``decay_epochs`` of ``TrainConfig``, in steps.
* Any other one is the field of ``TrainConfig`` with its name.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Schedule: TypeAlias = Callable[[float], float]

SCHEDULES: dict[str, Callable[..., float]] = {}


def _schedule(function: Callable[..., float]) -> Callable[..., float]:
    SCHEDULES[function.__name__] = function
    return function


@functools.cache
def parameters_of(name: str) -> tuple[str, ...]:
    """What a schedule takes besides the step."""
    return tuple(inspect.signature(SCHEDULES[name]).parameters)[1:]


def make_schedule(name: str, values: Mapping[str, Any]) -> Schedule:
    """The schedule ``name`` with those of ``values`` that it takes."""
    return functools.partial(
        SCHEDULES[name], **{parameter: values[parameter] for parameter in parameters_of(name)}
    )


@_schedule
def constant(step: float, learning_rate: float) -> float:
    """``learning_rate`` at every step."""
    return learning_rate


@_schedule
def step(step: float, learning_rate: float, decay_rate: float, decay_steps: float) -> float:
    """``learning_rate * decay_rate ** floor(step / decay_steps)``: falls in stairs."""
    return learning_rate * decay_rate ** math.floor(step / decay_steps)


@_schedule
def exponential(step: float, learning_rate: float, decay_rate: float, decay_steps: float) -> float:
    """``learning_rate * decay_rate ** (step / decay_steps)``: the same stairs, smoothed."""
    return learning_rate * decay_rate ** (step / decay_steps)


@_schedule
def inverse_time(step: float, learning_rate: float, decay_steps: float, power: float) -> float:
    """``learning_rate * (1 + step / decay_steps) ** -power``: the power law."""
    return learning_rate * (1 + step / decay_steps) ** -power


@_schedule
def polynomial(
    step: float, learning_rate: float, total_steps: float, power: float, end_learning_rate: float
) -> float:
    """``end + (learning_rate - end) * (1 - step/total_steps) ** power``, and then ``end``."""
    left = 1 - min(step / total_steps, 1)
    return end_learning_rate + (learning_rate - end_learning_rate) * left**power


@_schedule
def cosine(
    step: float, learning_rate: float, total_steps: float, end_learning_rate: float
) -> float:
    """``end + (learning_rate - end) * (1 + cos(pi * step/total_steps)) / 2``, and then ``end``.

    Source: Loshchilov and Hutter, "SGDR", ICLR 2017, equation 5, without restarts.
    """
    wave = 1 + math.cos(math.pi * min(step / total_steps, 1))
    return end_learning_rate + (learning_rate - end_learning_rate) * wave / 2


def with_warmup(schedule: Schedule, warmup_steps: int) -> Schedule:
    """Rises in equal steps to ``schedule(0)``, and follows ``schedule`` from there.

    ``schedule(0) * (step + 1) / warmup_steps`` while ``step < warmup_steps``, then
    ``schedule(step - warmup_steps)``; the first step already moves.
    Source: Goyal et al., "Accurate, Large Minibatch SGD", 2017, section 2.2.
    """

    def warmed(step: float) -> float:
        if step < warmup_steps:
            return schedule(0) * (step + 1) / warmup_steps
        return schedule(step - warmup_steps)

    return warmed
