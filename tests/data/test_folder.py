import logging

import numpy as np
import pytest
import torch
from PIL import Image

from gan_cli.data import folder as folder_module
from gan_cli.data.feed import open_feed
from gan_cli.data.folder import Folder
from gan_cli.data.image.files import BrokenFiles, ImageFiles
from gan_cli.data.image.images import Decoder
from gan_cli.data.own.folder_scan import list_images
from gan_cli.errors import SettingError, UserError
from gan_cli.spec import SampleSpec

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def paint(path, colour=RED, size=(20, 20), mode="RGB", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)


def source(root, **settings):
    return Folder(root=str(root), **{"size": 8, "holdout": 0.0, **settings})


def test_any_sizes_and_formats_become_squares(tmp_path):
    for at, suffix in enumerate(["jpg", "png", "webp", "bmp", "gif", "tiff", "JPEG"]):
        paint(tmp_path / f"{at}.{suffix}", (255, 30 * at, 0), size=(10 + 7 * at, 50 - 5 * at))
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / ".hidden.png").write_text("no image")
    photos = source(tmp_path)
    photos.prepare()
    table = photos.load().train
    assert photos.spec.shape == (3, 8, 8) and photos.spec.num_classes is None
    assert table.samples.shape == (7, 3, 8, 8) and table.labels is None
    assert (table.samples.float().mean((0, 2, 3)) - torch.tensor([255.0, 90, 0])).abs().max() < 3


def test_the_short_side_is_resized_and_the_centre_kept(tmp_path):
    stripes = np.zeros((16, 64, 3), np.uint8)
    stripes[:, 24:40] = GREEN  # the central square of a wide image
    Image.fromarray(stripes).save(tmp_path / "wide.png")
    Image.fromarray(stripes.transpose(1, 0, 2)).save(tmp_path / "high.png")
    table = source(tmp_path).load().train
    inside = table.samples[:, :, 1:-1, 1:-1]  # the outermost pixels also see what was cropped: the resize came first
    assert inside[:, 1].unique().tolist() == [255] and table.samples[:, 0].unique().tolist() == [0]


def test_photographs_are_turned_upright(tmp_path):
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[:8] = 255  # white above
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise: the upper half comes to the right
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    image = source(tmp_path, channels=1).load().train.samples[0, 0]
    assert image[:, -1].tolist() == [255] * 8 and image[:, 0].tolist() == [0] * 8


def test_transparent_images_are_laid_on_white(tmp_path):
    paint(tmp_path / "a.png", (255, 0, 0, 0), mode="RGBA")
    paint(tmp_path / "b.png", (0, 0, 255, 255), mode="RGBA")
    palette = Image.new("P", (20, 20), 1)
    palette.putpalette([0, 0, 255, 255, 0, 0])
    palette.save(tmp_path / "c.png", transparency=1)
    table = source(tmp_path).load().train
    assert [sample[:, 4, 4].tolist() for sample in table.samples] == [[255] * 3, [0, 0, 255], [255] * 3]


def test_channels_follow_the_images_unless_told(tmp_path):
    paint(tmp_path / "a.png", 90, mode="L")
    paint(tmp_path / "b.png", (140, 140, 140))  # gray in the clothes of colour
    assert source(tmp_path).spec.shape == (1, 8, 8)
    assert source(tmp_path).load().train.samples.unique().tolist() == [90, 140]
    assert source(tmp_path, channels=3).load().train.samples.shape == (2, 3, 8, 8)
    paint(tmp_path / "c.png", RED)
    assert source(tmp_path).spec.shape == (3, 8, 8)
    assert source(tmp_path, channels=1).load().train.samples[2].unique().tolist() == [76]  # 0.299 * 255


def test_class_folders_in_alphabetical_order(tmp_path):
    for name, colour in (("dog", RED), ("cat", GREEN), ("emu", BLUE)):
        for number in range(2):
            paint(tmp_path / name / "deeper" / f"{number}.png", colour)
    photos = source(tmp_path)
    table = photos.load().train
    assert photos.spec.num_classes == 3 and table.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert [sample[:, 0, 0].tolist() for sample in table.samples[::2]] == [list(GREEN), list(RED), list(BLUE)]
    some = source(tmp_path, classes=[2, 0])
    assert some.spec.num_classes == 2
    assert some.load().train.labels.tolist() == [1, 1, 0, 0]
    assert some.load().train.samples[0, :, 0, 0].tolist() == list(GREEN)


@pytest.mark.parametrize("names", [["a/1.png", "2.png", "b/3.png"], ["only/1.png", "only/2.png"]])
def test_other_layouts_have_no_classes(tmp_path, names):
    for colour, name in zip((RED, GREEN, BLUE), names, strict=False):
        paint(tmp_path / name, colour)
    assert source(tmp_path).spec.num_classes is None
    assert source(tmp_path).load().train.labels is None
    with pytest.raises(SettingError, match=r"^data\.classes=\[0\]: (no classes, because|all images are in one)"):
        source(tmp_path, classes=[0]).prepare()


