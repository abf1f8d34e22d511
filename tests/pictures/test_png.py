"""Pictures as PNG files: what a file holds, and that a picture with several receivers is encoded once."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from gan_cli.marks import COMPOSITE, KEY, SAMPLE
from gan_cli.pictures import png


def drawn(value: int) -> png.Picture:
    picture = np.zeros((5, 4, 3), dtype=np.uint8)
    picture[2:] = (value, 7, 9)
    return picture


def opened(content: bytes) -> tuple[png.Picture, str]:
    image = Image.open(io.BytesIO(content))
    return np.asarray(image), image.info[KEY]


def test_a_file_holds_the_picture_and_its_mark() -> None:
    picture = drawn(3)
    for mark in (COMPOSITE, SAMPLE, COMPOSITE):
        pixels, found = opened(png.encode_png(picture, mark))
        assert np.array_equal(pixels, picture) and found == mark


def test_a_picture_is_encoded_once_and_the_next_one_anew(monkeypatch) -> None:
    encoded = []
    real = png._encode
    monkeypatch.setattr(png, "_encode", lambda picture, mark: encoded.append(mark) or real(picture, mark))
    first = drawn(1)
    assert png.encode_png(first) is png.encode_png(first) and len(encoded) == 1
    for value in range(2, 6):  # freed pictures leave their addresses to new ones
        pixels, _ = opened(png.encode_png(drawn(value)))
        assert pixels[3, 0].tolist() == [value, 7, 9]
    assert len(encoded) == 5
