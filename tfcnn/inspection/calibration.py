"""Whether a network that says 90 % is right nine times in ten."""

import dataclasses

import numpy as np
import numpy.typing as npt

from tfcnn.showing import Record
from tfcnn.typing import Float64, Floats, Int32, Int64

BINS = 15


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Calibration(Record):
    """Confidence and accuracy, bin by bin.

    Attributes:
      edges: float64 [bins + 1], from 0 to 1; a bin holds its upper edge.
      counts: int64 [bins], images whose confidence is in the bin.
      confidences: float64 [bins], mean confidence of those images; NaN without any.
      accuracies: float64 [bins], share of those images that are classified rightly; NaN without.
    """

    edges: Float64
    counts: Int64
    confidences: Float64
    accuracies: Float64

    @property
    def expected_error(self) -> float:
        """Expected calibration error: ``sum over bins of count / all * |accuracy - confidence|``.

        Source: Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML
        2017, equation 3. In [0, 1], 0 at best; it depends somewhat on the number of bins.
        """
        gaps = np.abs(self.accuracies - self.confidences)
        return float(np.nansum(self.counts * gaps) / self.counts.sum())


def calibrate(probabilities: Floats, labels: Int32, bins: int = BINS) -> Calibration:
    """How the confidence, the largest probability of an image, relates to being right.

    Args:
      probabilities: [count > 0, classes], each row with the sum 1.
      labels: int32 [count].
      bins: How many bins of equal width there are between 0 and 1.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, bins + 1)
    # The k-th bin is (edge k, edge k + 1]; rounding may lift a probability above 1.
    places = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    counts = np.bincount(places, minlength=bins)

    def mean(values: npt.NDArray[np.floating | np.bool_]) -> Float64:
        sums = np.bincount(places, weights=values, minlength=bins)
        return np.divide(sums, counts, out=np.full(bins, np.nan), where=counts > 0)

    return Calibration(edges, counts, mean(confidence), mean(right))