def test_an_unknown_class_folder(tmp_path):
    for name in ("a", "b"):
        paint(tmp_path / name / "1.png")
    with pytest.raises(SettingError, match=r"^data\.classes=\[0,2\]: there is no class 2; class numbers .* 1, .* a, b"):
        source(tmp_path, classes=[0, 2]).prepare()


def spoil(tmp_path):
    """Twelve good images in two classes, and three broken ones of different kinds."""
    for number in range(12):
        paint(tmp_path / "ab"[number % 2] / f"{number:02}.jpg", (20 * number,) * 3, size=(40, 40))
    (tmp_path / "a" / "empty.png").touch()
    (tmp_path / "b" / "05text.jpg").write_text("no image at all")
    noise = np.random.default_rng(0).integers(256, size=(64, 64), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a" / "99cut.jpg")
    whole = (tmp_path / "a" / "99cut.jpg").read_bytes()
    (tmp_path / "a" / "99cut.jpg").write_bytes(whole[: len(whole) * 3 // 4])


def test_broken_images_are_skipped_counted_and_named_in_one_warning(tmp_path, caplog):
    spoil(tmp_path)
    with caplog.at_level(logging.WARNING):
        table = source(tmp_path).load().train
    assert len(table) == 12 and table.labels.tolist() == [0] * 6 + [1] * 6
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert record.name == "gan_cli.data.folder"
    assert record.getMessage() == ("skipped 3 of 15 images that cannot be read: a/99cut.jpg, a/empty.png, b/05text.jpg")
    levels = table.samples.float().mean((1, 2, 3)).round().tolist()
    assert levels == pytest.approx([40 * k for k in range(6)] + [40 * k + 20 for k in range(6)], abs=2)


def test_a_set_too_large_to_decode_streams_and_skips_too(tmp_path, caplog, monkeypatch):
    spoil(tmp_path)
    monkeypatch.setattr(folder_module, "_DECODED_BYTES", 100)
    with caplog.at_level(logging.WARNING):
        split = source(tmp_path, holdout=0.25).load()
    assert isinstance(split.train, ImageFiles) and isinstance(split.holdout, ImageFiles)
    assert "skipped 2 of 15" in caplog.text  # a file cut short passes a look at its header
    names = [*split.train.names, *split.holdout.names]
    assert len(names) == 13 and "a/99cut.jpg" in names and not {"a/empty.png", "b/05text.jpg"} & set(names)
    for workers in (0, 2):
        feed = open_feed(
            split.train, SampleSpec((1, 8, 8)), batch_size=26, device=torch.device("cpu"), seed=0, workers=workers
        )
        assert feed.next().x.shape == (26, 1, 8, 8)
        feed.close()


def test_a_file_that_breaks_while_training_is_told_of_once_and_replaced(tmp_path, caplog):
    for number in range(3):
        paint(tmp_path / f"{number}.png", 50 * number, mode="L")
    files = ImageFiles(tmp_path, ("0.png", "1.png", "2.png"), Decoder(1, (8, 8)), BrokenFiles(tmp_path))
    (tmp_path / "2.png").write_text("overwritten")
    drawn = [files[row].unique().item() for row in (0, 1, 2, 2)]
    assert drawn[:2] == [0, 50] and drawn[2] in (0, 50) and drawn[3] == drawn[2]
    (record,) = caplog.records
    assert record.getMessage() == (
        f"2.png in {tmp_path} cannot be read any more (cannot identify image file); other images take its place"
    )
    (tmp_path / "0.png").unlink()
    (tmp_path / "1.png").unlink()
    with pytest.raises(UserError, match="none of the images"):
        files[0]


def short(error):
    return len(str(error.value).splitlines()) <= 3 and str(error.value)


def test_no_image_at_all(tmp_path):
    (tmp_path / "readme.txt").touch()
    with pytest.raises(UserError) as error:
        source(tmp_path).prepare()
    assert str(tmp_path) in short(error) and "no image" in short(error) and ".jpg" in short(error)


def test_every_image_broken(tmp_path):
    for name in ("x.png", "y.jpg"):
        (tmp_path / name).write_text("no image")
    with pytest.raises(UserError) as error:
        source(tmp_path).prepare()
    assert "none of the 2 images" in short(error) and "x.png" in short(error)


def test_the_folder_must_be_named_and_be_there(tmp_path):
    with pytest.raises(SettingError, match="root=null: name the folder of your images"):
        Folder()
    with pytest.raises(UserError) as error:
        _ = source(tmp_path / "photoes").spec
    assert "photoes" in short(error) and "does not exist" in short(error)
    paint(tmp_path / "one.png")
    with pytest.raises(UserError, match="is a file, not a folder"):
        source(tmp_path / "one.png").prepare()


def test_the_order_is_sorted_and_a_ring_of_links_ends(tmp_path):
    for name in ("b/2.png", "a/1.png", "b/10.png"):
        paint(tmp_path / name)
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert list_images(tmp_path) == ["a/1.png", "b/10.png", "b/2.png"]
