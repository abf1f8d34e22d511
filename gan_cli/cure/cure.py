"""A cure from its request to its result: what is tried alone, then together, and how it compares with the sick run."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_cli.comparison.find_runs import RunLocation
from gan_cli.comparison.ranking import metric_classes
from gan_cli.comparison.rows import read_row
from gan_cli.config.targets import resolver
from gan_cli.cure.attempts import FOLDER, Attempt, rounds, together
from gan_cli.cure.floor import real_data_floor
from gan_cli.cure.hopeless import GiveUp
from gan_cli.cure.processes import train
from gan_cli.cure.request import CureRequest
from gan_cli.cure.sick_run import SickRun, open_sick_run
from gan_cli.cure.standing import Standing, Tried
from gan_cli.errors import SettingError, UserError
from gan_cli.own_code import allow
from gan_cli.run_status import ENDED
from gan_cli.session.assemble import Parts
from gan_cli.session.folder import read_status, refuse_place
from gan_cli.session.preflight import plan
from gan_cli.session.writable import wrong_file
from gan_cli.sweep.status import Row
from gan_cli.sweep.workers import Workers

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cure:
    """A cure that has ended.

    Attributes:
        sick: the run.
        standing: the attempts beside it.
        floor: the figure of real data; None if it is not known.
    """

    sick: SickRun
    standing: Standing
    floor: float | None


def open_request(request: CureRequest) -> SickRun:
    """Check a request and read its run.

    Raises:
        UserError: the run cannot be cured, or the file for the results cannot be written.
    """
    if problem := wrong_file("json", request.json):
        raise SettingError.of([problem])
    return open_sick_run(Path(request.run), trust=request.trust)


def cure(sick: SickRun, *, workers: Workers = "auto", trust: bool = False) -> Cure:
    """Try what the advice of a run suggests: each remedy alone, three and then three more until one helps.

    Then the best two that helped are tried together.

    Args:
        sick: a run that is not balanced.
        workers: number of attempts at a time.
        trust: let its settings name classes that are not ours.

    Raises:
        UserError: there is no advice, no attempt can be trained, or the data cannot be read.
        SystemExit: a signal ended it (129, 130, 143); the attempts are saved, and the same command goes on.
    """
    folder = sick.folder / FOLDER
    planned = list(rounds(sick))
    if not planned:
        words = f"{sick.verdict.words}, and no advice is left that the run does not follow already"
        raise UserError(f"run={sick.folder}: {words}; docs/balance.md lists all techniques")
    alone = [attempt for each in planned for attempt in each]
    if all(attempt.refusal for attempt in alone):
        raise UserError(f"run={sick.folder}: no advice can be tried; {alone[0].name} is refused: {alone[0].refusal}")
    refuse_place(folder)
    if trust:
        allow(metric_classes([sick.row]))
    Parts(sick.config, resolver(trust=trust)).source().prepare()
    tried: list[Tried] = []
    for attempts in planned:
        tried += _tried(sick, attempts, workers)
        if helpful := Standing(sick.row, tried).helpful:
            break
    best_first = [each.attempt for each in helpful]
    if both := together(sick, best_first):
        tried += _tried(sick, [both], workers)
    standing = Standing(sick.row, tried)
    return Cure(sick, standing, real_data_floor(sick.config, standing.by, trust=trust))


def _tried(sick: SickRun, attempts: Sequence[Attempt], workers: Workers) -> list[Tried]:
    """Train the attempts that are not finished, and return all with their results."""
    folder = sick.folder / FOLDER
    todo = list(_unfinished(attempt for attempt in attempts if not attempt.refusal))
    rows: dict[str, Row] = {}
    if todo:
        ended, code = train(folder, todo, GiveUp(sick.verdict.state, sick.steps, sick.distance), workers)
        rows = {row.folder: row for row in ended}
        if code:
            log.warning("saved; the same command goes on")
            raise SystemExit(code)
    return [_with_results(folder, attempt, rows.get(attempt.point.folder)) for attempt in attempts]


def _unfinished(attempts: Iterable[Attempt]) -> Iterable[Attempt]:
    """Yield the attempts that are to be trained; a diverged one would diverge again.

    Raises:
        UserError: the folder of an attempt has a run with other settings, or another process writes to it.
    """
    for attempt in attempts:
        intent = plan(attempt.config, attempt.point.overrides, attempt.folder).intent
        if intent != "finished" and read_status(attempt.folder).get("status") != "diverged":
            yield attempt


def _with_results(folder: Path, attempt: Attempt, row: Row | None) -> Tried:
    if attempt.refusal:
        return Tried(attempt)
    status = row.status if row is not None else None
    reason = row.reason if row is not None and row.status not in ENDED else ""
    place = RunLocation(attempt.folder, folder, attempt.overrides, status, reason, read_status(folder))
    return Tried(attempt, read_row(place))
