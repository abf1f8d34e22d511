"""What a person reads in the first seconds of a run, when its verdict changes, and where it takes turns in a sweep."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from gan_cli.diagnosis.verdict import WORDS, Evidence, Verdict
from gan_cli.telemetry import console, pace
from gan_cli.telemetry.base import Outcome, RunInfo, SweepPosition
from gan_cli.telemetry.console import ConsoleSink
from gan_cli.wording import is_at_floor, on_one_line, rate, step_time, with_floor, wrapped

FIGURES = {"loss/discriminator": 1.3, "loss/generator": 0.8, "accuracy/discriminator": 0.63}
WON = Verdict("discriminator_dominates", 300)
ADVICE = ("optim.generator.lr=0.0002 optim.discriminator.lr=0.0002", "'balance=[ema,instance_noise,packing]'")
TURN = SweepPosition("seed=1,generator.depth=3", 2, 12)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock by which a pace is measured."""
    now = [0.0]

    def pass_by(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    return pass_by


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], AbstractContextManager[io.StringIO]]:
    """Makes the shared console a terminal of some width, and gives what is drawn on it."""

    @contextmanager
    def of(width: int) -> Iterator[io.StringIO]:
        file = io.StringIO()
        shared = Console(file=file, force_terminal=True, width=width, color_system=None)
        monkeypatch.setattr(console, "has_terminal", lambda: True)
        monkeypatch.setattr(console, "shared_console", lambda: shared)
        yield file

    return of


def info(folder: Path, total: int = 3000) -> RunInfo:
    return RunInfo(folder, "dcgan-mnist", total, 0, 64, "")


def play(sink: ConsoleSink, run: RunInfo, steps: int, clock: Callable[[float], None], seconds: float) -> None:
    sink.begin(run)
    for step in range(1, steps + 1):
        clock(seconds)
        sink.progress(step)


def plain(text: str) -> list[str]:
    return [re.sub(r"^\[\d\d:\d\d:\d\d\] ", "", line) for line in text.splitlines()]


@pytest.mark.parametrize(
    ("seconds", "line"),
    [
        (0.25, "step 6/3,000  0.25 s a step  about 12 min 28 s left"),
        (2.0, "step 4/3,000  2 s a step  about 1 h 39 min left"),
        (90.0, "step 2/3,000  1 min 30 s a step  about 74 h 57 min left"),
    ],
)
def test_a_first_estimate_within_a_few_steps_without_a_terminal(tmp_path, capsys, clock, seconds, line) -> None:
    play(ConsoleSink(), info(tmp_path), 8, clock, seconds)
    assert plain(capsys.readouterr().err)[1:] == [line]


def test_a_quick_run_has_its_first_reading_before_an_estimate(tmp_path, capsys, clock) -> None:
    play(ConsoleSink(), info(tmp_path), 50, clock, 0.01)
    assert len(plain(capsys.readouterr().err)) == 1


def test_a_long_run_is_told_what_makes_it_shorter(tmp_path, capsys, clock) -> None:
    asked: list[float] = []

    def shorter_runs(step_seconds: float) -> list[tuple[str, float]]:
        asked.append(step_seconds)
        return [("generator.base_channels=16 discriminator.base_channels=16", 1500.0), ("trainer.steps=900", 1800.0)]

    play(ConsoleSink(), replace(info(tmp_path), shorter_runs=shorter_runs), 30, clock, 2.0)
    assert asked == [pytest.approx(2.0)]  # once
    assert plain(capsys.readouterr().err)[2:] == [
        "that is long; append one of these to the command to make it shorter:",
        "  generator.base_channels=16 discriminator.base_channels=16  (about 25 min 0 s)",
        "  trainer.steps=900  (about 30 min 0 s)",
    ]


def test_a_new_state_is_told_with_what_to_try_and_once(tmp_path, capsys) -> None:
    sink = ConsoleSink()
    sink.begin(info(tmp_path))
    for step, verdict in ((50, Verdict("warming_up", 0)), (300, WON), (350, WON), (400, Verdict("balanced", 400))):
        sink.verdict(step, verdict, ADVICE if verdict is WON else ())
    assert plain(capsys.readouterr().err)[1:] == [
        "step 300: the discriminator dominates; to change it, stop and append to the command:",
        *(f"  {override}" for override in ADVICE),
    ]


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("turn", [None, TURN])
@pytest.mark.parametrize("state", WORDS)
def test_the_display_fits_and_keeps_every_word(
    tmp_path, screen, width: int, turn: SweepPosition | None, state: str
) -> None:
    sink = ConsoleSink()
    with screen(width) as drawn:
        sink.begin(replace(info(tmp_path), turn=turn))
        sink.verdict(50, Verdict(state, 50), ADVICE)  # type: ignore[arg-type]
        sink.scalars(50, {**FIGURES, "time/samples_per_second": 4512.0})
        assert sink._display is not None
        sink._display.close()
        drawn.truncate(drawn.seek(0))
        console.shared_console().print(sink._display._render())
    lines = [line.rstrip() for line in drawn.getvalue().splitlines()]
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    name = "dcgan-mnist" if turn is None else "2 of 12"
    whole = (WORDS[state], name, "50/3,000", "D is right 63 %", "4,512 samples/s", f"try {ADVICE[0]}")  # type: ignore[index]
    assert all(part in text for part in whole), lines
    assert "…" not in text


