"""A sheet of paper on a desk: where it lies in a photograph, and the view of it alone."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from tfcnn.data.ink import otsu_threshold

_SEARCHED_SIDE = 256
# A sheet's share of the picture, and how much of the rectangle around it is paper.
_LEAST_SHARE, _LARGEST_SHARE = 0.08, 0.9
_LEAST_FILL = 0.88
_LONGEST = 4.0  # Times its shorter side: what is longer is a stroke of chalk.
# The paper sends back at least so many times the desk's light.
_LEAST_RATIO = 1.25
# Of the sheet's sides: its very edge is left out.
_EDGE = 0.01


@dataclasses.dataclass(frozen=True)
class Sheet:
    """A rectangle in a picture.

    Attributes:
      centre: ``(x, y)`` in pixels.
      sides: ``(width, height)`` in pixels, without the very edge.
      angle: In radians, -pi/4 to pi/4: how far its upper side falls to the right.
    """

    centre: tuple[float, float]
    sides: tuple[float, float]
    angle: float

    def to_picture(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Where points ``(x, y)`` of the view, [..., 2], lie in the picture."""
        turn = np.array(
            [[np.cos(self.angle), -np.sin(self.angle)], [np.sin(self.angle), np.cos(self.angle)]]
        )
        moved = (points - (np.array(self.sides) - 1) / 2) @ turn.T + np.array(self.centre)
        return np.asarray(moved, np.float64)

    def view(self, grey: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The sheet alone and upright, [height, width], sampled from a picture's grey."""
        from scipy import ndimage

        width, height = (max(round(side), 1) for side in self.sides)
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        places = self.to_picture(np.stack([x, y], axis=-1).astype(float))
        seen = ndimage.map_coordinates(
            grey, [places[..., 1], places[..., 0]], order=1, mode="nearest"
        )
        return np.asarray(seen, np.float64)


def whole(grey: npt.NDArray[np.float64]) -> Sheet:
    """All of a picture, as if it were a sheet."""
    height, width = grey.shape
    return Sheet(((width - 1) / 2, (height - 1) / 2), (width, height), 0.0)


def find_sheet(grey: npt.NDArray[np.float64]) -> Sheet | None:
    """Finds a sheet that is brighter than the desk around it.

    The bright part by Otsu's threshold must fill a rectangle, turned or not, and reach beyond one
    side of the picture at most, or beyond two that meet. So the bright part of a page with a shadow
    across is no sheet: it reaches three sides, or its rectangle is half full. If there is none, the
    threshold among what is darker is tried, as a shadow may lie across the sheet and the desk.

    Args:
      grey: float64 [height, width] in [0, 1].
    """
    from scipy import ndimage

    step = max(max(grey.shape) // _SEARCHED_SIDE, 1)
    if min(grey.shape) // step < 16:
        return None
    small = ndimage.uniform_filter(grey, step)[::step, ::step] if step > 1 else grey
    # Ink goes, as it would cut the sheet in pieces.
    smooth = ndimage.gaussian_filter(ndimage.grey_closing(small, 7, mode="nearest"), 1.5)
    threshold = otsu_threshold(smooth)
    for level in (threshold, otsu_threshold(smooth[smooth <= threshold])):
        paper = _largest_part(smooth > level)
        if not _LEAST_SHARE < paper.mean() < _LARGEST_SHARE or not _may_be_cut_so(paper):
            continue
        inside, outside = paper & ~_ring(~paper, 3), _ring(paper, 6) & ~_ring(paper, 3)
        if smooth[inside & _ring(~paper, 6)].mean() < _LEAST_RATIO * smooth[outside].mean():
            continue
        centre, sides, angle = _smallest_rectangle(paper)
        full = paper.sum() / (sides[0] * sides[1])
        if full >= _LEAST_FILL and max(sides) <= _LONGEST * min(sides):
            middle = (step - 1) / 2
            x, y = (step * one + middle for one in centre)
            width, height = (step * side * (1 - 2 * _EDGE) for side in sides)
            return Sheet((x, y), (width, height), angle)
    return None


def _largest_part(bright: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The largest connected part without its holes, which are ink."""
    from scipy import ndimage

    labels, _ = ndimage.label(ndimage.binary_opening(bright, iterations=2))
    sizes = np.bincount(labels.ravel())[1:]
    if not sizes.size:
        return np.zeros_like(bright)
    return np.asarray(ndimage.binary_fill_holes(labels == 1 + np.argmax(sizes)))


def _ring(mask: npt.NDArray[np.bool_], pixels: int) -> npt.NDArray[np.bool_]:
    """A mask and what is so near to it."""
    from scipy import ndimage

    return np.asarray(ndimage.binary_dilation(mask, iterations=pixels))


def _may_be_cut_so(mask: npt.NDArray[np.bool_]) -> bool:
    """Whether a mask reaches no side of the picture, one, or two that meet."""
    top, bottom, left, right = (
        bool(side.any()) for side in (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    )
    return top + bottom <= 1 and left + right <= 1


def _smallest_rectangle(
    mask: npt.NDArray[np.bool_],
) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Centre, sides and angle of the smallest rectangle around a mask.

    One of its sides lies along a side of the convex hull (Freeman and Shapira, "Determining the
    minimum-area encasing rectangle for an arbitrary closed curve", Communications of the ACM 18(7),
    1975).
    """
    from scipy import spatial

    rows, columns = np.nonzero(mask)
    points = np.stack([columns, rows], axis=1).astype(float)
    corners = points[spatial.ConvexHull(points).vertices]
    along = np.roll(corners, -1, axis=0) - corners
    best = None
    for angle in np.unique((np.arctan2(along[:, 1], along[:, 0]) + np.pi / 4) % (np.pi / 2)):
        angle = angle - np.pi / 4
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        turned = corners @ turn
        low, high = turned.min(axis=0), turned.max(axis=0)
        if best is None or np.prod(high - low + 1) < np.prod(best[1]):
            best = turn @ ((low + high) / 2), high - low + 1, float(angle)
    assert best is not None
    (x, y), (width, height), angle = best
    return (float(x), float(y)), (float(width), float(height)), angle
