from __future__ import annotations

import io
import os
import struct
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tfcnn.data import Preparation, pictures, prepare_single
from tfcnn.errors import InputError

COLOURS = np.random.default_rng(0).integers(0, 256, (5, 4, 3), np.uint8)
DRAWING = np.random.default_rng(1).integers(0, 256, (6, 7), np.uint8)


def read_picture(path, shape):
    """What a network of this shape gets of a picture that is only scaled."""
    return prepare_single(path, shape, Preparation())[1].image


def write(path, pixels):
    pixels = np.asarray(pixels, np.uint8)
    Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels).save(path, "PNG")
    return path


def encoded(pixels, kind, **choices):
    """A file as Pillow writes it."""
    file = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(np.asarray(pixels))
    image.save(file, kind, **choices)
    return file.getvalue()


def chunk(name, content):
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png_by_hand(samples, colour_type, extra=b"", depth=16, size=None):
    """A PNG (W3C recommendation, 2003) of samples [height, width, channels], unfiltered."""
    height, width = size or samples.shape[:2]
    rows = b"".join(b"\0" + row.astype(f">u{depth // 8}").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    parts = chunk(b"IHDR", header), extra, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def tiff_by_hand(samples, bits, sample_format=1, photometric=1, more=()):
    """A little-endian TIFF 6.0 of one strip; ``samples`` are the strip's bytes."""
    height, width = samples.shape[:2]
    strip = samples.tobytes()
    entries = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, bits),
        (259, 3, 1),
        (262, 3, photometric),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, height),
        (279, 4, len(strip)),
        (339, 3, sample_format),
        *more,
    ]
    table = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    strip += b"\0" * (len(strip) % 2)
    start = struct.pack("<2sHI", b"II", 42, 8 + len(strip))
    return start + strip + struct.pack("<H", len(entries)) + table + bytes(4)


def shown(content, **choices):
    return pictures.open_picture(content, "x", **choices).pixels


def grey_of(content):
    found = shown(content)
    assert pictures.is_grey(found)
    return found[..., 0]


def test_a_picture_of_the_right_size_is_read_to_the_last_bit(tmp_path):
    path = write(tmp_path / "a.png", COLOURS)
    np.testing.assert_array_equal(read_picture(path, (5, 4, 3)), COLOURS)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "GIF"])
def test_lossless_formats_are_read_to_the_last_bit(kind):
    choices = {"lossless": True} if kind == "WEBP" else {}
    pixels = COLOURS if kind != "GIF" else np.repeat(DRAWING[..., np.newaxis], 3, axis=2)
    image = Image.fromarray(pixels if kind != "GIF" else DRAWING)
    np.testing.assert_array_equal(shown(encoded(image, kind, **choices)), pixels)