def test_a_run_in_turn_is_one_line(tmp_path, capsys) -> None:
    sink = ConsoleSink(plain_every=0.0)
    run = replace(info(tmp_path), turn=TURN)
    sink.begin(run)
    for step in (50, 100):
        sink.progress(step)
        sink.verdict(step, WON, ADVICE)
        sink.scalars(step, FIGURES)
    final = {**FIGURES, "metric/energy_distance": 0.0312, "metric/energy_distance_error": 0.1}
    sink.end(Outcome("done", 3000, "", final, 12.0, replace(WON, doubt="early"), ADVICE))
    told = "done, discriminator dominates?, energy_distance 0.03120, 12 s, about 2 min 0 s left"
    assert plain(capsys.readouterr().err) == [f"2 of 12  seed=1,generator.depth=3: {told}"]


def test_a_run_in_turn_that_diverges_says_why(tmp_path, capsys) -> None:
    sink = ConsoleSink()
    sink.begin(replace(info(tmp_path), turn=replace(TURN, number=12)))
    sink.end(Outcome("diverged", 7, "the generator diverged at step 7", {}, 3.0, Verdict("diverged", 7)))
    assert plain(capsys.readouterr().err) == [
        "12 of 12  seed=1,generator.depth=3: diverged, the generator diverged at step 7, 3 s"
    ]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 7, ["one two", "  three"]),
        ("a 'balance=[ema,r1,packing]' b", 16, ["a 'balance=[ema,", "  r1,packing]' b"]),
        ("averylongwordindeed x", 5, ["averylongwordindeed", "  x"]),
        ("", 5, [""]),
        ("日本 語", 5, ["日本", "  語"]),
    ],
)
def test_lines_break_between_words(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width, indent="  ") == lines


def test_small_words() -> None:
    assert [step_time(s) for s in (0.0031, 0.42, 125)] == ["3.1 ms a step", "0.42 s a step", "2 min 5 s a step"]
    assert [rate(r) for r in (4512.4, 0.314, 9.99)] == ["4,512 samples/s", "0.31 samples/s", "10 samples/s"]
    assert on_one_line("a\x1b[31m\nü") == "a\\x1b[31m\\nü"


@pytest.mark.parametrize(
    ("tag", "value", "floor"),
    [
        ("metric/energy_distance", -0.001, True), ("energy_distance", 0.0, False), ("balance/distance", -1e-9, True),
        ("metric/kid_classifier", -0.1, True), ("mmd", -0.1, True), ("mmd_view", -0.1, True),
        ("metric/duality_gap", -0.1, False),
        ("loss/generator", -3.0, False), ("metric/energy_distance_error", -0.1, False),
    ],
)  # fmt: skip
def test_a_distance_below_zero_is_at_the_floor(tag: str, value: float, floor: bool) -> None:
    assert is_at_floor(tag, value) is floor
    assert with_floor(tag, value, "x") == ("x, at the floor of real data" if floor else "x")


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_closing_block_breaks_between_words_and_keeps_commands_whole(tmp_path, screen, width: int) -> None:
    evidence = tuple(Evidence(f"balance/{name}", 0.5, ">=", 0.2) for name in ("distance", "tempo", "missed", "astray"))
    verdict = Verdict("mode_collapse", 300, evidence, "balance/distance still falls, by 12% over the last 10 readings")
    final = {**FIGURES, "metric/energy_distance": -0.0213}
    with screen(width) as drawn:
        sink = ConsoleSink()
        sink.begin(info(tmp_path))
        sink.end(Outcome("done", 3000, "", final, 12.0, verdict, ADVICE, 512.0))
    lines = drawn.getvalue().partition("done  dcgan-mnist")[2].splitlines()[1:]
    commands = [line for line in lines if str(tmp_path) in line or "=" in line and ">=" not in line]
    assert all(len(line) <= width for line in lines if line not in commands), lines
    text = " ".join(" ".join(lines).split())
    for whole in (*ADVICE, WORDS["mode_collapse"], *map(str, evidence), f"gan sample run={tmp_path}"):
        assert whole in text, whole
    assert "-0.02130, at the floor of real data" in text
