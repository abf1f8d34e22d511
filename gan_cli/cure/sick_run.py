"""The run that is to be cured, read from its folder: its settings, its verdict and its results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from gan_cli.comparison.find_runs import RunLocation
from gan_cli.comparison.rows import Row, read_row
from gan_cli.config.check import Node
from gan_cli.config.runs import load_run, on_run, typed_in
from gan_cli.cure.hopeless import DISTANCE
from gan_cli.diagnosis.verdict import State, Verdict
from gan_cli.errors import UserError
from gan_cli.run_status import ENDED
from gan_cli.session.advice import advise
from gan_cli.session.experiment import experiment
from gan_cli.session.folder import read_status, refuse_held
from gan_cli.session.folder_safety import refuse_unsafe_folder
from gan_cli.session.same_data import with_absolute_root

LONGER = 4
"""How many times as many steps are suggested for a run that ended before its first verdict."""


@dataclass(frozen=True)
class SickRun:
    """A run that has ended with a verdict.

    Attributes:
        folder: the run folder, absolute.
        config: its settings.
        typed: the overrides that were typed when it started.
        verdict: the last verdict.
        row: its results.
    """

    folder: Path
    config: Node
    typed: tuple[str, ...]
    verdict: Verdict
    row: Row

    @property
    def steps(self) -> int:
        """The step at which the run and its attempts end."""
        return int(self.config["trainer"]["steps"])

    @property
    def distance(self) -> float | None:
        """The last distance to the data; None after a divergence, when it depends on when it was read."""
        diverged = "diverged" in (self.row.status, self.verdict.state)
        return None if diverged else self.row.values.get(DISTANCE)

    @property
    def remedies(self) -> tuple[str, ...]:
        """All overrides to try, ready for the shell, the most promising first."""
        return advise(self.config, self.verdict, None)


def open_sick_run(folder: Path, *, trust: bool) -> SickRun:
    """Read a run that has ended; its verdict may also be `balanced`.

    Args:
        folder: the run folder.
        trust: let its config name classes that are not ours.

    Raises:
        UserError: not a run, not trusted, still written to by a process, or without a verdict.
    """
    refuse_unsafe_folder(folder)
    refuse_held(folder)
    config = with_absolute_root(load_run(folder, experiment, trust=trust))
    row = read_row(RunLocation(folder.absolute()))
    if row.verdict is None or row.verdict == "warming_up" or row.verdict not in get_args(State):
        raise UserError(f"run={folder}: {_without_verdict(folder, config, row)}")
    doubt = str(read_status(folder).get("verdict", {}).get("doubt") or "")
    verdict = Verdict(cast(State, row.verdict), 0, doubt=doubt)
    return SickRun(folder.absolute(), config, tuple(typed_in(folder)), verdict, row)


def _without_verdict(folder: Path, config: Node, row: Row) -> str:
    """Return why the run cannot be cured yet, and the command that gets it a verdict."""
    command = on_run("train", folder, config)
    if row.status not in ENDED:
        return f"{row.status}, and it has no verdict yet; `{command}` trains it further"
    steps = int(config["trainer"]["steps"])
    longer = f"{command} trainer.steps={LONGER * steps}"
    return f"its {steps:,} steps gave too few readings for a verdict; `{longer}` adds some"
