"""Pictures as people have them, made from MNIST's test digits, so that what is on them is known.

Each kind is a function of a digit, uint8 [28, 28], and a generator; it returns a Pillow picture and
how to save it. Photographs share ``photographed``: paper with a tint and grain, ink that takes away
its share of the light, light that is uneven by a plane and a bulge, noise of the sensor, JPEG.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

Floats: TypeAlias = npt.NDArray[np.float64]
Digit: TypeAlias = npt.NDArray[np.uint8]
Saved: TypeAlias = tuple[Image.Image, str, dict[str, Any]]

_JPEG: dict[str, Any] = {"quality": 85}
_ORIENTATIONS = {  # EXIF orientation -> what the camera stores of an upright picture.
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: np.swapaxes(upright, 0, 1),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(np.swapaxes(upright, 0, 1), 2),
    8: lambda upright: np.rot90(upright, -1),
}


def drawn(digit: Digit, side: int) -> Floats:
    """The digit's strokes at another size with a pen's edge, [side, side] in [0, 1]."""
    large = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC))
    return 1 / (1 + np.exp(-10 * (large / 255 - 0.5))) * (large > 8)


def placed(
    digit: Digit, shape: tuple[int, int], share: tuple[float, float], generator: np.random.Generator
) -> Floats:
    """Ink of a digit somewhere in a page; its cell has a share of the shorter side."""
    side = round(min(shape) * generator.uniform(*share))
    page = np.zeros(shape)
    top, left = (generator.integers(0, room - side + 1) for room in shape)
    page[top : top + side, left : left + side] = drawn(digit, side)
    return page


def light(shape: tuple[int, int], generator: np.random.Generator) -> Floats:
    """A plane and a bulge: 0.75 in the middle, 15 percent more or less at the edges."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    down, across = generator.uniform(-0.15, 0.15, 2)
    return 0.75 + down * y + across * x - 0.08 * (x * x + y * y)


def photographed(
    ink: Floats,
    generator: np.random.Generator,
    lit: Floats | None = None,
    takes: tuple[float, float] = (0.6, 0.9),
    noise: float = 0.02,
) -> npt.NDArray[np.uint8]:
    """What a camera sees of ink on paper, uint8 [height, width, 3]."""
    shape = ink.shape[0], ink.shape[1]
    lit = light(shape, generator) if lit is None else lit
    paper = np.array([1.0, 0.97, 0.9])
    pen = np.array([[1, 1, 1], [1, 0.9, 0.55], [0.55, 0.95, 0.9]])[generator.integers(3)]
    through = 1 - generator.uniform(*takes) * ink[..., np.newaxis] * pen
    seen = lit[..., np.newaxis] * paper * through
    grain = ndimage.gaussian_filter(generator.normal(0, noise, shape), 0.6)
    seen += grain[..., np.newaxis] + generator.normal(0, noise, seen.shape)
    return np.clip(np.rint(255 * seen), 0, 255).astype(np.uint8)


def _half_plane(shape: tuple[int, int], through: Floats, soft: float, angle: float) -> Floats:
    """0 to 1 across a straight edge through a point, over about ``soft`` pixels."""
    y, x = np.indices(shape)
    distance = (y - through[0]) * np.cos(angle) + (x - through[1]) * np.sin(angle)
    return 1 / (1 + np.exp(-np.clip(4 * distance / soft, -50, 50)))


def _shadowed(digit: Digit, generator: np.random.Generator, soft: float) -> Saved:
    shape = (600, 800) if generator.random() < 0.5 else (800, 600)
    ink = placed(digit, shape, (0.35, 0.7), generator)
    # The edge passes through the digit or near by.
    rows, columns = np.nonzero(ink > 0.5)
    through = np.array([generator.uniform(*np.percentile(one, [5, 95])) for one in (rows, columns)])
    edge = _half_plane(shape, through, soft * min(shape), generator.uniform(0, 2 * np.pi))
    lit = light(shape, generator) * (1 - generator.uniform(0.35, 0.6) * edge)
    return Image.fromarray(photographed(ink, generator, lit)), "jpg", _JPEG


def canvas(digit: Digit, generator: np.random.Generator) -> Saved:
    """Black or dark ink on a transparent ground, 200 to 400 pixels a side."""
    side = int(generator.integers(200, 401))
    ink = placed(digit, (side, side), (0.6, 1), generator)
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[..., :3] = generator.integers(0, 90, 3) * generator.integers(2)
    pixels[..., 3] = np.rint(255 * ink)
    return Image.fromarray(pixels), "png", {}


