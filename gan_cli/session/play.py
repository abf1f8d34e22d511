"""Train one run from its plan to its end: open, report and close everything in the right order."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gan_cli.accidents import as_user_error, short_message
from gan_cli.config.check import Node
from gan_cli.config.runs import save_run, to_yaml, trust_needed, typed_in
from gan_cli.diagnosis.verdict import Verdict
from gan_cli.errors import UserError
from gan_cli.quoting import command_on
from gan_cli.run_status import RunStatus
from gan_cli.session import row
from gan_cli.session.assemble import Parts
from gan_cli.session.ended_early import ended_without_results, error_context, newest_checkpoint, removed_if_refused
from gan_cli.session.folder import Lock, warn_if_moved
from gan_cli.session.prepared import prepared
from gan_cli.session.same_data import record
from gan_cli.session.shorter_runs import shorter_runs
from gan_cli.session.signals import StopSignals
from gan_cli.session.status import StatusFiles
from gan_cli.session.stored_status import damaged_in
from gan_cli.stepwise import Stepwise, finish
from gan_cli.telemetry.base import Outcome, RunInfo, SweepPosition
from gan_cli.telemetry.recorder import Recorder, View
from gan_cli.training.gan import Gan
from gan_cli.training.scalar_buffer import Divergence
from gan_cli.training.trainer import Trainer
from gan_cli.world import ALONE, World

log = logging.getLogger(__name__)

SIGNAL_MESSAGE = "the run saves and ends after its current step; the same signal again ends it at once"
"""The message that is logged when a signal arrives."""

STOPPED_FROM_OUTSIDE = 143
"""The exit code if the caller ended the run without a signal. It is that of SIGTERM, which means the same."""


Stop = Callable[[], str | None]
"""Returns why the run should stop after this step: None to continue, an empty string if it will be resumed later."""

GiveUp = Callable[[int, Verdict, Mapping[str, float]], str]
"""The last step, the newest verdict and the last reading -> why the run should end for good; empty to continue."""


@dataclass(frozen=True)
class SweepHooks:
    """What a sweep passes to one of its runs.

    Attributes:
        stop: called at every step.
        swept: the run's overrides on the axes of the sweep; None if there is no sweep.
        turn: position of the run among the sweep's runs, if these take turns in this process.
        give_up: called at every step.
    """

    stop: Stop = lambda: None
    swept: Sequence[str] | None = None
    turn: SweepPosition | None = None
    give_up: GiveUp = lambda step, verdict, values: ""


NO_HOOKS = SweepHooks()
"""The hooks of a run that belongs to no sweep."""


@dataclass(frozen=True)
class Ending:
    """How a run ended, and the exit code: 0 done or stopped, 1 diverged or failed, 129, 130 or 143 after a signal."""

    outcome: Outcome
    exit_code: int


@dataclass(frozen=True)
class OpenRun:
    """A run that is ready to start or to resume.

    Attributes:
        on_gpu: whether a GPU trains, which must not wait for files and pictures.
    """

    trainer: Trainer
    recorder: Recorder
    info: RunInfo
    view: View
    on_gpu: bool


def play(
    config: Node, overrides: list[str], folder: Path, hooks: SweepHooks = NO_HOOKS, world: World = ALONE
) -> Ending:
    """Train like `play_stepwise`, without a pause."""
    return finish(play_stepwise(config, overrides, folder, hooks, world))


def play_stepwise(
    config: Node, overrides: list[str], folder: Path, hooks: SweepHooks = NO_HOOKS, world: World = ALONE
) -> Stepwise[Ending]:
    """Train a run with checked settings in its folder, from its newest checkpoint if there is one.

    It pauses after each step.

    Args:
        config: the settings.
        overrides: the typed overrides.
        folder: the run folder.
        hooks: what a sweep passes to the run.
        world: the processes that train the run together, of which this is the first.

    Raises:
        UserError: the data cannot be read, a checkpoint cannot be used, the disk is full, or the folder is locked.
    """
    try:
        with removed_if_refused(folder), Lock(folder), warn_if_moved(folder):
            run = _open(Parts(config, world=world), overrides, folder, hooks)
            with StopSignals(SIGNAL_MESSAGE) as signals:
                return (yield from _train(run, folder, signals, hooks, world))
    except UserError:
        raise
    except Exception as error:
        raise as_user_error(error, error_context(config, overrides, folder, error)) from error


def _open(parts: Parts, overrides: list[str], folder: Path, hooks: SweepHooks) -> OpenRun:
    """Build everything and load the newest checkpoint, if there is one."""
    ready = prepared(parts, folder)
    trainer, gan, spec = ready.trainer, ready.gan, ready.source.spec
    recorder: Recorder = parts.build("telemetry")
    recorder.add(StatusFiles(_capacity(gan)))
    for name in damaged_in(folder):
        log.warning("%s cannot be read; it is written again", name)
    if ready.resumed:
        recorder.final = dict(trainer.reported)
        recorder.verdict_so_far = trainer.verdict
        log.info("going on after step %d of %d", trainer.step, trainer.steps)
    threads = trainer.cpu_threads
    log.info(threads.description, extra={"for_files": not threads.fewer})
    if parts.world.size > 1:
        log.info("%d processes train together, each on its part of every batch", parts.world.size)
    save_run(folder, parts.config, overrides)
    record(folder, ready.split)
    view = parts.view(spec, gan, ready.split, recorder.count(spec))
    on_gpu = gan.rng.device.type != "cpu"
    return OpenRun(trainer, recorder, _info(parts, folder, trainer, hooks), view, on_gpu)


def _train(run: OpenRun, folder: Path, signals: StopSignals, hooks: SweepHooks, world: World) -> Stepwise[Ending]:
    trainer, recorder = run.trainer, run.recorder

    asked: str | None = None

    def requested() -> bool:
        nonlocal asked
        asked = hooks.stop()
        if asked is None:
            asked = hooks.give_up(trainer.step, trainer.verdict, trainer.reported) or None
        return signals.requested() or asked is not None

    try:
        recorder.begin(run.info, run.view, apart=run.on_gpu)
        with contextlib.closing(trainer):
            if trainer.step == 0:
                recorder.pictures(0, trainer.sample, trainer.criticise)
            divergence = yield from trainer.run_stepwise(folder, recorder, requested)
    except BaseException as error:
        # not always an Exception: also SystemExit, from a second signal or from a job that is requeued
        status: RunStatus = "failed" if isinstance(error, Exception) else "interrupted"
        if ended_without_results(folder, error):
            status = "refused"
        message = newest_checkpoint(folder, "saved up to") if status == "interrupted" else short_message(error)
        with contextlib.suppress(Exception):  # a sink that fails, too, must not hide what happened
            recorder.end(status, trainer.step, message)
        raise
    # after a signal to the whole group the workers may end first
    failures = "; ".join(filter(None, world.gathered(trainer.failure)))
    failure = "" if signals.requested() else failures
    outcome, code = _closed(run, folder, divergence, asked, failure)
    return Ending(outcome, signals.exit_code or code)


def _closed(
    run: OpenRun, folder: Path, divergence: Divergence | None, asked: str | None, failure: str
) -> tuple[Outcome, int]:
    """Tell the sinks how the run ended; return the outcome, and the exit code unless a signal sets it."""
    trainer, recorder = run.trainer, run.recorder
    if divergence is not None:
        message = f"the {divergence.network} diverged at step {divergence.step}: {divergence.tag} is not finite; "
        recorder.verdict(divergence.step, Verdict("diverged", divergence.step))
        return recorder.end(
            "diverged", divergence.step, message + newest_checkpoint(folder, "the last good checkpoint is of")
        ), 1
    if trainer.stopped or asked:
        return recorder.end("stopped", trainer.step, trainer.stopped or asked or ""), 0
    if trainer.step == trainer.steps:
        return recorder.end("done", trainer.step), 0
    if failure:
        saved = newest_checkpoint(folder, "the run is saved up to")
        command = command_on("train", str(folder), run.info.trust)
        return recorder.end("failed", trainer.step, f"{failure}; {saved}, and `{command}` goes on"), 1
    return recorder.end("interrupted", trainer.step), STOPPED_FROM_OUTSIDE


def _capacity(gan: Gan) -> dict[str, float]:
    """Number of trainable parameters of both networks, and D's number divided by G's."""
    networks = (gan.generator, gan.discriminator)
    generator, discriminator = (sum(p.numel() for p in each.parameters() if p.requires_grad) for each in networks)
    return {"generator": generator, "discriminator": discriminator, "ratio": discriminator / generator}


def _info(parts: Parts, folder: Path, trainer: Trainer, hooks: SweepHooks) -> RunInfo:
    swept = hooks.swept
    has_cut = parts.loss().probability is not None
    typed = row.typed_cells(typed_in(folder) if swept is None else swept)
    return RunInfo(
        folder=folder,
        name=parts.config["name"],
        total_steps=trainer.steps,
        start_step=trainer.step,
        batch_size=trainer.batch_size,
        config=to_yaml(parts.config),
        settings=row.cells(parts.config, typed),
        has_cut=has_cut,
        columns=row.columns(typed, alone=swept is None),
        earlier=trainer.seconds,
        # the settings of a sweep's run or of a resumed run cannot be changed
        shorter_runs=partial(shorter_runs, parts.config) if swept is None and trainer.step == 0 else lambda _: (),
        trust=trust_needed(parts.config),
        turn=hooks.turn,
        measures=row.measures(list(trainer.ranking), has_cut=has_cut),
        small_is_good=next(iter(trainer.ranking.values()), True),
        swept=swept is not None,
    )
