"""Data that are missing, damaged or not there to be fetched: what to do about it, and nothing left behind."""

from __future__ import annotations

import json
import socket

import pytest
from PIL import Image
from torchvision import datasets

SMALL = ("trainer.steps=1", "trainer.batch_size=4", "generator.base_channels=4", "discriminator.base_channels=4")


def paint(folder, count):
    folder.mkdir()
    for index in range(count):
        Image.new("RGB", (16, 16), (30 * index % 256, 0, 0)).save(folder / f"{index}.png")


def break_images(folder, count):
    folder.mkdir(exist_ok=True)
    for index in range(count):
        (folder / f"broken{index}.png").write_bytes(b"\x89PNG\r\n\x1a\nand no more")


@pytest.mark.parametrize("data", ["mnist", "fashion_mnist", "cifar10"])
def test_data_that_are_missing_while_the_network_is_down(refused, monkeypatch, tmp_path, data):
    def down(*arguments, **settings):
        raise OSError("[Errno -3] Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", down)
    message = refused("train", f"data={data}", "data.root=data")  # no folder is left either
    assert f"is not in {tmp_path}/data and could not be downloaded (" in message
    assert "Temporary failure in name resolution" in message
    assert "Put " in message and f", packed or unpacked, into {tmp_path}/data" in message
    assert message.endswith("or train on data=digits, which needs no download.")
    if data == "mnist":
        assert all(f"{name}-ubyte.gz" in message for name in ("train-images-idx3", "t10k-labels-idx1"))
        assert f" into {tmp_path}/data/MNIST/raw\n" in message


@pytest.mark.parametrize(
    ("root", "reason"),
    [("~nosuchuser/x", "there is no such user"), ("loop", "could not be downloaded ("), ("file/x", "could not be")],
)
def test_places_where_no_data_can_lie(refused, tmp_path, root, reason):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    message = refused("train", "data=mnist", f"data.root={root}")
    assert reason in message and str(root) in message


def test_data_that_are_damaged(gan, tmp_path):
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for image_file in datasets.MNIST.resources:
        (raw / image_file[0].removesuffix(".gz")).write_bytes(b"short")
    result = gan("train", *SMALL, "data=mnist", "data.root=data", "run=here")
    assert result.code == 2
    assert f"MNIST in {tmp_path}/data/MNIST/raw is damaged" in result.err
    assert "Delete that folder and run the command again" in result.err
    assert len(result.err.splitlines()) == 2
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (("data.root=null",), "data.root=null: name the folder of your images, such as data.root=photos"),
        (("data.root=nowhere",), "data.root={here}/nowhere: the folder does not exist; name the folder of your images"),
        (
            ("data.root=file",),
            "data.root={here}/file: the folder is a file, not a folder; name the folder of your images",
        ),
        (("data.root=empty",), "data.root={here}/empty: there is no image in this folder.\nExpected .jpg, .png, "),
        (("data.root=photos", "data.size=3"), "data.size=3: must be >= 4"),
        (("data.root=photos", "data.channels=2"), "data.channels=2: must be one of 1, 3"),
        (("data.root=photos", "data.classes=[0]"), "data.classes=[0]: there are no class folders; use null"),
    ],
)
def test_a_folder_of_images_that_will_not_do(refused, tmp_path, typed, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    paint(tmp_path / "photos", 4)
    assert refused("train", "data=folder", *typed).startswith(f"gan train: {message.format(here=tmp_path)}")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("data.classes=[99]", "data.classes=[99]: there is no class 99; class numbers are 0 to 9"),
        ("data.classes=[]", "data.classes=[]: names no class; class numbers are 0 to 9, null keeps all"),
        ("data.classes=[3,3]", "data.classes=[3,3]: names a class twice; "),
        ("data.classes=3", "data.classes=3: must be a list such as [1,2], or null"),
        ("data.classes=[three]", "data.classes=[three]: each value must be a whole number, or null"),
        ("data.holdout=1", "data.holdout=1: must be >= 0 and < 1"),
        ("data.shape=[3,8,8]", "data.shape=[3,8,8]: no such setting"),
    ],
)
def test_a_selection_that_does_not_exist(refused, typed, message):
    assert refused("train", typed).startswith(f"gan train: {message}")