@pytest.mark.parametrize("mode", ["L", "1", "P"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "GIF"])
def test_few_colours_and_few_bits_are_what_they_stand_for(kind, mode):
    values = DRAWING if mode != "1" else np.where(DRAWING > 127, 255, 0).astype(np.uint8)
    image = Image.fromarray(values).convert(mode)
    expected = np.repeat(values[..., np.newaxis], 3, axis=2)
    if mode == "P":  # Number n stands for the colour (n, 255 - n, n // 2).
        image = Image.frombytes("P", image.size, values.tobytes())
        image.putpalette(
            np.stack([np.arange(256), 255 - np.arange(256), np.arange(256) // 2], 1)
            .astype(np.uint8)
            .tobytes()
        )
        expected = np.stack([values, 255 - values, values // 2], axis=-1)
    np.testing.assert_array_equal(shown(encoded(image, kind)), expected)


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_inks_of_a_printer_become_colours(kind):
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[:8, :, 3] = 255  # Black above; below cyan, which takes away the red.
    inks[8:, :, 0] = 255
    image = Image.frombytes("CMYK", (16, 16), inks.tobytes())
    found = shown(encoded(image, kind, **({"quality": 100} if kind == "JPEG" else {})))
    np.testing.assert_allclose(found[2, 2].astype(int), [0, 0, 0], atol=3)
    np.testing.assert_allclose(found[12, 2].astype(int), [0, 255, 255], atol=3)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_smooth_jpeg_is_what_was_saved(progressive, channels):
    smooth = np.linspace(0, 255, 16 * 24).reshape(16, 24, 1).astype(np.uint8)
    pixels = smooth[..., 0] if channels == 1 else np.concatenate([smooth, 255 - smooth, smooth], 2)
    content = encoded(pixels, "JPEG", progressive=progressive, quality=98, subsampling=0)
    found = shown(content)
    np.testing.assert_allclose(found[..., 0].astype(int), smooth[..., 0], atol=4)
    assert pictures.is_grey(found) == (channels == 1)


STORED = {  # EXIF orientation -> how the camera stores an upright picture (CIPA DC-008, 4.6.4).
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: np.swapaxes(upright, 0, 1),  # Row 0 is the left side, column 0 the top.
    6: lambda upright: np.rot90(upright, 1),  # Row 0 is the right side.
    7: lambda upright: np.rot90(np.swapaxes(upright, 0, 1), 2),
    8: lambda upright: np.rot90(upright, -1),  # Row 0 is the left side, column 0 the bottom.
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_all_eight_orientations_come_out_upright(kind, orientation):
    upright = np.zeros((48, 32, 3), np.uint8)  # Each corner has a colour of its own.
    upright[:24, :16], upright[:24, 16:] = (255, 0, 0), (0, 255, 0)
    upright[24:, :16], upright[24:, 16:] = (0, 0, 255), (255, 255, 255)
    note = Image.Exif()
    note[274] = orientation
    choices = {"WEBP": {"lossless": True}, "JPEG": {"quality": 98, "subsampling": 0}}.get(kind, {})
    stored = np.ascontiguousarray(STORED[orientation](upright))
    found = shown(encoded(stored, kind, exif=note, **choices))
    assert found.shape == upright.shape
    error = np.abs(found.astype(int) - upright)
    assert error.max() == 0 if kind != "JPEG" else np.median(error) <= 2


def test_a_damaged_orientation_does_no_harm_to_the_pixels():
    content = encoded(COLOURS, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    np.testing.assert_array_equal(shown(content), shown(encoded(COLOURS, "JPEG")))


@pytest.mark.parametrize(("ink", "ground"), [(0, 255), (60, 255), (255, 0), (200, 0)])
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_a_drawing_without_ground_gets_the_one_that_shows_it(kind, ink, ground):
    opacity = np.where(DRAWING > 128, DRAWING, 0).astype(np.uint8)
    image = Image.fromarray(np.stack([np.full_like(DRAWING, ink)] * 3 + [opacity], axis=-1))
    choices = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    expected = (ink * (opacity / 255) + ground * (1 - opacity / 255)).round()
    np.testing.assert_array_equal(grey_of(encoded(image, kind, **choices)), expected)


def test_grey_with_opacity_is_laid_over_white_too():
    pixels = np.stack([np.zeros_like(DRAWING), DRAWING // 2], axis=-1)
    content = encoded(Image.fromarray(pixels, "LA"), "PNG")
    np.testing.assert_array_equal(grey_of(content), 255 - DRAWING // 2)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_palette_s_transparent_colour_is_ground(kind):
    image = Image.frombytes("P", (2, 2), bytes([0, 1, 1, 1]))
    image.putpalette([10, 10, 10, 90, 90, 90])
    content = encoded(image, kind, transparency=1)
    np.testing.assert_array_equal(grey_of(content), [[10, 255], [255, 255]])


def test_an_opaque_picture_with_opacity_is_unchanged_and_so_is_one_that_is_nowhere_opaque():
    for opacity in (255, 0):
        pixels = np.concatenate([COLOURS, np.full((5, 4, 1), opacity, np.uint8)], axis=2)
        np.testing.assert_array_equal(shown(encoded(pixels, "PNG")), COLOURS)


def test_a_sheet_that_was_cut_out_lies_on_more_of_its_paper():
    pixels = np.full((20, 20, 4), 255, np.uint8)
    pixels[8:12, 4:16, :3] = 0
    pixels[:3, :, 3] = 0
    found = grey_of(encoded(pixels, "PNG"))
    assert found[0, 0] == 255 and found[10, 10] == 0


@pytest.mark.parametrize("colour_type", [0, 2, 4, 6])
@pytest.mark.parametrize(
    ("factor", "held"), [(1, "holds 8"), (16, "holds 12"), (257, None), (256, None)]
)
def test_deep_png_holds_what_it_held_in_eight_bits(colour_type, factor, held):
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour_type]
    values = np.random.default_rng(2).integers(0, 256, (6, 7, channels))
    values[0, 0] = 255
    if channels in (2, 4):
        values[..., -1] = 255
    found = pictures.open_picture(png_by_hand(values * factor, colour_type), "x")
    colours = values[..., :3] if channels > 2 else np.repeat(values[..., :1], 3, axis=2)
    np.testing.assert_array_equal(found.pixels, colours)
    assert ("".join(found.notes).find(held) > 0) if held else found.notes == ()


def test_a_black_deep_png_is_black():
    found = pictures.open_picture(png_by_hand(np.zeros((3, 3, 1), int), 0), "x")
    assert found.pixels.max() == 0 and found.notes == ()


def test_a_deep_png_s_transparent_grey_is_ground():
    values = np.array([[[0], [40_000]], [[40_000], [40_000]]])
    content = png_by_hand(values, 0, extra=chunk(b"tRNS", struct.pack(">H", 40_000)))
    np.testing.assert_array_equal(grey_of(content), [[0, 255], [255, 255]])


def test_twelve_bits_that_a_tiff_declares_are_scaled_by_them():
    values = np.array([[0, 4095, 2048, 1000]])
    pairs = values.reshape(-1, 2)  # Two samples in three bytes, the high bits first.
    packed = np.stack(
        [pairs[:, 0] >> 4, (pairs[:, 0] & 15) << 4 | pairs[:, 1] >> 8, pairs[:, 1] & 255], axis=1
    )
    content = bytearray(tiff_by_hand(packed.astype(np.uint8).reshape(1, 6), 12))
    content = bytes(content).replace(
        struct.pack("<HHII", 256, 4, 1, 6), struct.pack("<HHII", 256, 4, 1, 4)
    )
    found = pictures.open_picture(content, "x")
    np.testing.assert_array_equal(found.pixels[..., 0], [[0, 255, 128, 62]])
    assert found.notes == ()


@pytest.mark.parametrize(
    ("values", "bits", "sample_format", "more", "expected", "word"),
    [
        (np.uint16([[0, 65535, 32768]]), 16, 1, (), [0, 255, 128], ""),
        (np.uint16([[0, 255, 77]]), 16, 1, (), [0, 255, 77], "holds 8"),
        (np.uint16([[0, 1023, 512]]), 16, 1, [(281, 3, 1023)], [0, 255, 128], ""),
        (np.int16([[-100, 0, 100]]), 16, 2, (), [0, 128, 255], "below 0"),
        (np.int32([[0, 255, 9]]), 32, 2, (), [0, 255, 9], "holds 8"),
        (np.float32([[0, 1, 0.5]]), 32, 3, (), [0, 255, 128], ""),
        (np.float32([[0, 255, 30]]), 32, 3, (), [0, 255, 30], "up to 255"),
        (np.float32([[-2, 2, 0]]), 32, 3, (), [0, 255, 128], "beyond"),
        (np.float32([[np.nan, 1, 0.2]]), 32, 3, (), [0, 255, 51], ""),
    ],
)
def test_numbers_of_a_tiff_become_levels(values, bits, sample_format, more, expected, word):
    content = tiff_by_hand(values, bits, sample_format, more=more)
    found = pictures.open_picture(content, "x")
    np.testing.assert_array_equal(found.pixels[0, :, 0], expected)
    assert word in "".join(found.notes) and bool(word) == bool(found.notes)


def test_a_deep_tiff_whose_white_is_zero_is_inverted():
    content = tiff_by_hand(np.uint16([[0, 65535]]), 16, photometric=0)
    np.testing.assert_array_equal(shown(content)[0, :, 0], [255, 0])


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "WEBP", "PNG"])
def test_of_several_frames_the_first_is_read_with_a_word(kind):
    first, second = (Image.fromarray(np.full((8, 8, 3), one, np.uint8)) for one in (0, 255))
    choices = {"lossless": True} if kind == "WEBP" else {}
    content = encoded(first, kind, save_all=True, append_images=[second], **choices)
    found = pictures.open_picture(content, "x")
    assert found.pixels.max() == 0
    assert found.notes == ("has 2 frames: the first one is read",)


def with_scans(jpeg, more):
    """The file with ``more`` copies of its last scan's header, whose length follows the marker."""
    start = jpeg.rindex(b"\xff\xda")
    end = start + 2 + int.from_bytes(jpeg[start + 2 : start + 4], "big")
    return jpeg[:-2] + jpeg[start:end] * more + jpeg[-2:]


def test_what_is_no_header_of_a_scan_is_not_counted_as_one():
    jpeg = encoded(COLOURS, "JPEG", progressive=True)
    assert 2 <= jpeg.count(b"\xff\xda\x00") <= 10
    film = b"\xff\xda\x00\x0c\x02" + b"\xff\xda" * 99  # Behind the end of a motion photo.
    np.testing.assert_array_equal(shown(jpeg + film), shown(jpeg))
    with pytest.raises(InputError, match=r"^x: expected a JPEG of at most 64 scans, found 7[0-9]$"):
        shown(with_scans(jpeg, 68))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_large_one_is_halved_as_often_as_it_stays_long(kind):
    pixels = np.kron(np.array([[20, 200], [90, 250]], np.uint8), np.ones((160, 100), np.uint8))
    found = pictures.open_picture(encoded(pixels, kind), "x", longest=40)
    assert found.reduction == 8
    assert found.pixels.shape == (40, 25, 3)
    assert np.abs(found.pixels[5::30, 4::16, 0].astype(int) - [[20, 200], [90, 250]]).max() <= 3
    assert pictures.open_picture(encoded(pixels, kind), "x", longest=161).reduction == 1


def test_a_reduced_photograph_is_turned_too():
    note = Image.Exif()
    note[274] = 6
    content = encoded(np.zeros((64, 128), np.uint8), "JPEG", exif=note)
    assert shown(content, longest=64).shape == (64, 32, 3)


def test_fifty_megapixels_of_a_phone_take_little_memory(little_memory):
    large = Image.linear_gradient("L").resize((8192, 6144)).convert("RGB")
    content = encoded(large, "JPEG", quality=60)
    with little_memory(64 * 2**20):
        found = pictures.open_picture(content, "x", longest=1200)
    assert (found.reduction, found.pixels.shape) == (4, (1536, 2048, 3))
    down = found.pixels[:, 1000, 0].astype(int)
    np.testing.assert_allclose(down, np.linspace(0, 255, 1536), atol=4)


def test_grey_is_luma():
    expected = np.asarray(Image.fromarray(COLOURS).convert("L"), int)  # Pillow's is BT.601 too.
    np.testing.assert_allclose(pictures.to_grey(COLOURS)[..., 0].astype(int), expected, atol=1)


def test_a_larger_one_is_averaged(tmp_path):
    pixels = np.kron([[10, 200], [90, 250]], np.ones((8, 8)))[..., np.newaxis]
    found = read_picture(write(tmp_path / "a.png", pixels), (4, 4, 1))
    assert found.shape == (4, 4, 1)
    assert found[[0, 0, 3, 3], [0, 3, 0, 3], 0].tolist() == [10, 200, 90, 250]


def test_colour_becomes_grey_where_the_network_sees_grey(tmp_path):
    found = read_picture(write(tmp_path / "a.png", np.full((3, 3, 3), 77)), (3, 3, 1))
    assert found[..., 0].tolist() == [[77] * 3] * 3


def test_what_is_no_picture_is_refused_in_one_line(tmp_path):
    whole = write(tmp_path / "whole.png", np.zeros((9, 9, 1))).read_bytes()
    jpeg = encoded(np.zeros((9, 9), np.uint8), "JPEG")
    nine = np.zeros((9, 9, 1), np.uint8)
    os.mkfifo(tmp_path / "pipe")
    for name, content, found in (
        ("text", b"digit", "another format"),
        ("cut", whole[:40], "a damaged one"),
        ("long", png_by_hand(nine, 0, depth=8, size=(9, 2**15)), "32768 x 9"),
        ("bomb", png_by_hand(nine, 0, depth=8, size=(2**13, 2**14)), "16384 x 8192"),
        ("large bomb", png_by_hand(nine, 0, depth=8, size=(2**30, 2**30)), "several times as many"),
        ("empty", b"", "another format"),
        ("cut.jpg", jpeg[:-20], "a damaged one"),
        ("cut.gif", encoded(DRAWING, "GIF")[:-20], "a damaged one"),
        ("cut.tiff", encoded(DRAWING, "TIFF")[:-20], "a damaged one"),
        ("cut.webp", encoded(COLOURS, "WEBP")[:-20], "a damaged one"),
        ("photo.heic", b"\0\0\0\x18ftypheic" + bytes(99), "another format .HEIC."),
        ("paper.pdf", b"%PDF-1.7", "another format .PDF."),
        ("grey.jpg", with_scans(jpeg, 99), "100"),
        ("colours.jpg", with_scans(encoded(COLOURS, "JPEG"), 64), "65"),
        ("large", whole + bytes(pictures.MOST_BYTES), "more"),
        ("pipe", None, "something else"),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=f"^image: .*{name}: expected .*{found}$"):
            read_picture(tmp_path / name, (9, 9, 1))
    with pytest.raises(InputError, match=r"nowhere: expected .* found no such file"):
        read_picture(tmp_path / "nowhere", (9, 9, 1))
    with pytest.raises(InputError, match="1 or 3 channels, found 2"):
        read_picture(tmp_path / "whole.png", (9, 9, 2))


def made_files():
    tiled = np.tile(COLOURS, (4, 4, 1))
    note = Image.Exif()
    note[274] = 6
    transparent = np.concatenate([tiled, tiled[..., :1]], axis=2)
    palette = Image.fromarray(tiled).convert("P")
    return [
        *(encoded(tiled, kind, exif=note) for kind in ("PNG", "JPEG", "WEBP", "TIFF")),
        encoded(tiled, "JPEG", progressive=True),
        encoded(tiled, "TIFF", compression="tiff_lzw"),
        encoded(tiled, "BMP"),
        encoded(transparent, "PNG"),
        encoded(transparent, "WEBP", lossless=True),
        encoded(palette, "GIF", save_all=True, append_images=[Image.fromarray(255 - tiled)]),
        png_by_hand(tiled[..., :2].astype(int), 4),
        png_by_hand(tiled.astype(int), 2),
        tiff_by_hand(tiled[..., 0].astype(np.float32), 32, 3),
    ]


FILES = made_files()


@pytest.mark.fuzz
@given(st.sampled_from(FILES), st.sampled_from([None, 4]), st.data())
def test_wrong_bytes_are_refused_in_one_line_or_harmless(little_memory, whole, longest, data):
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    with little_memory(), warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = pictures.open_picture(bytes(content), "the file", longest)
        except InputError as error:
            assert str(error).startswith("the file: ")
            assert len(str(error).splitlines()) == 1
        else:
            assert found.pixels.ndim == 3 and found.pixels.shape[2] == 3
            assert found.pixels.dtype == np.uint8


@pytest.mark.fuzz
@given(st.sampled_from(FILES), st.data())
def test_a_file_cut_short_is_refused_or_harmless(whole, data):
    content = whole[: data.draw(st.integers(0, len(whole)))]
    try:
        found = pictures.open_picture(content, "the file")
    except InputError as error:
        assert str(error).startswith("the file: ") and "\n" not in str(error)
    else:
        assert found.pixels.shape[2] == 3
