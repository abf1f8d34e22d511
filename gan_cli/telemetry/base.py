"""The Sink protocol: where the words, numbers and pictures of a run go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gan_cli.diagnosis.verdict import Verdict
from gan_cli.pictures.png import Picture
from gan_cli.run_status import RunStatus

Scalar = float | int | bool | str


@dataclass(frozen=True)
class Turn:
    """Which of the runs of a sweep this one is, where they take turns in one process.

    Attributes:
        point: what the sweep varies, as typed.
        number: of the run, from 1.
        of: how many there are.
    """

    point: str
    number: int
    of: int


@dataclass(frozen=True)
class RunInfo:
    """What a sink may know of the run that it records.

    Attributes:
        folder: the run folder; it exists.
        name: what a person calls the run.
        total_steps: the step at which the run ends.
        start_step: the last finished step; 0 for a new run, else what a sink holds beyond it is to be dropped.
        batch_size: real samples per training step.
        config: the resolved settings as YAML text.
        settings: the same settings flat, and what was typed for the run: full key -> plain value.
        has_cut: whether a single logit answers "real or fake", so that `accuracy/real` and its kin mean something;
            else only `accuracy/pairwise` does.
        columns: those of its settings that a table of runs shows: what was typed, or swept.
        measures: tags of the figures that it shows, the one that decides first.
        earlier: seconds that the run took before, in other processes.
        cheaper: seconds of a step -> overrides that make the whole run shorter, each with the seconds it would take.
        trust: what commands need besides its folder, where it has classes of a person's own: "trust=true"; else empty.
        turn: which run of a sweep it is; None if it stands alone, or runs beside others.
        small_is_good: whether the first of them is to be small.
        swept: whether it belongs to a sweep.
    """

    folder: Path
    name: str
    total_steps: int
    start_step: int
    batch_size: int
    config: str
    settings: Mapping[str, Scalar] = field(default_factory=dict)
    has_cut: bool = True
    columns: Sequence[str] = ()
    measures: Sequence[str] = ()
    earlier: float = 0.0
    cheaper: Callable[[float], Sequence[tuple[str, float]]] = lambda _: ()
    trust: str = ""
    turn: Turn | None = None
    small_is_good: bool = True
    swept: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        status: done, stopped (before its time, by a rule), diverged, failed or interrupted; refused where no step was
            possible, so that nothing is kept.
        step: the last finished step.
        message: one line for a person; empty when there is nothing to add.
        final: the last value of every scalar, by tag.
        seconds: wall-clock time of the whole run, of all its processes.
        verdict: who was winning; None before the first reading.
        advice: overrides to try next, best first.
        speed: real samples per second over the whole run; None where it is not known.
    """

    status: RunStatus
    step: int
    message: str
    final: Mapping[str, float]
    seconds: float
    verdict: Verdict | None = None
    advice: tuple[str, ...] = ()
    speed: float | None = None


class Sink:
    """One recipient of a run's telemetry; every method does nothing until a subclass says otherwise."""

    def begin(self, run: RunInfo) -> None:
        """Open; on a resumed run, drop what lies beyond `run.start_step`."""

    def progress(self, step: int) -> None:
        """A step was handed to the device; called every step, so it must cost next to nothing."""

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Means over the window that ends at `step`, by tag."""

    def verdict(self, step: int, verdict: Verdict, advice: tuple[str, ...]) -> None:
        """Who is winning, as the reading at `step` shows it, and overrides to try; told just before its scalars."""

    def picture(self, step: int, tag: str, picture: Picture) -> None:
        """A picture of the samples at `step`."""

    def text(self, step: int, tag: str, text: str) -> None:
        """Markdown text."""

    def end(self, outcome: Outcome) -> None:
        """Close; called once, however the run ended."""
