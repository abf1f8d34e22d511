"""Which files of a folder are data, and what becomes of the others."""

from __future__ import annotations

import json
import logging
import os

import numpy as np
import pytest
import torch
from PIL import Image

from gan_cli.data.folder import Folder
from gan_cli.data.names import shown
from gan_cli.data.own import folder_scan
from gan_cli.data.own.folder_scan import list_images, scan_folder
from gan_cli.data.own.folder_summary import describe_skipped
from gan_cli.data.own.walk import list_folder
from gan_cli.errors import SettingError, UserError
from gan_cli.sampling.export import write
from gan_cli.spec import SampleSpec


def paint(path, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(256, size=(10, 10, 3), dtype=np.uint8)).save(path)


def line(root, caplog, **settings):
    """What is said of a folder."""
    with caplog.at_level(logging.INFO):
        Folder(root=str(root), **{"size": 8, **settings}).load()
    (said,) = [record.getMessage() for record in caplog.records if record.getMessage().startswith("data.root=")]
    return said


def test_one_line_says_what_was_found_and_passed_over(tmp_path, caplog):
    for number in range(20):
        paint(tmp_path / ("ab"[number % 2]) / f"{number}.png", number)
    for number in range(3):
        (tmp_path / f"IMG_{number}.HEIC").write_bytes(b"ftypheic")
        (tmp_path / f"IMG_{number}").touch()
    (tmp_path / "a" / "notes.txt").touch()
    os.symlink(tmp_path / "nowhere.png", tmp_path / "gone.png")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / ".hidden.png").touch()
    assert line(tmp_path, caplog) == (
        f"data.root={tmp_path}: 20 colour images as 8x8, 2 classes (a 10, b 10); 18 train, 2 held out; skipped "
        "3 .heic (convert them to .jpg), 3 without a suffix, 2 that are no files (links to nothing, pipes, devices), "
        "1 .txt"
    )


def test_the_line_says_how_many_are_left_out(tmp_path, caplog):
    for number in range(10):
        paint(tmp_path / f"{number}.png", number)
    assert "10 colour images as 8 high and 16 wide, without classes; 5 train (4 left out), 1 held out" in line(
        tmp_path, caplog, limit=5, size=[8, 16]
    )


def test_further_pages_are_said_to_be_left_out(tmp_path, caplog):
    frames = [Image.fromarray(np.full((10, 10), 40 * number, np.uint8)) for number in range(5)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    frames[3].save(tmp_path / "b.gif", save_all=True, append_images=frames[:3])
    paint(tmp_path / "c.png")
    assert "left out 7 further pages of 2 files (a.tif, b.gif): the first is read" in line(tmp_path, caplog)


def test_a_photograph_with_a_map_of_depth_behind_it_has_one_page(tmp_path):
    paint(tmp_path / "c.png")
    with Image.open(tmp_path / "c.png") as image:
        image.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[image.convert("L").convert("RGB")])
    assert [header.pages for header in scan_folder(tmp_path).headers.values()] == [1, 1]


def test_colour_among_gray(tmp_path, caplog):
    for number in range(4):
        Image.fromarray(np.full((10, 10), 60 * number, np.uint8)).save(tmp_path / f"{number}.png")
    paint(tmp_path / "colour.png")
    assert "5 colour images" in line(tmp_path, caplog) and "; 4 of them gray" in caplog.text


def test_colour_that_is_dropped_is_said(tmp_path, caplog):
    """Of sixty-odd images in a colour format some are looked at; here the one with colour is not among them."""
    for number in range(70):
        level = 3 * number
        Image.new("RGB", (8, 8), (level,) * 3).save(tmp_path / f"{number:02}.png")
    paint(tmp_path / "01.png")
    said = line(tmp_path, caplog)
    assert "70 gray images" in said and "the colour of 1 image is dropped (data.channels=3 keeps it)" in said


def draw(folder, count=3):
    """What `gan sample out=` writes: a grid and single pictures."""
    samples = torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    write(samples, SampleSpec((3, 8, 8)), folder, ["grid", "png"])


def test_what_the_program_wrote_is_no_data(tmp_path, caplog, trained):
    for number in range(4):
        paint(tmp_path / f"{number}.png", number)
    os.symlink(trained, tmp_path / "outputs")
    draw(tmp_path / "fakes")
    sweep = tmp_path / "sweep"
    sweep.mkdir()
    (sweep / "status.json").write_text(json.dumps({"kind": "sweep"}))
    paint(sweep / "map.png")
    assert list_images(tmp_path) == [f"{number}.png" for number in range(4)]
    said = describe_skipped(scan_folder(tmp_path).skipped)
    assert "3 samples that gan drew" in said and "1 picture that gan composed" in said
    assert "1 run of gan train" in said and "1 sweep of gan train" in said


def test_samples_are_data_where_they_are_meant(tmp_path, caplog):
    draw(tmp_path / "fakes")
    assert list_images(tmp_path / "fakes") == ["00000.png", "00001.png", "00002.png"]
    assert "skipped 1 picture that gan composed" in line(tmp_path / "fakes", caplog)


