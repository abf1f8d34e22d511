"""Train as one of the further processes of a run: no files, no messages, and the settings of the first process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_cli.config.check import Node
from gan_cli.diagnosis.verdict import Verdict
from gan_cli.game import Critic, Sampler
from gan_cli.launched import Launched
from gan_cli.own_code import set_search_folders
from gan_cli.processes import joined
from gan_cli.session.assemble import Parts
from gan_cli.session.prepared import prepared
from gan_cli.session.signals import StopSignals, ended_at_once
from gan_cli.world import World


@dataclass(frozen=True)
class Task:
    """What the first process tells the others to train.

    Attributes:
        config: the checked settings.
        folder: the run folder.
        searched: folders with the user's own classes.
    """

    config: Node
    folder: Path
    searched: tuple[Path, ...]


def lead(world: World, task: Task | None) -> None:
    """Tell the other processes what to train; None for nothing."""
    world.from_first(lambda: task)


def follow(launched: Launched) -> int:
    """Train what the first process trains, until it ends; return the exit code.

    Raises:
        ProcessLostError: another process has ended.
    """
    with contextlib.ExitStack() as stack:
        with ended_at_once():
            world = stack.enter_context(joined(launched))
            task: Task | None = world.from_first(_never)
        if task is None:
            return 0
        set_search_folders(task.searched)
        parts = Parts(task.config, world=world)
        trainer = prepared(parts, task.folder).trainer
        with StopSignals() as signals, contextlib.closing(trainer):
            trainer.run(task.folder, _Silent(parts.build("telemetry").wants_scalars), signals.requested)
        world.gathered(trainer.failure)
    return signals.exit_code


def _never() -> Any:
    raise AssertionError("only the first process makes it")


class _Silent:
    """An observer that reports nothing.

    Args:
        wants_scalars: whether the first process takes a reading at a step; all must take part in it.
    """

    def __init__(self, wants_scalars: Callable[[int], bool]) -> None:
        self.wants_scalars = wants_scalars

    def wants_pictures(self, step: int) -> bool:
        """Return False."""
        return False

    def progress(self, step: int) -> None:
        """Do nothing."""

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Do nothing."""

    def verdict(self, step: int, verdict: Verdict) -> None:
        """Do nothing."""

    def pictures(self, step: int, sample: Sampler, criticise: Critic) -> None:
        """Do nothing."""
