"""The result of a cure in words: the rows of its table, what helped, and the commands that go on from there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from gan_cli import wording
from gan_cli.comparison.rows import Row
from gan_cli.config.runs import trust_needed
from gan_cli.cure.changes import command
from gan_cli.cure.cure import Cure
from gan_cli.cure.hopeless import NEARER
from gan_cli.cure.standing import HEALTHY, Tried
from gan_cli.diagnosis.verdict import name_of
from gan_cli.quoting import command_on
from gan_cli.run_status import FINISHED
from gan_cli.telemetry.closing_block import shortest

SICK, REAL = "the run itself", "real data"
"""The names of the rows that are no attempts."""

MORE_STEPS = 2
"""How many times as many steps the command suggests that goes on with the best attempt."""


@dataclass(frozen=True)
class Line:
    """One row of the table, as texts; what is not known is empty.

    Attributes:
        name: the overrides of the attempt, one by one, or the name of the row.
        verdict: the verdict, with a question mark if it is in doubt, or the status of a run without a result.
        figure: the figure by which the attempts are compared.
        steps: the steps done, beside the planned ones if these are more.
        time: the wall-clock time.
        best: whether it is the best attempt.
    """

    name: tuple[str, ...]
    verdict: str = ""
    figure: str = ""
    steps: str = ""
    time: str = ""
    best: bool = False


def lines(cure: Cure) -> Iterator[Line]:
    """Yield the rows of the table: the sick run, the attempts, and real data if their figure is known."""
    yield _line(cure, (SICK,), cure.sick.row)
    best = cure.standing.best
    for each in cure.standing.tried:
        if each.row is None:
            yield Line(each.attempt.overrides, each.status)
        else:
            yield _line(cure, each.attempt.overrides, each.row, best=each is best)
    if cure.floor is not None:
        yield Line((REAL,), figure=wording.number(cure.floor))


def _line(cure: Cure, name: tuple[str, ...], row: Row, *, best: bool = False) -> Line:
    value = cure.standing.figure(row)
    steps = "" if row.step is None else f"{row.step:,}"
    return Line(
        name=name,
        verdict=verdict_text(row),
        figure="" if value is None else wording.number(value),
        steps=steps if row.step in (None, cure.sick.steps) else f"{steps} of {cure.sick.steps:,}",
        time="" if row.seconds is None else wording.duration(row.seconds),
        best=best,
    )


def verdict_text(row: Row) -> str:
    """Return a run's verdict, with a question mark if it is in doubt, or the status of a run without a result."""
    if row.status not in FINISHED and row.status != "interrupted" or row.verdict is None:
        return row.status
    return wording.marked(name_of(row.verdict), row.doubt)


def reasons(cure: Cure) -> Iterator[str]:
    """Yield why an attempt has no result or ended early, for each such attempt."""
    yield from (f"{each.attempt.name}: {each.reason}" for each in cure.standing.tried if each.reason)


def findings(cure: Cure) -> list[tuple[str, str]]:
    """Return what came out, and the commands that go on from there, each with a label."""
    best = cure.standing.best
    if best is None or best.row is None:
        return [("not cured", _nothing(cure))]
    cured = best.row.verdict == HEALTHY
    label = ("probably cured" if best.row.doubt else "cured") if cured else "better"
    folder = shortest(best.attempt.folder)
    trust = trust_needed(best.attempt.config)
    found = [(label, _gain(cure, best)), ("command", command_of(cure, best))]
    # a verdict in doubt may change with more steps, so that these come before another cure
    found += [] if cured or best.row.doubt else [("cure again", command_on("cure", folder, trust))]
    return [*found, ("go on", f"{command_on('train', folder, trust)} trainer.steps={MORE_STEPS * cure.sick.steps}")]


def command_of(cure: Cure, tried: Tried) -> str:
    """Return the command that trains an attempt from its start, in a folder of its own."""
    return f"gan train {shlex.join(command(cure.sick.typed, tried.attempt.overrides))}"


def _gain(cure: Cure, best: Tried) -> str:
    assert best.row is not None
    by, value, before = cure.standing.by, cure.standing.figure(best.row), cure.standing.figure(cure.sick.row)
    parts = [verdict_text(best.row)]
    if by is not None and value is not None:
        instead = "" if before is None else f" instead of {wording.number(before)}"
        parts.append(f"{by.name} {wording.number(value)}{instead}")
    parts += [] if best.row.verdict == HEALTHY else ["not yet balanced"]
    return f"{best.attempt.name}: {', '.join(parts)}"


def _nothing(cure: Cure) -> str:
    tried = [each.attempt.name for each in cure.standing.tried]
    share = wording.percent(NEARER)
    by = cure.standing.by
    nearer = "" if by is None else f", or better in {by.name} by {share}"
    return f"none of these ended balanced{nearer}: {'; '.join(tried)}"
