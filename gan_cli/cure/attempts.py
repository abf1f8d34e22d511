"""The attempts of a cure: which overrides are tried, alone and together, and the settings of their runs.

The order of the remedies is that of `session/advice.py`. Nothing is trained here.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_cli.config.check import Node
from gan_cli.config.run_folders import PLACE
from gan_cli.cure.changes import changed, command, merged
from gan_cli.cure.sick_run import SickRun
from gan_cli.errors import UserError
from gan_cli.session.rehearsal import rehearse
from gan_cli.spec import SampleSpec
from gan_cli.sweep.axes import Point, point_of

FOLDER = "cure"
"""Folder of the attempts, inside the run folder."""

ROUND = 3
"""How many remedies are tried, each alone, before it is asked whether one of them helped."""


@dataclass(frozen=True)
class Attempt:
    """One run of a cure: the sick run's command and seed with other settings.

    Attributes:
        overrides: what differs from the sick run, as typed.
        point: the run as a point below the folder of the attempts.
        config: its settings.
        refusal: why these settings cannot be trained, in one line; empty if they can.
    """

    overrides: tuple[str, ...]
    point: Point
    config: Node
    refusal: str = ""

    @property
    def name(self) -> str:
        """The overrides in one line."""
        return " ".join(self.overrides)

    @property
    def folder(self) -> Path:
        """The run folder."""
        return Path(self.config[PLACE])


def rounds(sick: SickRun) -> Iterator[list[Attempt]]:
    """Yield attempts with one remedy each, three at a time, the most promising first."""
    known: dict[str, SampleSpec] = {}
    remedies = sick.remedies
    for first in range(0, len(remedies), ROUND):
        yield [_attempt(sick, tuple(shlex.split(remedy)), known) for remedy in remedies[first : first + ROUND]]


def together(sick: SickRun, helpful: Sequence[Attempt]) -> Attempt | None:
    """Return an attempt with two remedies that helped, or None if there is nothing to put together.

    It takes the best one, and the next that adds something to it: two that set the same setting exclude each other.

    Args:
        sick: the run.
        helpful: the attempts that helped, the best first.
    """
    if not helpful:
        return None
    best, *others = helpful
    known: dict[str, SampleSpec] = {}
    for other in others:
        both = _attempt(sick, merged(best.overrides, other.overrides), known)
        if both.config not in ({**each.config, PLACE: both.config[PLACE]} for each in (best, other)):
            return both
    return None


def _attempt(sick: SickRun, overrides: tuple[str, ...], known: dict[str, SampleSpec]) -> Attempt:
    """Return an attempt; `known` has the kinds of sample that were found already, by the settings of the data."""
    point = point_of(overrides, command(sick.typed, overrides)[: -len(overrides)])
    config = {**changed(sick.config, overrides, sick.typed), PLACE: str(sick.folder / FOLDER / point.folder)}
    try:
        rehearse(config, known)
    except UserError as error:
        return Attempt(overrides, point, config, " ".join(str(error).split()))
    return Attempt(overrides, point, config)
