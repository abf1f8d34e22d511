"""Pictures on disk: their places, their pixels, and what a resume deletes."""

import numpy as np
import pytest
import torch
from PIL import Image

from gan_cli.pictures.png import write_png
from gan_cli.spec import SampleSpec
from gan_cli.telemetry.base import RunInfo
from gan_cli.telemetry.files import PictureFiles
from gan_cli.telemetry.sample_folder import pictures_of

SOUND = SampleSpec((1, 800), sample_rate=8000)
ENDINGS = ("png", "wav")
PICTURE = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)


def begin(folder, start_step=0):
    sink = PictureFiles()
    sink.begin(RunInfo(folder, "test", 10, start_step, 8, ""))
    return sink


def names(folder):
    return sorted(path.name for path in (folder / "samples").iterdir())


def test_each_tag_has_its_place(tmp_path):
    sink = begin(tmp_path)
    sink.picture(0, "data/real", PICTURE)
    sink.picture(1000, "samples/fixed", PICTURE)
    sink.picture(1000, "samples/random", PICTURE)
    assert names(tmp_path) == ["real.png", "step_00001000.png"]
    assert np.array_equal(np.asarray(Image.open(tmp_path / "samples" / "step_00001000.png")), PICTURE)


def test_resume_deletes_later_pictures_only(tmp_path):
    sink = begin(tmp_path)
    sink.picture(0, "data/real", PICTURE)
    for step in (500, 1000, 1500, 123_456_789):
        sink.picture(step, "samples/fixed", PICTURE)
    (tmp_path / "samples" / "mine_9999.png").touch()
    begin(tmp_path, start_step=1000)
    assert names(tmp_path) == ["mine_9999.png", "real.png", "step_00000500.png", "step_00001000.png"]


def test_sounds_are_beside_their_pictures_and_go_with_them(tmp_path):
    sink = begin(tmp_path)
    clips = torch.zeros(3, 1, 800)
    sink.sound(0, "data/real", clips, SOUND)
    for step in (500, 1000):
        sink.picture(step, "samples/fixed", PICTURE)
        sink.sound(step, "samples/fixed", clips, SOUND)
    sink.sound(1000, "samples/random", clips, SOUND)
    assert names(tmp_path) == ["real.wav", *(f"step_0000{at}.{kind}" for at in ("0500", "1000") for kind in ENDINGS)]
    assert [step for step, _ in pictures_of(tmp_path)] == [500, 1000]
    begin(tmp_path, start_step=500)
    assert names(tmp_path) == ["real.wav", "step_00000500.png", "step_00000500.wav"]


def test_samples_that_are_text_lie_beside_their_picture_and_are_deleted_with_it(tmp_path):
    sink = begin(tmp_path)
    for step in (500, 1000):
        sink.picture(step, "samples/fixed", PICTURE)
        sink.text(step, "samples/lines", "dusty rose\n\nred")
    sink.text(1000, "balance/verdict", "balanced")
    assert (tmp_path / "samples/step_00000500.txt").read_text() == "dusty rose\n\nred\n"
    assert len(pictures_of(tmp_path)) == 2
    begin(tmp_path, start_step=500)
    assert names(tmp_path) == ["step_00000500.png", "step_00000500.txt"]


def test_no_space_left_leaves_the_old_picture(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    write_png(path, PICTURE)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_png(path, PICTURE // 2)
    assert np.array_equal(np.asarray(Image.open(path)), PICTURE)
    assert list(tmp_path.iterdir()) == [path]
