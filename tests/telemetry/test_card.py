"""The card of a run: what stands on it, when it is drawn, what it costs; whatever the samples are."""

from __future__ import annotations

import json
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan_cli.diagnosis.verdict import WORDS, Evidence, Verdict
from gan_cli.game import Batch, GeneratorInput
from gan_cli.pictures.canvas import BAND_COLOUR, D_COLOUR, G_COLOUR, Canvas
from gan_cli.pictures.png import Picture
from gan_cli.spec import SampleSpec
from gan_cli.telemetry import card as module
from gan_cli.telemetry.base import RunInfo, Sink
from gan_cli.telemetry.card import HEIGHT, WIDTH, Card
from gan_cli.telemetry.card_charts import History
from gan_cli.telemetry.recorder import Recorder, View
from gan_cli.telemetry.tags import CARD

IMAGES = SampleSpec(shape=(1, 8, 8), value_range=(-1.0, 1.0))
BOUNDS = {"far": 0.2, "hurried": 5.0}
READING = {
    "accuracy/discriminator": 0.9,
    "accuracy/pairwise": 0.7,
    "loss/discriminator": 0.5,
    "loss/generator": 2.0,
    "balance/distance": 0.3,
    "balance/tempo": 1.5,
}


def info(folder: Path, start_step: int = 0, **more: object) -> RunInfo:
    return replace(RunInfo(folder, "dcgan-digits", 100, start_step, 8, ""), **more)


def samples(spec: SampleSpec = IMAGES, count: int = 64) -> torch.Tensor:
    return torch.rand(count, *spec.shape, generator=torch.Generator().manual_seed(0)) * 2 - 1


def drawn(folder: Path, verdict: Verdict | None, *readings: dict[str, float], spec: SampleSpec = IMAGES) -> Picture:
    card = Card(info(folder), spec, samples(spec), BOUNDS)
    for step, values in enumerate(readings, start=1):
        card.scalars(step, values)
    card.samples(samples(spec))
    return card.draw(len(readings), verdict)


def has(picture: Picture, colour: str) -> bool:
    return bool((picture == tuple(bytes.fromhex(colour[1:]))).all(axis=2).any())


def ground(picture: Picture) -> tuple[int, ...]:
    """The colour behind the verdict."""
    return tuple(int(level) for level in picture[1, 1])


def test_its_ground_tells_good_from_bad_and_from_too_early(tmp_path: Path) -> None:
    seen = {state: ground(drawn(tmp_path, Verdict(state, 50), READING, READING)) for state in WORDS}
    good, early = seen.pop("balanced"), seen.pop("warming_up")
    assert good[1] == max(good), "green"
    assert len(set(early)) == 1, "gray"
    assert {max(range(3), key=colour.__getitem__) for colour in seen.values()} == {0}, "red"
    assert ground(drawn(tmp_path, None)) == early


def test_it_says_the_verdict_and_when_it_began_and_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    original = Canvas.text
    monkeypatch.setattr(
        Canvas, "text", lambda self, place, text, **more: written.append(text) or original(self, place, text, **more)
    )
    evidence = (Evidence("balance/missed", 0.4, ">=", 0.3),)
    drawn(tmp_path, Verdict("mode_collapse", 1200, evidence, "one seed"), READING)
    assert "Mode collapse (?)" in written
    assert "the generator leaves out a part of the data, since step 1,200" in written
    assert any("balance/missed 0.4 >= 0.3" in line and "one seed" in line for line in written)
    assert "step 1 of 100" in written


def test_four_charts_with_their_bands_show_the_newest_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    titles: list[str] = []
    original = Canvas.pieces
    monkeypatch.setattr(
        Canvas,
        "pieces",
        lambda self, place, pieces, **more: (
            titles.append("".join(p for p, _ in pieces)) or original(self, place, pieces, **more)
        ),
    )
    picture = drawn(tmp_path, Verdict("balanced", 1), {**READING, "loss/generator": 9.0}, READING)
    assert [" ".join(title.split()) for title in titles] == [
        "D is right 90 %", "loss D 0.5000 G 2.000", "distance to data 0.3", "D learns 1.5x as fast",
    ]  # fmt: skip
    assert all(has(picture, colour) for colour in (D_COLOUR, G_COLOUR, BAND_COLOUR))


def test_a_loss_without_a_cut_shows_the_ranking(tmp_path: Path) -> None:
    card = Card(info(tmp_path, has_cut=False), IMAGES, samples(), BOUNDS)
    card.scalars(1, READING)
    (first, *_) = module.charts(card._course, BOUNDS, has_cut=False)
    assert "".join(text for text, _ in first.title) == "D ranks right 70 %"


@pytest.mark.parametrize(
    "shape", [(2,), (7,), (1,), (1, 64), (2, 4096), (1, 28, 28), (3, 64, 32), (3, 256, 256), (6, 8, 8), (1, 8, 8, 8)]
)
def test_samples_of_any_kind_have_a_place(tmp_path: Path, shape: tuple[int, ...]) -> None:
    spec = SampleSpec(shape=shape, value_range=None)
    picture = drawn(tmp_path, Verdict("balanced", 1), READING, spec=spec)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    left = picture[150:, :350]
    assert len(np.unique(left.reshape(-1, 3), axis=0)) >= 2