def shadow(digit: Digit, generator: np.random.Generator) -> Saved:
    """A soft shadow that takes 35 to 60 percent of the light, its edge a fifth of the page wide."""
    return _shadowed(digit, generator, 0.2)


def hard_shadow(digit: Digit, generator: np.random.Generator) -> Saved:
    """The same with an edge of half a percent of the page, through the digit."""
    return _shadowed(digit, generator, 0.005)


def _wood(shape: tuple[int, int], generator: np.random.Generator) -> Floats:
    """A desk: boards' streaks along one side, [height, width, 3] in [0, 1]."""
    streaks = ndimage.gaussian_filter(generator.normal(size=shape), (1, 40))
    wide = ndimage.gaussian_filter(generator.normal(size=shape), (12, 120))
    pattern = streaks / streaks.std() * 0.025 + wide / wide.std() * 0.04
    grey = generator.uniform(0.18, 0.45) + pattern
    return np.clip(grey[..., np.newaxis] * np.array([1.15, 0.95, 0.75]), 0.02, 1)


def on_desk(
    ink: Floats, shape: tuple[int, int], generator: np.random.Generator, degrees: float = 12
) -> npt.NDArray[np.uint8]:
    """A sheet with ink on it, turned by up to so many degrees, on a desk larger than it."""
    angle = np.deg2rad(generator.uniform(-degrees, degrees))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array(shape) / 2 + generator.uniform(-0.03, 0.03, 2) * shape
    offset = np.array(ink.shape) / 2 - turn @ centre
    on_page = ndimage.affine_transform(ink, turn, offset, shape, order=1)
    sheet = ndimage.affine_transform(np.ones_like(ink), turn, offset, shape, order=1)
    paper = photographed(on_page, generator, light(shape, generator))
    desk = _wood(shape, generator) * light(shape, generator)[..., np.newaxis]
    # The sheet's own shadow on the desk, to the lower right of it.
    cast = ndimage.shift(ndimage.gaussian_filter(sheet, 4), (5, 5))[..., np.newaxis]
    desk = desk * (1 - 0.4 * cast) + generator.normal(0, 0.02, (*shape, 3))
    mixed = sheet[..., np.newaxis] * paper + (1 - sheet[..., np.newaxis]) * 255 * desk
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def desk(digit: Digit, generator: np.random.Generator) -> Saved:
    """A sheet, 45 to 70 percent of the picture's sides, turned by up to 12 degrees, on a desk."""
    shape = (750, 1000)
    page = tuple(round(side * generator.uniform(0.45, 0.7)) for side in shape)
    ink = np.pad(placed(digit, (page[0] - 20, page[1] - 20), (0.4, 0.8), generator), 10)
    return Image.fromarray(on_desk(ink, shape, generator)), "jpg", _JPEG


def sixteen_bits(digit: Digit, generator: np.random.Generator) -> Saved:
    """The digit itself in a 16-bit PNG: its 8-bit values, or of 12 bits, or of 16."""
    factor = (1, 16, 257)[generator.integers(3)]
    return Image.fromarray(digit.astype(np.uint16) * np.uint16(factor)), "png", {}


def _ordinary(digit: Digit, generator: np.random.Generator, **choices: Any) -> Digit:
    return photographed(placed(digit, (600, 800), (0.35, 0.8), generator), generator, **choices)


def turned(digit: Digit, generator: np.random.Generator) -> Saved:
    """A photograph, stored as one of the eight EXIF orientations says."""
    orientation = int(generator.integers(1, 9))
    note = Image.Exif()
    note[274] = orientation
    stored = _ORIENTATIONS[orientation](_ordinary(digit, generator))
    return Image.fromarray(np.ascontiguousarray(stored)), "jpg", {**_JPEG, "exif": note}


def white(digit: Digit, generator: np.random.Generator) -> Saved:
    """The digit itself, 28 x 28, dark on white."""
    return Image.fromarray(255 - digit), "png", {}


def tiny(digit: Digit, generator: np.random.Generator) -> Saved:
    """The whole picture has 18 to 27 pixels a side, dark on white."""
    side = int(generator.integers(18, 28))
    return Image.fromarray(255 - digit).resize((side, side), Image.Resampling.LANCZOS), "png", {}


