"""Learning-rate schedules: pure functions from the step to the rate.

Each function below takes its parameters and returns the schedule. Steps count from 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

Schedule: TypeAlias = Callable[[float], float]


def constant(rate: float) -> Schedule:
    """``rate`` at every step."""
    return lambda step: rate


def step_decay(rate: float, decay_rate: float, decay_steps: float) -> Schedule:
    """``rate * decay_rate ** floor(step / decay_steps)``: falls in stairs."""
    return lambda step: rate * decay_rate ** math.floor(step / decay_steps)


def exponential(rate: float, decay_rate: float, decay_steps: float) -> Schedule:
    """``rate * decay_rate ** (step / decay_steps)``: the same stairs, smoothed."""
    return lambda step: rate * decay_rate ** (step / decay_steps)


def inverse_time(rate: float, decay_steps: float, power: float) -> Schedule:
    """``rate * (1 + step / decay_steps) ** -power``: the power law."""
    return lambda step: rate * (1 + step / decay_steps) ** -power


def polynomial(rate: float, total_steps: float, power: float, end_rate: float) -> Schedule:
    """``end_rate + (rate - end_rate) * (1 - step/total_steps) ** power``, then ``end_rate``."""

    def schedule(step: float) -> float:
        left = 1 - min(step / total_steps, 1)
        return end_rate + (rate - end_rate) * left**power

    return schedule


def cosine(rate: float, total_steps: float, end_rate: float) -> Schedule:
    """``end_rate + (rate - end_rate) * (1 + cos(pi * step/total_steps)) / 2``, then ``end_rate``.

    Source: Loshchilov and Hutter, "SGDR", ICLR 2017, equation 5, without restarts.
    """

    def schedule(step: float) -> float:
        return (
            end_rate + (rate - end_rate) * (1 + math.cos(math.pi * min(step / total_steps, 1))) / 2
        )

    return schedule


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
