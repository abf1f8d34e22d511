"""What this program writes is known again by what is inside the file."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from gan_cli.marks import COMPOSITE, SAMPLE, looks_like_run, read_mark
from gan_cli.pictures.animation import write_gif
from gan_cli.pictures.maps.picture import encode
from gan_cli.pictures.png import write_png
from gan_cli.sampling.export import write
from gan_cli.spec import SampleSpec


def mark(path):
    with Image.open(path) as image:
        return read_mark(image.info)


def test_pictures_of_several_samples_say_so(tmp_path):
    gray, colour = np.zeros((6, 5), np.uint8), np.zeros((6, 5, 3), np.uint8)
    write_png(tmp_path / "gray.png", gray)
    write_png(tmp_path / "colour.png", colour)
    write_gif(tmp_path / "film.gif", [colour, colour + 200], [100, 100])
    write_gif(tmp_path / "still.gif", [colour], [100])
    (tmp_path / "map.png").write_bytes(encode(Figure())[".png"])
    assert {path.name: mark(path) for path in tmp_path.iterdir()} == dict.fromkeys(
        ("gray.png", "colour.png", "film.gif", "still.gif", "map.png"), COMPOSITE
    )


def test_single_samples_say_that_they_are(tmp_path):
    write(torch.zeros(2, 1, 8, 8), SampleSpec((1, 8, 8)), tmp_path, ["grid", "png"])
    assert [mark(tmp_path / name) for name in ("grid.png", "00000.png", "00001.png")] == [COMPOSITE, SAMPLE, SAMPLE]


@pytest.mark.parametrize("name", ["plain.png", "plain.gif", "plain.jpg"])
def test_other_pictures_have_no_mark(tmp_path, name):
    options = {} if name.endswith(".jpg") else {"comment": b"gan"}
    Image.new("RGB", (4, 4)).save(tmp_path / name, **options)
    assert mark(tmp_path / name) is None


def test_a_run_is_known_by_its_files(trained):
    assert looks_like_run({path.name for path in trained.iterdir()})
    assert not looks_like_run({"config.yaml", "cat", "dog"}) and not looks_like_run({"status.json"})
