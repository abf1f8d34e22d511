"""The base class of sinks, which receive the texts, numbers and pictures of a run, and the data given to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from gan_cli.diagnosis.verdict import Verdict
from gan_cli.pictures.png import Picture
from gan_cli.run_status import RunStatus

if TYPE_CHECKING:  # torch takes seconds to load, and the first line of a command stands before
    from torch import Tensor

    from gan_cli.spec import SampleSpec

Scalar = float | int | bool | str


@dataclass(frozen=True)
class SweepPosition:
    """The position of a run in a sweep that trains its runs one after another in one process.

    Attributes:
        point: folder name of the run, which shows its settings, such as `seed=0`.
        number: number of the run, from 1.
        of: number of runs in the sweep.
    """

    point: str
    number: int
    of: int


def no_shorter_runs(_: float) -> Sequence[tuple[str, float]]:
    """Return no overrides that would make a run shorter."""
    return ()


@dataclass(frozen=True)
class RunInfo:
    """The facts about a run that its sinks receive.

    Attributes:
        folder: the run folder; it exists.
        name: name of the run.
        total_steps: the step at which the run ends.
        start_step: the last finished step, 0 for a new run; a sink of a resumed run drops all that it holds beyond it.
        batch_size: real samples per training step.
        config: the resolved settings as YAML text.
        settings: settings that can change the result, and the typed overrides: full key -> plain value.
        has_cut: whether a single logit says "real" or "fake". If not, `accuracy/real` and the like have no meaning,
            and only `accuracy/pairwise` is shown.
        columns: keys of the settings that a table of runs shows: typed or swept ones; for a run alone at least four.
        measures: tags of the scalars that this table shows; the first one ranks the runs.
        earlier: seconds that the run took in earlier processes.
        shorter_runs: seconds per step -> overrides that make the run shorter, each with the seconds that it would take.
        trust: "trust=true" if commands on this run need it, because it uses the user's own classes; else empty.
        turn: position in a sweep; None if the run is alone or runs in parallel with others.
        small_is_good: whether small values of the first measure are better.
        swept: whether the run belongs to a sweep.
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
    shorter_runs: Callable[[float], Sequence[tuple[str, float]]] = no_shorter_runs
    trust: str = ""
    turn: SweepPosition | None = None
    small_is_good: bool = True
    swept: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        status: done, stopped (early, by a rule), diverged, failed or interrupted; refused if no step was possible, so
            that nothing is kept.
        step: the last finished step.
        message: one line for the user; empty if there is nothing to add.
        final: the last value of every scalar, by tag.
        seconds: wall-clock time of the whole run, over all its processes.
        verdict: the last verdict; None before the first reading.
        advice: overrides to try next, best first.
        speed: real samples per second over the whole run; None if it is not known.
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
    """A receiver of a run's telemetry. Every method does nothing unless a subclass overrides it.

    Attributes:
        works_apart: whether it may work in another process, to which it is sent before `begin`.
    """

    works_apart: ClassVar[bool] = False

    def begin(self, run: RunInfo) -> None:
        """Open the sink. For a resumed run, drop everything beyond `run.start_step`."""

    def progress(self, step: int) -> None:
        """Note that a step was submitted to the device. Called at every step, so it must cost almost nothing."""

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Receive the means over the window that ends at `step`, by tag."""

    def verdict(self, step: int, verdict: Verdict, advice: tuple[str, ...]) -> None:
        """Receive the verdict of the reading at `step` and overrides to try; called just before `scalars`."""

    def picture(self, step: int, tag: str, picture: Picture) -> None:
        """Receive a picture, RGB, such as one of the samples at `step`."""

    def sound(self, step: int, tag: str, clips: Tensor, spec: SampleSpec) -> None:
        """Receive the clips (N, C, length) of a picture, on the CPU; called beside `picture`, for sound only."""

    def text(self, step: int, tag: str, text: str) -> None:
        """Receive a text: YAML for the tag `config`, plain lines for `samples/lines`, Markdown for all others."""

    def end(self, outcome: Outcome) -> None:
        """Close the sink; called once, no matter how the run ended."""
