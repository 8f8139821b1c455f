"""What a caller is told while a training goes on, and may answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tfcnn.model.network import Network
from tfcnn.runs.metrics import EpochMetrics
from tfcnn.training.norms import weight_norms


@dataclasses.dataclass(frozen=True)
class Report:
    """What the last steps were like: those of one call, about half a second of work, or an epoch's.

    Attributes:
      network: The network in training. Who changes its weights changes the training.
      epoch: That of the steps, from 1.
      step: Steps taken since the start.
      learning_rate: That of the last step.
      loss: The mean over the images of the steps, without the penalty.
      l2_penalty: The L2 penalty before the last step.
      gradient_norms: Path of each weight that learns -> the mean over the steps of its gradient's
        norm, before it is clipped, L2 included. A step that float16 left out counts as 0.
      metrics: Of an epoch, what stands in ``metrics.jsonl``; else None.
    """

    network: Network
    epoch: int
    step: int
    learning_rate: float
    loss: float
    l2_penalty: float
    gradient_norms: Mapping[str, float]
    metrics: EpochMetrics | None = None

    @property
    def weight_norms(self) -> dict[str, float]:
        """Path of each weight -> its norm now."""
        return weight_norms(self.network)


# True ends the training; the rest is as at its end.
Callback: TypeAlias = Callable[[Report], bool | None]


def norms_of_epoch(report: Report) -> dict[str, Any]:
    """A line of ``norms.jsonl``: what a report tells at the end of an epoch, for JSON."""
    return {
        "epoch": report.epoch,
        "step": report.step,
        "gradients": dict(report.gradient_norms),
        "weights": report.weight_norms,
    }