@pytest.mark.parametrize("odd", [math.nan, math.inf, 0.0, -1.0, 1e30])
def test_odd_readings_break_nothing(tmp_path: Path, odd: float) -> None:
    reading = dict.fromkeys(READING, odd)
    assert drawn(tmp_path, Verdict("diverged", 1), reading).shape == (HEIGHT, WIDTH, 3)
    assert drawn(tmp_path, Verdict("diverged", 1), READING, reading).shape == (HEIGHT, WIDTH, 3)


def test_words_that_are_too_long_are_cut(tmp_path: Path) -> None:
    evidence = tuple(Evidence(f"balance/gauge_{k}", 0.4, ">=", 0.3) for k in range(20))
    card = Card(info(tmp_path, name="a very long name " * 20), IMAGES, samples(), BOUNDS)
    picture = card.draw(10**12, Verdict("generator_dominates", 10**12, evidence))
    assert (picture[:100, -8:] == picture[1, 1]).all(), "the margin stays free"


def test_long_courses_are_thinned_and_end_where_they_end(tmp_path: Path) -> None:
    course = History(["a"])
    for step in range(1, 10_001):
        course.add(step, {"a": float(step)})
    curve = course.curve("a")
    assert len(curve) <= 162
    assert curve[-1] == (10_000.0, 10_000.0)
    assert all(x == pytest.approx(y) for x, y in curve)
    assert [x for x, _ in curve] == sorted({x for x, _ in curve})


def test_a_resumed_run_shows_its_whole_course(tmp_path: Path) -> None:
    lines = [json.dumps({"step": step, "loss/generator": float(step)}) for step in (1, 2, 3, 4)]
    (tmp_path / "metrics.jsonl").write_text("\n".join(lines) + '\n{"step": 5, "lo')
    card = Card(info(tmp_path, start_step=3), IMAGES, samples(), BOUNDS)
    card.scalars(4, {"loss/generator": 40.0})
    assert card._course.curve("loss/generator") == [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 40.0)]


class Album(Sink):
    """Keeps the steps of cards."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    def picture(self, step: int, tag: str, picture: Picture) -> None:
        self.steps += [step] if tag == CARD else []


def begun(folder: Path) -> tuple[Recorder, Album]:
    album = Album()
    recorder = Recorder(sinks={"album": album}, every=1, samples_every=10)
    real = samples()
    recorder.begin(
        info(folder),
        View(IMAGES, lambda count, seed: GeneratorInput(torch.zeros(count, 4)), real, 0, None, lambda v: (), BOUNDS),
    )
    return recorder, album


def step(recorder: Recorder, number: int, state: str = "balanced", *, pictures: bool = False) -> None:
    recorder.verdict(number, Verdict(state, 1))
    recorder.scalars(number, READING)
    if pictures:
        recorder.pictures(
            number, lambda drawn: Batch(samples(count=len(drawn))), lambda shown: shown.x.flatten(1)[:, 0]
        )


def test_it_is_drawn_with_the_pictures_and_once_more_where_the_end_comes_between(tmp_path: Path) -> None:
    recorder, album = begun(tmp_path)
    step(recorder, 10, pictures=True)
    step(recorder, 17)
    recorder.end("interrupted", 17)
    assert album.steps == [10, 17]


def test_a_last_picture_is_not_drawn_twice(tmp_path: Path) -> None:
    recorder, album = begun(tmp_path)
    step(recorder, 20, pictures=True)
    recorder.end("done", 20)
    assert album.steps == [20]


def test_a_divergence_is_on_the_last_card(tmp_path: Path) -> None:
    recorder, album = begun(tmp_path)
    step(recorder, 10, pictures=True)
    recorder.verdict(10, Verdict("diverged", 10))
    recorder.end("diverged", 10)
    assert album.steps == [10, 10]


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_nothing_is_drawn_of_a_run_that_never_began(status: str) -> None:
    assert Recorder(sinks={}).end(status, 0).status == status


def test_a_card_costs_a_few_hundredths_of_a_second(tmp_path: Path) -> None:
    """Of pictures every 500 steps that is far below 2 % of a run's time; matplotlib would take 0.3 s."""
    card = Card(info(tmp_path), IMAGES, samples(), BOUNDS)
    for number in range(1, 2001):
        card.scalars(number, READING)
    card.samples(samples())
    card.draw(1, Verdict("balanced", 1))
    spent = min(_seconds(card) for _ in range(5))
    assert spent < 0.15


def _seconds(card: Card) -> float:
    started = time.process_time()
    card.draw(1, Verdict("balanced", 1))
    return time.process_time() - started


def test_a_run_leaves_it_as_a_file(gan, tmp_path: Path) -> None:
    from conftest import SMALL

    assert gan("train", *SMALL, "run=here").code == 0
    with Image.open(tmp_path / "here/samples/balance.png") as picture:
        assert picture.size == (WIDTH, HEIGHT)
