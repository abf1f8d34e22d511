"""A search by Optuna, which keeps trials and results in a journal in the sweep's folder."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gan_cli.disk.reading import read_bytes
from gan_cli.disk.writing import append_to, replace_file
from gan_cli.errors import UserError

log = logging.getLogger(__name__)

FILE_NAME = "journal.log"


def ready(folder: Path) -> Path:
    """Return the journal in a sweep's folder, which this process has locked, after repairing a torn last line.

    Raises:
        UserError: a line before the last cannot be read, and later lines depend on it.
    """
    path = folder / FILE_NAME
    append_to(path).close()  # refuses a link or a pipe
    lines = read_bytes(path).split(b"\n")
    last = lines.pop()
    for number, line in enumerate(lines, 1):
        if not _is_entry(line):
            raise damaged(folder, f"line {number} of it cannot be read")
    if last:
        log.warning("the last line of %s was torn and is %s", path, "ended" if _is_entry(last) else "left out")
        whole = [*lines, last] if _is_entry(last) else lines
        replace_file(path, [line + b"\n" for line in whole])
    return path


def damaged(folder: Path, reason: str) -> UserError:
    """The error for a journal that cannot be continued."""
    return UserError(
        f"hydra.sweep.dir={folder}: {FILE_NAME} in it is damaged ({reason}), so the search cannot go on.\n"
        "Begin another with a new sweep_name; `gan compare` still reads the runs of this one."
    )


def _is_entry(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


if TYPE_CHECKING:
    from optuna import Study

    from gan_cli.sweep.space import Space

Direction = Literal["minimize", "maximize"]

_NAME = "gan"


class Search:
    """A search that proposes trials and learns from their results.

    Bergstra et al. (2011), "Algorithms for hyper-parameter optimization", by Optuna (Akiba et al. 2019,
    arXiv:1907.10902).

    Args:
        folder: the sweep folder. `journal.log` in it stores all trials, and a new process continues from it.
        space: the axes that are searched.
        directions: one per objective.
        startup: number of trials drawn at random before the model chooses.
        seed: seed of the draws. The number of earlier trials is added to it, so that a resumed search draws new points.
        at_once: number of trials that run at the same time; if several, a running trial counts as a poor one.
        pruning: stop trials that are worse than the median of the earlier ones at the same step.

    Raises:
        UserError: Optuna is not installed, or the journal belongs to another search.
    """

    def __init__(
        self,
        folder: Path,
        space: Space,
        directions: Sequence[Direction],
        *,
        startup: int,
        seed: int,
        at_once: int,
        pruning: bool,
    ) -> None:
        optuna = _optuna()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space = space
        self._study = _study_in(folder, directions, optuna)
        before = self._study.get_trials(deepcopy=False)
        known = [trial for trial in before if not self._is_incomplete(trial)]
        self._refuse_another(folder, directions, known)
        for trial in before:
            if _runs(trial) and self._is_incomplete(trial):
                self._study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        self._study.sampler = optuna.samplers.TPESampler(
            n_startup_trials=startup, seed=seed + len(before), constant_liar=at_once > 1, multivariate=True
        )
        self._study.pruner = (
            optuna.pruners.MedianPruner(n_startup_trials=startup) if pruning else optuna.pruners.NopPruner()
        )
        self._running = {trial.number: optuna.Trial(self._study, trial._trial_id) for trial in known if _runs(trial)}
        self._reported: dict[int, int] = {}

    @property
    def asked(self) -> int:
        """Number of trials so far, including running ones."""
        return len(self._study.get_trials(deepcopy=False))

    def running(self) -> dict[int, dict[str, Any]]:
        """Number and parameters of each trial whose end was not reported yet."""
        return {number: dict(trial.params) for number, trial in self._running.items()}

    def ask(self) -> int:
        """Start a new trial and return its number."""
        trial = self._study.ask(dict(self._space.distributions))
        self._running[trial.number] = trial
        return int(trial.number)

    def tell(self, number: int, values: Sequence[float]) -> None:
        """Report the values of the objectives of a trial that has ended."""
        self._study.tell(self._running.pop(number), list(values))

    def give_up(self, number: int, *, pruned: bool) -> None:
        """Report that a trial has no result: it failed or was pruned."""
        from optuna.trial import TrialState

        self._study.tell(self._running.pop(number), state=TrialState.PRUNED if pruned else TrialState.FAIL)

    def is_hopeless(self, number: int, step: int, value: float) -> bool:
        """Whether a running trial should be pruned, given the value of its objective at a step."""
        trial = self._running[number]
        if self._reported.get(number, -1) < step:
            self._reported[number] = step
            trial.report(value, step)
        return bool(trial.should_prune())

    def best(self) -> list[tuple[int, Mapping[str, Any], list[float]]]:
        """Number, parameters and values of the best trial, or of those that no other trial beats in all objectives."""
        from optuna.trial import TrialState

        if not self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
            return []
        return [(trial.number, trial.params, list(trial.values)) for trial in self._study.best_trials]

    def _refuse_another(self, folder: Path, directions: Sequence[Direction], before: Sequence[Any]) -> None:
        theirs = [direction.name.lower() for direction in self._study.directions]
        axes = {name: drawn for trial in before for name, drawn in trial.distributions.items()}
        another = f"hydra.sweep.dir={folder}: the journal in it is of another search, "
        if theirs != list(directions) or (axes and set(axes) != set(self._space.distributions)):
            searched = ", ".join(sorted(axes)) or "nothing yet"
            raise UserError(f"{another}over {searched} ({', '.join(theirs)}); name another sweep_name")
        for name, drawn in axes.items():
            if _manner(drawn) != _manner(self._space.distributions[name]):
                raise UserError(f"{another}with other values or another scale of {name}; name another sweep_name")

    def _is_incomplete(self, trial: Any) -> bool:
        """Whether a process died before it had drawn all values of a trial; the next one ends it as failed."""
        return trial.state.name in ("RUNNING", "FAIL") and set(trial.params) < set(self._space.distributions)


def _study_in(folder: Path, directions: Sequence[Direction], optuna: Any) -> Study:
    path = ready(folder)
    try:
        storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
        study: Study = optuna.create_study(
            study_name=_NAME, storage=storage, directions=list(directions), load_if_exists=True
        )
        study.get_trials(deepcopy=False)
    except OSError:
        raise
    except Exception as error:  # entries that contradict each other can make Optuna raise anything
        raise damaged(folder, f"{type(error).__name__}: {str(error).partition(chr(10))[0]:.60}") from error
    return study


def _manner(drawn: Any) -> tuple[object, ...]:
    """Return what must stay the same in a distribution; the ends of a range or an interval may change."""
    return type(drawn), getattr(drawn, "log", None), getattr(drawn, "choices", None)


def _runs(trial: Any) -> bool:
    return bool(trial.state.name == "RUNNING")


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise UserError(
            "hydra/sweeper=tpe: this needs Optuna, which is not installed; pip install 'optuna>=5,<6'"
        ) from error
    return optuna
