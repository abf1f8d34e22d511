"""Pictures and cards: whose samples they show, from which latents, beside which real ones.

Latents from a seed are that seed, so the fixed samples have the level 5 + 30, and 5 + 70 where weights are averaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from doubles import IMAGE, NUMBER, SEED, as_image, level_of
from onlookers import Ledger
from real_parts import AVERAGED, levels, open_parts, parts

from gan_cli.data.base import spread_samples
from gan_cli.diagnosis.verdict import Verdict
from gan_cli.game import Batch, GeneratorInput
from gan_cli.spec import SampleSpec, one_hot
from gan_cli.telemetry import recorder as recording
from gan_cli.telemetry.base import RunInfo
from gan_cli.telemetry.card import Card
from gan_cli.telemetry.recorder import Recorder, View

IMAGES = levels(range(100, 140), range(200, 240), images=True)


def info(folder: Path, start_step: int = 0, earlier: float = 0.0) -> RunInfo:
    return RunInfo(folder, "wires", 100, start_step, 4, "seed: 5", earlier=earlier)


def record(folder: Path, steps: int, balance: Mapping[str, Any], data: Any = IMAGES) -> Ledger:
    """Some steps of the real trainer, told by the real recorder."""
    made, ledger = parts(data=data, balance=balance), Ledger()
    trainer, gan = open_parts(made)
    source = made.source()
    recorder = Recorder(sinks={"ledger": ledger}, every=2, samples_every=2, num_samples=1)
    recorder.begin(info(folder), made.view(source.spec, gan, source.load(), recorder.count(source.spec)))
    for _ in range(steps):
        assert trainer.advance(folder, recorder) is None
    recorder.end("interrupted", steps)
    return ledger


@pytest.mark.parametrize(("balance", "weight"), [({}, 30), (AVERAGED, 70)])
def test_fixed_samples_stay_and_random_ones_are_new_each_time(balance: Any, weight: int, tmp_path: Path) -> None:
    ledger = record(tmp_path, 6, balance)
    assert ledger.of("samples/fixed") == dict.fromkeys((2, 4, 6), SEED + weight)
    assert ledger.of("samples/random") == {step: SEED + step + weight for step in (2, 4, 6)}


def test_real_samples_are_training_samples_and_shown_once(tmp_path: Path) -> None:
    (first,) = level_of(spread_samples(parts(data=IMAGES).source().load().train, 1, IMAGE).x)
    assert record(tmp_path, 4, {}).of("data/real") == {0: first} and 100 <= first < 140


def view(spec: Any = IMAGE, probability: Any = None, advise: Any = lambda verdict: (f"do={verdict.since}",)) -> View:
    def draw(count: int, seed: int) -> GeneratorInput:
        return GeneratorInput(torch.full((count, 1), float(seed)))

    real = as_image(torch.full((1, 1), 9.0)) if spec.ndim else torch.full((3, 1), 9.0)
    return View(spec, draw, real, SEED, probability, advise)


def opened(folder: Path, view: View, start_step: int = 0, **settings: Any) -> tuple[Recorder, Ledger]:
    ledger = Ledger()
    recorder = Recorder(sinks={"ledger": ledger}, **{"num_samples": 1, **settings})
    recorder.begin(info(folder, start_step), view)
    return recorder, ledger


@pytest.mark.parametrize("meaning", [None, lambda logits: logits + 0.5])
def test_points_are_drawn_over_real_ones_with_the_opinion_of_the_critic(
    meaning: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[Any, ...]] = []

    def note(samples: Any, spec: Any, *, real: Any, probability: Any, critic: Any) -> Any:
        asked = torch.tensor([3.0])
        opinion = None if probability is None else probability(asked).item()
        drawn.append((samples.mean().item(), len(samples), spec, real.mean().item(), opinion, critic(asked).item()))
        return torch.zeros(4, 4, 3).byte().numpy()

    recorder, _ = opened(tmp_path, view(NUMBER, meaning))
    monkeypatch.setattr(recording, "render", note)
    recorder.pictures(7, lambda made_of: Batch(made_of.z + 1000.0), lambda shown: shown.x * 2.0)
    opinion = None if meaning is None else 6.5
    assert drawn == [(1005.0, 32, NUMBER, 9.0, opinion, 6.0), (1012.0, 32, NUMBER, 9.0, opinion, 6.0)]


def test_samples_of_text_are_told_as_lines_of_the_fixed_latents(tmp_path: Path) -> None:
    spec = SampleSpec((3, 2), (0.0, 1.0), alphabet=("", "dusty", "rose"))
    fixed, other = one_hot(torch.tensor([[1, 2], [2, 0]]), 3), one_hot(torch.tensor([[2, 2], [2, 2]]), 3)
    shown = View(spec, lambda count, seed: GeneratorInput(torch.full((count, 1), float(seed))), fixed, SEED, None, str)
    recorder, ledger = opened(tmp_path, shown, num_samples=2)
    recorder.pictures(7, lambda made_of: Batch(fixed if made_of.z[0] == SEED else other), lambda shown: shown.x)
    assert ledger.of("samples/lines") == {7: "dusty rose\nrose"}


def test_the_card_shows_the_fixed_samples_the_readings_and_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(Card, "samples", lambda self, made: told.append(("samples", level_of(made))))
    monkeypatch.setattr(Card, "scalars", lambda self, step, values: told.append((step, values["loss/generator"])))
    draw = Card.draw
    monkeypatch.setattr(Card, "draw", lambda self, *now: told.append(now) or draw(self, *now))
    recorder, ledger = opened(tmp_path, view())
    verdict = Verdict("balanced", 3)
    recorder.verdict(4, verdict)
    recorder.scalars(4, {"loss/generator": 8.0})
    recorder.pictures(4, lambda made_of: Batch(as_image(made_of.z)), lambda shown: shown.x)
    assert told == [(4, 8.0), ("samples", {SEED}), (4, verdict)]
    assert list(ledger.of("balance/card")) == [4]
    recorder.end("done", 4)
    assert len(told) == 3, "what stands there is not drawn again"


def test_a_run_that_goes_on_shows_no_real_samples_again(tmp_path: Path) -> None:
    assert opened(tmp_path, view())[1].of("data/real") == {0: 9}
    resumed = opened(tmp_path, view(), start_step=50)[1]
    assert resumed.of("data/real") == {} and resumed.of("config") == {50: "seed: 5"}


def test_speed_is_of_the_steps_since_the_last_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(recording.time, "perf_counter", lambda: now[0])
    recorder, ledger = opened(tmp_path, view(), start_step=10)
    for step, time in ((20, 1002.0), (30, 1007.0)):
        now[0] = time
        recorder.scalars(step, {"loss/generator": float(step)})
    speeds = {step: values["time/samples_per_second"] for step, values in ledger.of("scalars").items()}
    assert speeds == {20: 10 * 4 / 2.0, 30: 10 * 4 / 5.0}
    now[0] = 1010.0
    outcome = recorder.end("interrupted", 40)
    assert outcome.final == {"loss/generator": 30.0, "time/samples_per_second": 8.0}
    assert (outcome.seconds, outcome.speed) == (10.0, 30 * 4 / 10.0)


def test_seconds_and_speed_of_a_whole_run_count_earlier_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(recording.time, "perf_counter", lambda: now[0])
    recorder = Recorder(sinks={})
    recorder.begin(info(tmp_path, start_step=10, earlier=6.0), view())
    now[0] = 1004.0
    outcome = recorder.end("interrupted", 30)
    assert (outcome.seconds, outcome.speed) == (10.0, 30 * 4 / 10.0)


def test_each_verdict_comes_with_its_own_advice_and_is_explained_when_it_is_new(tmp_path: Path) -> None:
    recorder, ledger = opened(tmp_path, view())
    verdicts = [Verdict("balanced", 1), Verdict("balanced", 1), Verdict("balanced", 3), Verdict("oscillating", 4)]
    for step, verdict in enumerate(verdicts, start=1):
        recorder.verdict(step, verdict)
    assert ledger.of("verdict") == {
        step: (verdict, (f"do={verdict.since}",)) for step, verdict in enumerate(verdicts, start=1)
    }
    texts = ledger.of("balance/verdict")
    assert list(texts) == [1, 3, 4] and "do=4" in texts[4] and "do=3" not in texts[4]
    outcome = recorder.end("failed", 4, "why")
    assert (outcome.verdict, outcome.advice, outcome.message) == (verdicts[-1], ("do=4",), "why")
    assert ledger.of("end") == {4: outcome}
