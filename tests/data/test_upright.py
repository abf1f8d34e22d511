"""Pictures come upright, and damaged metadata costs none of them."""

from __future__ import annotations

import io
import random
import struct

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from gan_cli.data.folder import Folder
from gan_cli.data.image.images import Decoder, size_of
from gan_cli.data.image.upright import orientation_in

ORIENTATION = ExifTags.Base.Orientation
UNDONE = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""What a camera does that writes such a tag."""


def scene():
    """Red above blue, with a white corner at the upper left; 32 wide, 48 high."""
    pixels = np.zeros((48, 32, 3), np.uint8)
    pixels[:24], pixels[24:] = (200, 40, 40), (40, 40, 200)
    pixels[:12, :8] = 255
    return Image.fromarray(pixels)


def as_taken(orientation):
    image = scene()
    return image if UNDONE[orientation] is None else image.transpose(UNDONE[orientation])


def camera(orientation=6):
    """EXIF as a camera writes it."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model], exif[ExifTags.Base.XResolution] = "Maker", "Model", 72.0
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExposureTime] = 0.01
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.MakerNote] = bytes(80)
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (1.0, 2.0, 3.0)
    return exif.tobytes()


def is_upright(path):
    image = Decoder(3, (48, 32)).decode(path)
    seen = [image[:, row, column].tolist() for row, column in ((4, 4), (4, 28), (40, 4))]
    return all(abs(a - b) < 40 for a, b in zip(sum(seen, []), [255, 255, 255, 200, 40, 40, 40, 40, 200], strict=True))


@pytest.mark.parametrize("orientation", UNDONE)
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_every_way_to_hold_a_camera(tmp_path, suffix, orientation):
    path = tmp_path / f"one.{suffix}"
    options = {"quality": 95} if suffix == "jpg" else {"lossless": True} if suffix == "webp" else {}
    as_taken(orientation).save(path, exif=camera(orientation), **options)
    assert is_upright(path)
    assert size_of(path) == (48, 32)


def test_orientation_in_xmp(tmp_path):
    said = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    as_taken(6).save(tmp_path / "one.jpg", quality=95, xmp=said)
    assert is_upright(tmp_path / "one.jpg")


def profile():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def jpeg():
    """A photograph with all kinds of metadata, and where these stand in it."""
    buffer = io.BytesIO()
    said = {"exif": camera(), "icc_profile": profile(), "xmp": b"<x:xmpmeta/>", "comment": b"hello"}
    as_taken(6).save(buffer, "JPEG", quality=95, dpi=(72, 72), **said)
    data, places, place = buffer.getvalue(), [], 2
    while data[place + 1] != 0xDA:
        length = struct.unpack_from(">H", data, place + 2)[0]
        if 0xE1 <= data[place + 1] <= 0xEF or data[place + 1] == 0xFE:
            places += range(place + 4, place + 2 + length)
        place += 2 + length
    return data, places


def png():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("packed", "c" * 100, zip=True)
    texts.add_itxt("key", "value")
    buffer = io.BytesIO()
    as_taken(6).save(buffer, "PNG", exif=camera(), icc_profile=profile(), pnginfo=texts, dpi=(72, 72))
    data, places, place = buffer.getvalue(), [], 8
    while place < len(data):
        length = struct.unpack_from(">I", data, place)[0]
        if data[place + 4 : place + 8] not in (b"IHDR", b"IDAT", b"IEND"):
            places += range(place + 8, place + 12 + length)
        place += 12 + length
    return data, places


def webp():
    buffer = io.BytesIO()
    as_taken(6).save(buffer, "WEBP", lossless=True, exif=camera(), icc_profile=profile())
    data = buffer.getvalue()
    start = data.find(b"EXIF")
    return data, list(range(start + 8, start + 8 + struct.unpack_from("<I", data, start + 4)[0]))


def directory(data):
    """Where the tag that tells how a picture lies stands, with what leads to it."""
    start = data.find(b"MM\0*")
    return set(range(start - 6, start + 10 + 12 * 6))


@pytest.mark.parametrize(("suffix", "whole"), [("jpg", jpeg), ("png", png), ("webp", webp)])
def test_damaged_metadata_cost_no_picture(tmp_path, suffix, whole):
    data, places = whole()
    chance, path = random.Random(0), tmp_path / f"one.{suffix}"
    others = [place for place in places if place not in directory(data)]
    for number in range(60):
        damaged = bytearray(data)
        for place in chance.sample(others if number % 2 else places, 1 + number // 3):
            damaged[place] = chance.randrange(256)
        path.write_bytes(damaged)
        assert Decoder(3, (48, 32)).decode(path).shape == (3, 48, 32), number
        assert number % 2 == 0 or is_upright(path), number


def test_a_folder_with_damaged_metadata_is_read_whole(tmp_path, caplog):
    data, places = jpeg()
    for number in range(6):
        damaged = bytearray(data)
        damaged[places[6 + number] : places[6 + number] + 40] = bytes(range(200, 240))
        (tmp_path / f"{number}.jpg").write_bytes(damaged)
    split = Folder(root=str(tmp_path), size=16, holdout=0.0).load()
    assert len(split.train) == 6 and "cannot be read" not in caplog.text


@pytest.mark.parametrize(
    "exif", [b"", b"II*\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"XX" * 20]
)
def test_shattered_exif_says_nothing(exif):
    assert orientation_in(exif) is None


def test_each_entry_is_read_by_itself():
    broken = struct.pack(">HHII", 0x010F, 99, 2**32 - 1, 2**32 - 1)
    exif = b"MM\0*" + struct.pack(">IH", 8, 2) + broken + struct.pack(">HHIHH", ORIENTATION, 3, 1, 6, 0)
    assert orientation_in(exif) == 6


def test_a_tiff_with_a_broken_link_in_its_tags(tmp_path):
    buffer = io.BytesIO()
    as_taken(6).save(buffer, "TIFF", exif=camera())
    data = bytearray(buffer.getvalue())
    place = data.find(struct.pack("<HHI", ExifTags.IFD.Exif, 4, 1))
    assert place > 0
    data[place + 8 : place + 12] = struct.pack("<I", len(data) - 3)
    (tmp_path / "one.tif").write_bytes(data)
    assert is_upright(tmp_path / "one.tif")