def small(digit: Digit, generator: np.random.Generator) -> Saved:
    """A digit whose cell is 6 to 10 percent of the shorter side of 1200 x 1600 pixels."""
    ink = placed(digit, (1200, 1600), (0.06, 0.1), generator)
    return Image.fromarray(photographed(ink, generator)), "jpg", _JPEG


def huge(digit: Digit, generator: np.random.Generator) -> Saved:
    """A photograph of 12 megapixels, 4000 x 3000."""
    picture = Image.fromarray(_ordinary(digit, generator, noise=0.01))
    return picture.resize((4000, 3000), Image.Resampling.BICUBIC), "jpg", _JPEG


def lined(digit: Digit, generator: np.random.Generator) -> Saved:
    """Ruled or squared paper: bluish lines, which take a quarter of the light, under the digit."""
    ink = placed(digit, (600, 800), (0.35, 0.8), generator)
    period, start = int(generator.integers(28, 60)), int(generator.integers(28))
    lines = np.zeros_like(ink)
    lines[start::period] = lines[start + 1 :: period] = 1
    if generator.random() < 0.5:
        lines[:, start::period] = lines[:, start + 1 :: period] = 1
    lit = light((600, 800), generator)
    under = 1 - 0.25 * lines[..., np.newaxis] * np.array([1, 0.7, 0.3])
    seen = photographed(ink, generator, lit) * under
    return Image.fromarray(np.rint(seen).astype(np.uint8)), "jpg", _JPEG


def pencil(digit: Digit, generator: np.random.Generator) -> Saved:
    """Thinner, grainy strokes that take 25 to 45 percent of the light."""
    ink = placed(digit, (600, 800), (0.35, 0.8), generator)
    thin = np.clip(ndimage.gaussian_filter(ink, 4) * 2.5 - 1.2, 0, 1)
    grain = ndimage.gaussian_filter(generator.normal(size=ink.shape), 1.2)
    thin = thin * np.clip(0.85 + 0.25 * grain / grain.std(), 0, 1)
    return Image.fromarray(photographed(thin, generator, takes=(0.25, 0.45))), "jpg", _JPEG


def blurred(digit: Digit, generator: np.random.Generator) -> Saved:
    """Out of focus: a Gaussian of 1.5 to 3.5 percent of the digit's cell."""
    share = generator.uniform(0.4, 0.8)
    ink = placed(digit, (600, 800), (share, share), generator)
    soft = ndimage.gaussian_filter(ink, generator.uniform(0.015, 0.035) * share * 600)
    return Image.fromarray(photographed(soft, generator)), "jpg", _JPEG


def sheet_of(digits: npt.NDArray[np.uint8], generator: np.random.Generator) -> Floats:
    """Ink of thirty digits in five rows of six, each a little off its place: [1000, 1200]."""
    page = np.zeros((1000, 1200))
    for number, digit in enumerate(digits):
        side = int(generator.integers(120, 170))
        row, column = divmod(number, 6)
        top, left = (
            position * 200 + int(generator.integers(0, 200 - side)) for position in (row, column)
        )
        there = page[top : top + side, left : left + side]
        np.maximum(there, drawn(digit, side), out=there)
    return page


def photograph_of_sheet(
    ink: Floats, number: int, generator: np.random.Generator
) -> tuple[str, npt.NDArray[np.uint8]]:
    """How a sheet of digits was photographed, and the photograph: the ways take turns."""
    shape = ink.shape[0], ink.shape[1]
    if number % 3 == 1:
        through = np.array([generator.uniform(0.3, 0.7) * side for side in shape])
        edge = _half_plane(shape, through, 6, generator.uniform(0, 2 * np.pi))
        lit = light(shape, generator) * (1 - 0.5 * edge)
        return "hard shadow", photographed(ink, generator, lit)
    if number % 3 == 2:
        return "on a desk", on_desk(ink, (1400, 1700), generator, degrees=8)
    return "uneven light", photographed(ink, generator)


KINDS: Mapping[str, Callable[[Digit, np.random.Generator], Saved]] = {
    "canvas": canvas,
    "shadow": shadow,
    "hard shadow": hard_shadow,
    "desk": desk,
    "16 bit": sixteen_bits,
    "turned": turned,
    "white": white,
    "tiny": tiny,
    "small": small,
    "huge": huge,
    "lined": lined,
    "pencil": pencil,
    "blurred": blurred,
}
