"""What ends a command though nothing wrong was typed: memory, disks, and what nobody foresaw; in two or three lines.

Errors of torch are known by their names and words, so that nothing here has to load it.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gan_cli.errors import AccidentError, UserError, brief, printable, spell
from gan_cli.own_code import said, where
from gan_cli.shortage import shortage

LONGEST = 200
"""Characters of a stranger's message that are shown."""

_COSTLY = (
    *("trainer.batch_size", "generator.base_channels", "discriminator.base_channels", "num", "data.size", "data.shape"),
    *("generator.latent_dim", "generator.widths", "discriminator.widths", "generator.max_channels"),
    *("discriminator.max_channels", "generator.depth", "discriminator.depth", "telemetry.num_samples", "metric.num"),
    *("data.num_samples", "generator.kernel_size", "discriminator.kernel_size", "interpolate", "workers"),
)
"""Settings that cost memory, the usual suspects first."""

_NAMED = 3
"""Costly settings that a message names."""

_IN_WORKER = re.compile(r"Caught (\w+) in DataLoader worker process")


@dataclass(frozen=True)
class Scene:
    """Where an accident happened.

    Attributes:
        place: the run that it ended, `run=here: ` with its colon; empty where there was none.
        safe: what is left of the run, in words; empty where nothing had begun.
        again: how to go on with it, as a command; empty where nothing had begun.
        trace: the file that holds the stack trace; empty for none.
        settings: full keys and values of what was going on.
        typed: the keys that a person typed.
    """

    place: str = ""
    safe: str = ""
    again: str = ""
    trace: str = ""
    settings: Mapping[str, object] | None = None
    typed: Iterable[str] = ()


NOWHERE = Scene()
"""Of an accident of which nothing more is known."""


def told(error: Exception, scene: Scene = NOWHERE) -> UserError:
    """An error as a person should read it; a UserError is told already.

    Returns:
        A UserError where nothing had begun and a person can mend it, else an `AccidentError`.
    """
    if isinstance(error, UserError):
        return error
    text = foreseen(error, scene)
    if text is not None:
        return AccidentError(text) if scene.safe else UserError(text)
    at = scene.trace and f"; it is in {scene.trace} too"
    safe = scene.safe or "runs and their checkpoints are as they were"
    again = scene.again and f"; go on with {scene.again}"
    return AccidentError(
        f"{scene.place}{_unforeseen(error)}\n"
        f"  The stack trace shows where: put HYDRA_FULL_ERROR=1 in front of the command{at}.\n"
        f"  {safe[0].upper()}{safe[1:]}{again}."
    )


def _unforeseen(error: Exception) -> str:
    """An error in a person's own code by its file and line."""
    return printable(said(error)) if where(error) else f"nobody foresaw this: {summary(error)}"


def foreseen(error: Exception, scene: Scene = NOWHERE) -> str | None:
    """Two lines for an accident that is known by kind; None for all others."""
    what = shortage(error)
    if what is not None:
        return _short_of_memory(what, scene)
    if isinstance(error, RecursionError):
        return f"{scene.place}what was typed or read is nested too deeply, or a network has too many layers\n" + _next(
            "Make it flatter: " + (smaller(scene) or "fewer brackets, fewer aliases"), scene
        )
    if isinstance(error, OSError) and error.errno in _REMEDIES and (error.filename or error.errno in _NAMELESS):
        return _refused_by_system(error, scene)
    return None


def _short_of_memory(what: str, scene: Scene) -> str:
    listed = smaller(scene) or "what was asked for"
    if scene.safe:
        return (
            f"{scene.place}out of {what}; {scene.safe}.\n"
            f"Go on with {scene.again} once memory is free; or make smaller, in a new run: {listed}."
        )
    return f"{scene.place}out of {what}.\nMake smaller: {listed}."


def smaller(scene: Scene) -> str:
    """The settings that cost memory, with their values; those that were typed first."""
    settings = scene.settings or {}
    typed = set(scene.typed)
    known = [key for key in _COSTLY if settings.get(key) is not None]
    known.sort(key=lambda key: key not in typed)  # stable: the usual suspects stay in front
    return ", ".join(f"{key} (now {spell(settings[key])})" for key in known[:_NAMED])


def _refused_by_system(error: OSError, scene: Scene) -> str:
    remedy = _REMEDIES[error.errno]
    if error.errno == errno.EFBIG and scene.safe:
        return (
            f"{scene.place}a file would be larger than the limit on file sizes; {scene.safe}.\n"
            f"Raise the limit (ulimit -f) and go on with {scene.again}."
        )
    if error.errno in DISK_FULL and scene.safe:
        return (
            f"{scene.place}no space left on the disk; {scene.safe}.\n"
            f"Free some space and go on with {scene.again}, or choose another disk with run=."
        )
    where = f"{brief(str(error.filename))}: " if error.filename else ""
    words = (error.strerror or "refused").lower()
    if scene.safe:
        return f"{scene.place}{where}{words}; {scene.safe}.\nMend it and go on with {scene.again}."
    return f"{where}{words}; {remedy}"


def _next(remedy: str, scene: Scene) -> str:
    return f"{remedy}." if not scene.again else f"{remedy}; {scene.safe}, go on with {scene.again}."


def in_short(error: BaseException) -> str:
    """What happened, for a status or a table: out of memory, a file with what the system said of it, or the summary."""
    if what := shortage(error):
        return f"out of {what}"
    if isinstance(error, OSError) and error.strerror:
        return (
            f"{printable(str(error.filename))}: {error.strerror.lower()}" if error.filename else error.strerror.lower()
        )
    return summary(error)


def summary(error: BaseException) -> str:
    """Type and message in one line of bounded length; of an error in a data worker, the one that it had."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    name = type(error).__name__
    if lines and (inner := _IN_WORKER.match(lines[0])):
        name, lines = inner[1], [lines[-1].removeprefix(f"{inner[1]}: ")]
    message = printable(lines[0]) if lines else ""
    message = message if len(message) <= LONGEST else f"{message[:LONGEST]}..."
    return f"{name}: {message}" if message else name


DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_ANOTHER = "name another folder"
_REMEDIES: Mapping[int | None, str] = {
    errno.ENOSPC: f"free some space or {_ANOTHER}",
    errno.EDQUOT: f"free some space or {_ANOTHER}",
    errno.EFBIG: f"raise the limit on file sizes (ulimit -f) or {_ANOTHER}",
    errno.EACCES: _ANOTHER,
    errno.EPERM: _ANOTHER,
    errno.EROFS: _ANOTHER,
    errno.EEXIST: f"a file is in the way, {_ANOTHER}",
    errno.ENOTDIR: f"a file is in the way, {_ANOTHER}",
    errno.EISDIR: f"a folder is in the way, {_ANOTHER}",
    errno.ELOOP: f"its links lead in a circle, {_ANOTHER}",
    errno.EINVAL: _ANOTHER,
    errno.ENAMETOOLONG: f"{_ANOTHER}, or type fewer settings",
    errno.ENOENT: "it was moved or deleted, or its name is misspelled",
    errno.ESTALE: "its disk is not there any more",
    errno.EIO: "the disk cannot be read or written; see what the system's log says",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine",
    errno.EAGAIN: "too many processes; raise the limit (ulimit -u)",
    errno.ENXIO: _ANOTHER,
}
_NAMELESS = DISK_FULL | {errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.EIO, errno.ESTALE, errno.EROFS}
"""Errors that say enough without the name of a file."""
