from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from gan_cli.errors import UserError
from gan_cli.pictures.animation import encode_gif, shrink, spread, write_gif
from gan_cli.sampling.film import MOST_FRAMES, shots, write_film


def gray(level: int, height: int = 20, width: int = 30) -> np.ndarray:
    return np.full((height, width, 3), level, dtype=np.uint8)


def run_with(folder: Path, steps: list[int], *, side: int = 40) -> Path:
    (folder / "samples").mkdir(parents=True)
    for index, step in enumerate(steps):
        level = 40 * index % 250
        Image.fromarray(gray(level, side, side)).save(folder / "samples" / f"step_{step:08d}.png")
    return folder


def test_frames_durations_and_loop():
    with Image.open(io.BytesIO(encode_gif([gray(10), gray(90), gray(200)], [80, 80, 500]))) as gif:
        assert gif.format == "GIF" and gif.n_frames == 3 and gif.size == (30, 20)
        assert gif.info["loop"] == 0  # for ever
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(gif)] == [80, 80, 500]


def test_gray_frames_keep_every_level():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)[:, :, None].repeat(3, axis=2)
    with Image.open(io.BytesIO(encode_gif([ramp, 255 - ramp], [80, 80]))) as gif:
        for frame, expected in zip(ImageSequence.Iterator(gif), (ramp, 255 - ramp), strict=True):
            assert np.array_equal(np.asarray(frame.convert("RGB")), expected)


def test_colours_stay_as_near_as_256_allow():
    random = np.random.RandomState(0).randint(0, 5, (3, 20, 20, 3)) * 60
    frames = list(random.astype(np.uint8))
    with Image.open(io.BytesIO(encode_gif(frames, [80] * 3))) as gif:
        seen = np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(gif)])
    assert np.abs(seen.astype(int) - random).max() <= 30


def test_what_stands_still_does_not_flicker():
    """Moving gray tiles between slate lines, as in the grids of gray samples."""
    moving = np.random.RandomState(0).randint(0, 255, (4, 30, 60, 1)).astype(np.uint8).repeat(3, axis=3)
    moving[:, :, 50:] = (74, 85, 104)
    moving[:, :, 40:50] = moving[0, :, 40:50]
    with Image.open(io.BytesIO(encode_gif(list(moving), [80] * 4))) as gif:
        seen = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(gif)]
    assert all(np.array_equal(frame[:, 40:], seen[0][:, 40:]) for frame in seen)
    assert np.abs(seen[3].astype(int) - moving[3]).max() <= 8


def test_a_smooth_colour_keeps_its_mean_by_dots():
    ramp = np.zeros((64, 64, 3), dtype=np.uint8)
    ramp[:, :, 0], ramp[:, :, 2] = np.arange(64) * 4, (np.arange(64) * 4)[:, None]
    with Image.open(io.BytesIO(encode_gif([ramp, ramp[::-1]], [80] * 2))) as gif:
        seen = np.asarray(gif.convert("RGB")).astype(float)
    blocks = np.abs((seen - ramp).reshape(8, 8, 8, 8, 3).mean(axis=(1, 3)))
    assert blocks.max() < 8


def test_a_gif_is_whole_or_absent(tmp_path):
    write_gif(tmp_path / "one.gif", [gray(1)], [80])
    assert [path.name for path in tmp_path.iterdir()] == ["one.gif"]


@pytest.mark.parametrize(
    ("count", "most", "places"),
    [(3, 5, [0, 1, 2]), (1, 5, [0]), (5, 3, [0, 2, 4]), (10, 4, [0, 3, 6, 9]), (7, 2, [0, 6])],
)
def test_places_evenly_apart(count, most, places):
    assert spread(count, most) == places


def test_large_pictures_shrink_by_whole_pixels():
    assert shrink(gray(7, 100, 300), 150).shape == (50, 150, 3)
    assert shrink(gray(7, 100, 300), 149).shape == (34, 100, 3)
    assert shrink(gray(7, 100, 150), 150).shape == (100, 150, 3)


def test_a_film_shows_each_step_above_its_number(tmp_path):
    run = run_with(tmp_path / "run", [100, 50, 200])
    (run / "samples" / "real.png").write_bytes(b"no frame of a film")
    assert [step for step, _ in shots(run)] == [50, 100, 200]
    line = write_film(shots(run), tmp_path / "film.gif")
    assert line == f"{tmp_path / 'film.gif'}, 3 pictures of steps 50 to 200"
    with Image.open(tmp_path / "film.gif") as gif:
        frames = [(frame.info["duration"], np.asarray(frame.convert("RGB"))) for frame in ImageSequence.Iterator(gif)]
    assert [duration for duration, _ in frames] == [500, 500, 2500]
    levels = [frame[:40].mean() for _, frame in frames]
    assert levels == pytest.approx([40, 0, 80], abs=4)  # in the order of steps, not of writing
    assert frames[0][1].shape == (64, 40, 3)
    feet = [frame[40:] for _, frame in frames]
    assert not np.array_equal(feet[0], feet[1]) and feet[0].max() > 180


def test_a_long_run_gives_a_film_of_bounded_length(tmp_path):
    chosen = shots(run_with(tmp_path, list(range(1, 1001)), side=2))
    assert len(chosen) == MOST_FRAMES and (chosen[0][0], chosen[-1][0]) == (1, 1000)


def test_pictures_of_another_size_are_fitted(tmp_path):
    run = run_with(tmp_path, [1, 2])
    Image.fromarray(gray(9, 80, 90)).save(run / "samples" / "step_00000001.png")
    write_film(shots(run), tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.n_frames == 2 and gif.size == (40, 64)


@pytest.mark.parametrize(("steps", "words"), [([], "no pictures"), ([5], "one picture")])
def test_too_few_pictures_for_a_film(tmp_path, steps, words):
    with pytest.raises(UserError, match=rf"holds {words} of its fixed latents, a film needs two"):
        shots(run_with(tmp_path, steps))


def test_a_damaged_picture_is_named(tmp_path):
    run = run_with(tmp_path, [1, 2])
    (run / "samples" / "step_00000001.png").write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"step_00000001\.png cannot be read"):
        write_film(shots(run), tmp_path / "film.gif")
    assert not (tmp_path / "film.gif").exists()