def test_a_broken_image_among_good_ones_is_skipped_and_named(gan, tmp_path):
    paint(tmp_path / "photos", 8)
    break_images(tmp_path / "photos", 2)
    result = gan("train", *SMALL, "data=folder", "data.root=photos", "data.size=8", "run=here")
    assert result.code == 0, result.err
    assert "skipped 2 of 10 images that cannot be read: broken0.png, broken1.png" in result.err
    assert "Traceback" not in result.err
    assert json.loads((tmp_path / "here" / "status.json").read_text())["status"] == "done"


def test_images_that_are_all_broken(gan, tmp_path):
    break_images(tmp_path / "photos", 3)
    result = gan("train", *SMALL, "data=folder", "data.root=photos", "data.size=8", "run=here")
    assert result.code == 2
    assert result.err.startswith(
        f"gan train: none of the 3 images in {tmp_path}/photos can be read (first: broken0.png: "
    )
    assert "Open one in an image viewer, and name another data.root." in result.err
    assert len(result.err.splitlines()) <= 3
    assert not (tmp_path / "here").exists()


def test_more_images_in_a_batch_than_there_are(gan, tmp_path):
    paint(tmp_path / "photos", 3)
    small = [setting for setting in SMALL if "batch_size" not in setting]
    result = gan("train", *small, "trainer.batch_size=16", "data=folder", "data.root=photos", "data.size=8", "run=here")
    assert (result.code, "Traceback" in result.err) in ((0, False), (2, False)), result.err


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (("data.root=null",), "data.root=null: name your text file, or the folder of your texts: data.root=names.txt"),
        (("data.root=nowhere",), "data.root={here}/nowhere: there is no such file or folder; name your text file, or"),
        (("data.root=void",), "data.root={here}/void: there is nothing in it but empty lines; name another file or"),
        (("data.root=empty",), "data.root={here}/empty: there are no texts in this folder.\nExpected UTF-8 in"),
        (
            ("data.root=latin",),
            "data.root={here}/latin: it cannot be read (latin: byte 0xe9 at offset 3 is not UTF-8).\nExpected UTF-8 in",
        ),
        (("data.root=same",), "data.root={here}/same: all 8 lines are equal (word): nothing to learn; name another"),
        (("data.root=giant",), "data.root={here}/giant: the text is one line of 4,994 characters, and data.by=line"),
        (("data.root=good", "data.unit=letter"), "data.unit=letter: must be one of char, word"),
        (("data.root=good", "data.vocabulary=5000"), "data.vocabulary=5000: must be >= 4 and <= 4096"),
        (("data.root=good", "data.stride=2"), "data.stride=2: is for windows; use data.by=window, or null"),
        (("data.root=good", "data.classes=[0]"), "data.classes=[0]: there are no class folders; use null"),
        (("data.root=good", "data.by=window", "data.length=64"), "data.length=64: leaves no sample to train on"),
    ],
)
def test_a_text_that_will_not_do(refused, tmp_path, typed, message):
    (tmp_path / "empty").mkdir()
    contents = {
        "void": b"\n \n",
        "latin": b"caf\xe9\n",
        "same": b"word\n" * 8,
        "giant": b"word " * 999,
        "good": b"a\nb\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    assert refused("train", "data=text", *typed).startswith(f"gan train: {message.format(here=tmp_path)}")


def test_fewer_lines_than_a_batch_has_and_a_file_that_was_meant(gan, refused, tmp_path):
    (tmp_path / "names.txt").write_text("ann\nbob\neve\n")
    assert "did you mean data=text data.root=names.txt?" in refused("train", "data=names.txt")
    small = [setting for setting in SMALL if "batch_size" not in setting]
    result = gan("train", *small, "trainer.batch_size=16", "data=text", "data.root=names.txt", "run=here")
    assert result.code == 0, result.err
    assert "2 train, 1 held out; 3 lines of 1 file" in result.err