def test_a_run_itself_is_refused_and_what_it_drew_is_not(tmp_path, here):
    with pytest.raises(UserError, match="this folder is a run of `gan train`"):
        list_folder(here)
    draw(here / "sampled" / "some")
    assert len(list_images(here / "sampled" / "some")) == 3


def test_folders_of_other_programs_are_data(tmp_path):
    paint(tmp_path / "theirs" / "a.png")
    (tmp_path / "theirs" / "config.yaml").write_text("model: resnet\n")
    (tmp_path / "theirs" / "metrics.jsonl").touch()
    assert list_images(tmp_path) == ["theirs/a.png"] and list_images(tmp_path / "theirs") == ["a.png"]
    (tmp_path / "theirs" / "config.yaml").unlink()
    os.mkfifo(tmp_path / "theirs" / "config.yaml")
    assert list_images(tmp_path) == ["theirs/a.png"]


@pytest.mark.parametrize("root", ["/proc", "/sys", "/dev", "/proc/self"])
def test_the_systems_own_folders_are_refused(root):
    with pytest.raises(UserError, match="this folder is the system's own"):
        Folder(root=root).prepare()


def test_links_into_the_system_are_not_followed(tmp_path):
    paint(tmp_path / "a.png")
    os.symlink("/proc", tmp_path / "process")
    os.symlink("/sys/kernel", tmp_path / "kernel")
    assert list(list_folder(tmp_path).images) == ["a.png"] and not list_folder(tmp_path).skipped


def test_places_that_are_no_folder(tmp_path):
    os.symlink(tmp_path / "a", tmp_path / "b")
    os.symlink(tmp_path / "b", tmp_path / "a")
    with pytest.raises(UserError, match=r"cannot be read \(too many levels of symbolic links\)"):
        Folder(root=str(tmp_path / "a")).prepare()
    with pytest.raises(UserError, match=r"cannot be read \(file name too long\)"):
        Folder(root=str(tmp_path / ("x" * 300))).prepare()
    with pytest.raises(SettingError, match="root=~nosuchuser/x: there is no such user"):
        Folder(root="~nosuchuser/x")
    with pytest.raises(SettingError, match=r"root=caf\\xe9: this name is no UTF-8"):
        Folder(root=os.fsdecode(b"caf\xe9"))


def test_a_folder_that_may_not_be_read_is_counted(tmp_path, monkeypatch):
    paint(tmp_path / "a.png")
    (tmp_path / "closed").mkdir()
    scan = os.scandir

    def guarded(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert describe_skipped(list_folder(tmp_path).skipped) == "1 folder that may not be read"


def test_home_folders_are_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    paint(tmp_path / "photos" / "a.png")
    Folder(root="~/photos", size=8).prepare()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (b"caf\xe9.png", "caf\\xe9.png"),
        (b"two\nlines.png", "two\\nlines.png"),
        (b"\x1b[31mred.png", "\\x1b[31mred.png"),
    ],
)
def test_odd_names_are_read_and_shown_in_one_line(tmp_path, caplog, name, said):
    paint(tmp_path / "good.png", 1)
    paint(tmp_path / os.fsdecode(name), 2)
    (tmp_path / os.fsdecode(b"broken " + name)).write_text("no image")
    with caplog.at_level(logging.WARNING):
        split = Folder(root=str(tmp_path), size=8, holdout=0.0).load()
    assert len(split.train) == 2 and len(split.identity) == 64
    (record,) = caplog.records
    assert record.getMessage() == f"skipped 1 of 3 images that cannot be read: broken {said}"
    assert shown("plain ü.png") == "plain ü.png"


def test_a_huge_picture_is_read_with_one_warning_that_names_it(tmp_path, caplog, monkeypatch, recwarn):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 150)
    paint(tmp_path / "small.png")
    Image.new("L", (16, 16), 200).save(tmp_path / "huge.png")
    with caplog.at_level(logging.WARNING):
        split = Folder(root=str(tmp_path), size=8, holdout=0.0).load()
    assert len(split.train) == 2
    (record,) = caplog.records
    assert record.getMessage().startswith("huge.png is read, but: Image size (256 pixels) exceeds limit of 150")
    assert [str(warning.message) for warning in recwarn] == []


def test_headers_are_read_once_while_a_folder_stays_as_it_is(tmp_path, monkeypatch):
    for number in range(3):
        paint(tmp_path / f"{number}.png", number)
    looked = []
    read = folder_scan.read_header
    monkeypatch.setattr(folder_scan, "read_header", lambda path: looked.append(path.name) or read(path))
    first = scan_folder(tmp_path)
    assert scan_folder(tmp_path) is first and sorted(looked) == ["0.png", "1.png", "2.png"]
    Image.new("L", (5, 5)).save(tmp_path / "1.png")
    assert scan_folder(tmp_path).headers["1.png"].gray and len(looked) == 6
