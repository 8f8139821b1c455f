"""Where a training stands: what has to be known besides the variables to go on."""

import dataclasses
from typing import Any

from tfcnn.errors import InputError
from tfcnn.runs.metrics import EpochMetrics, check_numbers, metrics_from_json


@dataclasses.dataclass
class Progress:
    """Steps taken, epochs finished, and the sums of the epoch under way.

    Attributes:
      step: Steps taken since the start.
      history: The metrics of the finished epochs.
      images: Images seen in the epoch under way.
      loss: Sum of their cross-entropies, in nats.
      correct: How many of them were classified rightly.
      l2_penalty: The penalty before the last step.
      seconds: Time of the epoch's steps so far.
    """

    step: int = 0
    history: list[EpochMetrics] = dataclasses.field(default_factory=list)
    images: int = 0
    loss: float = 0.0
    correct: int = 0
    l2_penalty: float = 0.0
    seconds: float = 0.0

    @property
    def epoch(self) -> int:
        """The epoch under way, from 1."""
        return len(self.history) + 1

    def end_epoch(self, metrics: EpochMetrics) -> None:
        """Adds the metrics of the epoch under way and empties its sums."""
        self.history.append(metrics)
        self.images, self.loss, self.correct = 0, 0.0, 0
        self.l2_penalty, self.seconds = 0.0, 0.0

    def to_json(self) -> dict[str, Any]:
        """All of it, ready for JSON; floats keep every bit."""
        values = dataclasses.asdict(self)
        return values | {"history": [metrics.to_json() for metrics in self.history]}


def progress_from_json(values: Any, source: str) -> Progress:
    """The progress that ``to_json`` gave.

    Raises:
      InputError: A field is missing, unknown or of the wrong type.
    """
    names = {field.name for field in dataclasses.fields(Progress)}
    if not isinstance(values, dict) or values.keys() != names:
        raise InputError(f"{source}: expected an object with {', '.join(sorted(names))}")
    history, numbers = values["history"], {key: values[key] for key in names - {"history"}}
    check_numbers(numbers, source)
    if not isinstance(history, list):
        raise InputError(f"{source}: history: expected a list")
    return Progress(**numbers, history=[metrics_from_json(row, source) for row in history])
