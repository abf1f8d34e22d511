"""Pictures on disk: their places, their pixels, and what a resume deletes."""

import numpy as np
import pytest
from PIL import Image

from gan_cli.pictures.png import write_png
from gan_cli.telemetry.base import RunInfo
from gan_cli.telemetry.files import PictureFiles

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
