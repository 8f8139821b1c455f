"""What is known after each epoch, and where it is written."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from tfcnn.arguments import checked
from tfcnn.errors import InputError, wrong
from tfcnn.json_files import write_json_lines
from tfcnn.showing import Tabular


@dataclasses.dataclass(frozen=True)
class EpochMetrics:
    """One line of ``metrics.jsonl``; of a training by another loss its means, not cross-entropies.

    Attributes:
      epoch: From 1.
      step: Steps taken since the start of the training.
      learning_rate: That of the epoch's last step.
      train_loss: Mean cross-entropy in nats over the epoch, each image when its batch came.
      l2_penalty: The L2 penalty before the epoch's last step.
      train_accuracy: Share of the images classified rightly when their batch came, in [0, 1].
      test_loss: Mean cross-entropy of the test images after the epoch.
      test_accuracy: Share of the test images classified rightly after the epoch.
      seconds: Time of the training steps without evaluation; a first epoch compiles them too.
      images_per_second: Training images a second of that time.
      validation_loss: As ``test_loss`` for the images held out; None where there are none.
      validation_accuracy: As ``test_accuracy`` for the images held out.
    """

    epoch: int
    step: int
    learning_rate: float
    train_loss: float
    l2_penalty: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float
    images_per_second: float
    validation_loss: float | None = None
    validation_accuracy: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields that have a value, in order."""
        values = dataclasses.asdict(self)
        return {name: value for name, value in values.items() if value is not None}


class History(Tabular, list[EpochMetrics]):
    """The metrics of a training: a list, one an epoch."""

    def in_short(self) -> str:
        """How many epochs, and the last accuracy."""
        epochs = f"{len(self)} {'epoch' if len(self) == 1 else 'epochs'}"
        return f"{epochs}, test accuracy {self[-1].test_accuracy:.2%}" if self else epochs


def write_metrics(path: pathlib.Path, history: list[EpochMetrics]) -> None:
    """Writes one JSON object a line, whole or not at all.

    Raises:
      ValueError: A number is NaN or infinite, which JSON does not have.
    """
    write_json_lines(path, (metrics.to_json() for metrics in history))


def metrics_from_json(values: Any, source: str) -> EpochMetrics:
    """The metrics of one epoch from a parsed JSON object.

    Raises:
      InputError: A field is missing, unknown or not a number; the message starts with ``source``.
    """
    fields = {field.name: field for field in dataclasses.fields(EpochMetrics)}
    required = {name for name, f in fields.items() if f.default is dataclasses.MISSING}
    if not isinstance(values, dict) or not required <= values.keys() <= fields.keys():
        raise InputError(f"{source}: expected an object with {', '.join(sorted(required))}")
    check_numbers(values, source)
    return EpochMetrics(**values)


def check_numbers(values: Mapping[str, Any], source: str) -> None:
    """Refuses a value that is no number; the message starts with ``source``."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise wrong(f"{source}: {name}", "a number", repr(value))


@checked
def best_epoch(history: Sequence[EpochMetrics]) -> EpochMetrics | None:
    """The first epoch with the highest accuracy on the images held out, if there are any."""
    measured = [row for row in history if row.validation_accuracy is not None]
    return max(measured, key=lambda row: row.validation_accuracy or 0.0, default=None)


HEADER = "epoch   step  rate     train loss  train acc  test loss  test acc  images/s"


def table_row(metrics: EpochMetrics) -> str:
    """One line of the table on the terminal, under ``HEADER``."""
    return (
        f"{metrics.epoch:5d} {metrics.step:6d}  {metrics.learning_rate:<7.2g}"
        f"  {metrics.train_loss:10.4f}  {metrics.train_accuracy:9.2%}"
        f"  {metrics.test_loss:9.4f}  {metrics.test_accuracy:8.2%}"
        f"  {metrics.images_per_second:8,.0f}"
    )
