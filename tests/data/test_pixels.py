"""Image files as the numbers they hold: depth, sign, scale, palette, transparency; and what cannot be told."""

from __future__ import annotations

import logging
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from gan_cli.data.folder import Folder
from gan_cli.data.image.pixels import scale_of
from gan_cli.errors import UserError

RAMP = np.linspace(0, 1, 16).reshape(4, 4)
"""Sixteen grays from black to white."""

LEVELS = (RAMP * 255).round()


def load(root, **settings):
    return Folder(root=str(root), **{"size": 4, "holdout": 0.0, **settings}).load().train.samples


def off_by(samples, wanted=LEVELS):
    """The largest error in levels of 255."""
    return abs(samples.double().numpy() - wanted).max()


def write_tiff(path, pixels, *, bits, form, photometric=1):
    """An uncompressed gray TIFF, little-endian, with the given sample format (1 unsigned, 2 signed, 3 float)."""
    data = pixels.tobytes()
    height, width = pixels.shape
    tags = [(256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, 1), (262, 3, photometric), (273, 4, 8)]
    tags += [(277, 3, 1), (278, 4, height), (279, 4, len(data)), (339, 3, form)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    path.write_bytes(
        struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + bytes(4)
    )


def write_png(path, pixels, *, kind, ancillary=b""):
    """A 16-bit PNG of colour type 0 (gray), 2 (RGB) or 6 (RGBA)."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    body = chunk(b"IHDR", header) + ancillary + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


WHOLE = {
    "10 bits": lambda path: write_tiff(path, (RAMP * 1023).astype("<u2"), bits=16, form=1),
    "12 bits": lambda path: write_tiff(path, (RAMP * 4095).astype("<u2"), bits=16, form=1),
    "16 bits": lambda path: write_tiff(path, (RAMP * 65535).astype("<u2"), bits=16, form=1),
    "8 bits in 16": lambda path: write_tiff(path, LEVELS.astype("<u2"), bits=16, form=1),
    "16 bits, white is zero": lambda path: write_tiff(
        path, ((1 - RAMP) * 65535).astype("<u2"), bits=16, form=1, photometric=0
    ),
    "signed 8 bits": lambda path: write_tiff(path, (LEVELS - 128).astype("i1"), bits=8, form=2),
    "signed 16 bits": lambda path: write_tiff(path, (RAMP * 4000 - 1000).astype("<i2"), bits=16, form=2),
    "32 bits": lambda path: write_tiff(path, (RAMP * 2**32 * 0.999).astype("<u4"), bits=32, form=1),
    "signed 32 bits": lambda path: write_tiff(path, (RAMP * 10**6 - 500).astype("<i4"), bits=32, form=2),
    "an offset": lambda path: write_tiff(path, (RAMP * 1000 + 32768).astype("<u2"), bits=16, form=1),
    "a mask": lambda path: Image.fromarray((RAMP > 0.5).astype(np.uint8)).save(path, "PNG"),
    "a mask in 16 bits": lambda path: write_tiff(path, (RAMP > 0.5).astype("<u2"), bits=16, form=1),
    "one bit": lambda path: Image.fromarray(RAMP > 0.5).save(path, "PNG"),
    "12 bits in a PNG": lambda path: write_png(path, (RAMP * 4095).round(), kind=0),
    "PGM of 12 bits": lambda path: path.write_bytes(b"P5 4 4 4095\n" + (RAMP * 4095).round().astype(">u2").tobytes()),
    "floats to 1": lambda path: Image.fromarray(RAMP.astype(np.float32)).save(path, "TIFF"),
    "floats around 0": lambda path: Image.fromarray((2 * RAMP - 1).astype(np.float32)).save(path, "TIFF"),
    "floats to 255": lambda path: Image.fromarray(LEVELS.astype(np.float32)).save(path, "TIFF"),
    "floats of their own": lambda path: Image.fromarray((RAMP * 60 + 250).astype(np.float32)).save(path, "TIFF"),
    "PFM": lambda path: path.write_bytes(b"Pf\n4 4\n-1.0\n" + RAMP[::-1].astype("<f4").tobytes()),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_gray_files_are_read_from_black_to_white(tmp_path, kind):
    suffix = ".pfm" if kind == "PFM" else ".pgm" if kind.startswith("PGM") else ".tif"
    WHOLE[kind](tmp_path / f"one{suffix}")
    binary = "mask" in kind or "one bit" in kind
    assert off_by(load(tmp_path), 255 * (RAMP > 0.5) if binary else LEVELS) <= 1


def test_the_scale_is_that_of_the_set_not_of_the_file(tmp_path, caplog):
    write_tiff(tmp_path / "bright.tif", (RAMP * 4095).astype("<u2"), bits=16, form=1)
    write_tiff(tmp_path / "dark.tif", (RAMP * 300).astype("<u2"), bits=16, form=1)
    with caplog.at_level(logging.INFO):
        bright, dark = load(tmp_path)
    assert off_by(bright) <= 1 and off_by(dark, RAMP * 300 / 4095 * 255) <= 1
    assert "whole numbers from 0 to 4095 are read as 0 (black) to 4095 (white)" in caplog.text


@pytest.mark.parametrize("top", [4095, 65535])
@pytest.mark.parametrize("kind", [2, 6])
def test_colour_of_sixteen_bits(tmp_path, top, kind):
    pixels = np.stack([RAMP, RAMP[::-1], RAMP * 0 + 0.5], axis=-1) * top
    if kind == 6:
        pixels = np.concatenate([pixels, np.full((4, 4, 1), 65535)], axis=-1)
    write_png(tmp_path / "deep.png", pixels.round(), kind=kind)
    red, green, blue = load(tmp_path)[0]
    assert off_by(red) <= 1 and off_by(green, LEVELS[::-1]) <= 1 and off_by(blue, 127.5) <= 1


def test_colour_of_sixteen_bits_in_a_tiff(tmp_path):
    """Pillow writes none, so the header is ours."""
    pixels = (np.stack([RAMP, RAMP[::-1], RAMP * 0], axis=-1) * 1023).round().astype("<u2")
    data = pixels.tobytes()
    tags = [(256, 4, 1, 4), (257, 4, 1, 4), (258, 3, 3, 8 + len(data)), (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, 8)]
    tags += [(277, 3, 1, 3), (278, 4, 1, 4), (279, 4, 1, len(data))]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    place = 8 + len(data) + 6
    head = struct.pack("<2sHI", b"II", 42, place)
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    (tmp_path / "deep.tif").write_bytes(head + data + struct.pack("<3H", 16, 16, 16) + directory)
    red, green, blue = load(tmp_path)[0]
    assert off_by(red) <= 1 and off_by(green, LEVELS[::-1]) <= 1 and blue.max() == 0


def test_a_picture_among_masks_stays_a_picture(tmp_path):
    for number in range(130):
        pixels = LEVELS if number == 1 else (RAMP > 0.5) * (number % 3 == 0)
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"{number:03}.png")
    samples = load(tmp_path)
    assert off_by(samples[0], 255 * (RAMP > 0.5)) == 0 and off_by(samples[1]) == 0 and samples[2].max() == 0


def test_numbers_that_are_not_finite_are_left_out_and_named(tmp_path, caplog):
    for name, bad in (("good", 0.5), ("bad", np.nan), ("worse", np.inf)):
        pixels = RAMP.astype(np.float32)
        pixels[0, 0] = bad
        Image.fromarray(pixels).save(tmp_path / f"{name}.tif")
    assert len(load(tmp_path)) == 1
    assert "skipped 2 of 3 images that cannot be read: bad.tif, worse.tif" in caplog.text


@pytest.mark.parametrize(
    ("family", "low", "high", "meant"),
    [
        ("whole", 0, 1, (0, 1)),
        ("whole", 3, 200, (0, 255)),
        ("whole", 0, 256, (0, 1023)),
        ("whole", 0, 4096, (0, 16383)),
        ("whole", 30000, 31000, (30000, 31000)),
        ("whole", -1024, 3071, (-1024, 3071)),
        ("whole", 0, 10**6, (0, 10**6)),
        ("whole", 7, 7, (0, 255)),
        ("real", 0.1, 0.9, (0, 1)),
        ("real", -1.0005, 1, (-1, 1)),
        ("real", 0, 255, (0, 255)),
        ("real", 0, 3000, (0, 3000)),
        ("real", 0, 1e-4, (0, 1e-4)),
        ("plain", 0, 1, (0, 1)),
        ("plain", 0, 2, (0, 255)),
        ("plain", 0, 0, (0, 255)),
    ],
)
def test_what_a_span_of_numbers_means(family, low, high, meant):
    assert scale_of(family, low, high) == meant


def transparent(path, mode):
    """The left half opaque red (or dark), the right half clear."""
    colour, clear = ((200, 0, 0, 255), (200, 0, 0, 0)) if mode == "RGBA" else ((50, 255), (50, 0))
    image = Image.new(mode, (8, 8), colour)
    image.paste(clear, (4, 0, 8, 8))
    image.save(path)


@pytest.mark.parametrize(("ground", "level"), [("white", 255), ("black", 0)])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_pixels_are_laid_on_the_ground(tmp_path, caplog, mode, ground, level):
    transparent(tmp_path / "half.png", mode)
    with caplog.at_level(logging.INFO):
        (image,) = load(tmp_path, size=8, ground=ground, channels=3)
    assert image[:, 0, -1].tolist() == [level] * 3
    assert image[:, 0, 0].tolist() == ([200, 0, 0] if mode == "RGBA" else [50] * 3)
    assert f"1 image with transparent pixels, on {ground}" in caplog.text


def test_a_transparent_gray_of_sixteen_bits(tmp_path):
    hole = struct.pack(">I", 2) + b"tRNS" + struct.pack(">H", 0)
    hole += struct.pack(">I", zlib.crc32(hole[4:]))
    write_png(tmp_path / "hole.png", (RAMP * 65535).round(), kind=0, ancillary=hole)
    (image,) = load(tmp_path)
    assert image[0, 0, 0] == 255 and off_by(image[0, 1:], LEVELS[1:]) <= 1


def test_inks_lab_and_palettes(tmp_path):
    red = Image.new("RGB", (8, 8), (200, 30, 30))
    red.convert("CMYK").save(tmp_path / "a.tif")
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    ImageCms.applyTransform(red, to_lab).save(tmp_path / "b.tif")
    red.quantize(4).save(tmp_path / "c.png")
    red.convert("YCbCr").save(tmp_path / "d.tif")
    Image.new("RGB", (8, 8), "blue").save(tmp_path / "e.png")
    for image in load(tmp_path, size=8)[:4]:
        assert off_by(image[:, 0, 0], [200, 30, 30]) <= 3
    gray = load(tmp_path, size=8, channels=1)
    assert off_by(gray[:4, 0, 0, 0], [80.8] * 4) <= 3  # 0.299 * 200 + 0.701 * 30


def test_a_set_of_one_value_is_refused_with_the_reason(tmp_path):
    for name in range(3):
        Image.fromarray(np.full((8, 8), name, np.uint8)).save(tmp_path / f"{name}.png")
    with pytest.raises(UserError) as error:
        load(tmp_path)
    assert (
        "all images come out as (nearly) one value, 0 to 2 of 255.\nTheir files hold 8-bit numbers from 0 to 2"
        in str(error.value)
    )
    assert len(str(error.value).splitlines()) <= 3


def test_white_drawings_on_nothing_are_refused_with_the_ground_that_shows_them(tmp_path):
    image = Image.new("RGBA", (8, 8), (255, 255, 255, 0))
    image.paste((255, 255, 255, 255), (2, 2, 6, 6))
    image.save(tmp_path / "drawing.png")
    with pytest.raises(UserError, match=r"1 image with transparent pixels .* on white[^$]*Try data.ground=black"):
        load(tmp_path, size=8)
    assert load(tmp_path, size=8, ground="black").unique().tolist() == [0, 255]
