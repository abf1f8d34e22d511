"""Messages of two or three lines for errors that the user did not cause: memory, disks, and unexpected errors.

Errors of torch are recognised by their names and messages, so that this module does not have to load torch.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gan_cli.errors import AccidentError, ProcessLostError, UserError, brief, printable, spell
from gan_cli.own_code import describe_exception, last_own_line
from gan_cli.shortage import shortage

LONGEST = 200
"""The number of characters of another library's message that are shown."""

_COSTLY = (
    *("trainer.batch_size", "generator.base_channels", "discriminator.base_channels", "num", "data.size", "data.shape"),
    *("generator.latent_dim", "generator.widths", "discriminator.widths", "generator.max_channels"),
    *("discriminator.max_channels", "generator.depth", "discriminator.depth", "telemetry.num_samples", "metric.num"),
    *("data.num_samples", "generator.kernel_size", "discriminator.kernel_size", "interpolate", "workers"),
)
"""Settings that cost memory; the most frequent causes come first."""

_NAMED = 3
"""The most settings that a message names."""

_IN_WORKER = re.compile(r"Caught (\w+) in DataLoader worker process")


@dataclass(frozen=True)
class ErrorContext:
    """The command and the run in which an unexpected error happened.

    Attributes:
        place: the run that the error ended, as `run=here: ` with its colon; empty if there was no run.
        safe: a phrase about the last checkpoint of the run; empty if no run had started.
        again: the command that resumes the run; empty if no run had started.
        trace: the file that holds the stack trace; empty if there is none.
        settings: full keys and values of the settings in use.
        typed: the keys that the user typed.
    """

    place: str = ""
    safe: str = ""
    again: str = ""
    trace: str = ""
    settings: Mapping[str, object] | None = None
    typed: Iterable[str] = ()


NOWHERE = ErrorContext()
"""The scene of an error about which nothing more is known."""


def as_user_error(error: Exception, context: ErrorContext = NOWHERE) -> UserError:
    """Return an error with a message for the user; a UserError is returned unchanged.

    Returns:
        A UserError if no run had started and the user can fix the cause, else an `AccidentError`.
    """
    if isinstance(error, UserError):
        return error
    text = known_error_message(error, context)
    if text is not None:
        return AccidentError(text) if context.safe else UserError(text)
    at = context.trace and f"; it is in {context.trace} too"
    safe = context.safe or "runs and their checkpoints are as they were"
    again = context.again and f"; go on with {context.again}"
    return AccidentError(
        f"{context.place}{_unforeseen(error)}\n"
        f"  The stack trace shows where: put HYDRA_FULL_ERROR=1 in front of the command{at}.\n"
        f"  {safe[0].upper()}{safe[1:]}{again}."
    )


def _unforeseen(error: Exception) -> str:
    """Describe an unexpected error; an error in the user's own code is named by its file and line."""
    return printable(describe_exception(error)) if last_own_line(error) else f"unexpected error: {summary(error)}"


def known_error_message(error: Exception, context: ErrorContext = NOWHERE) -> str | None:
    """Return a message of two lines if this kind of error is known, else None."""
    what = shortage(error)
    if what is not None:
        return _short_of_memory(what, context)
    if isinstance(error, ProcessLostError):
        return _process_lost(context)
    if isinstance(error, RecursionError):
        return (
            f"{context.place}what was typed or read is nested too deeply, or a network has too many layers\n"
            + _next("Make it flatter: " + (smaller(context) or "fewer brackets, fewer aliases"), context)
        )
    if isinstance(error, OSError) and error.errno in _REMEDIES and (error.filename or error.errno in _NAMELESS):
        return _refused_by_system(error, context)
    return None


def _process_lost(context: ErrorContext) -> str:
    safe = context.safe or "nothing was trained"
    return f"{context.place}another process of this run has ended; {safe}.\nGo on with the same command."


def _short_of_memory(what: str, context: ErrorContext) -> str:
    listed = smaller(context) or "what was asked for"
    if context.safe:
        return (
            f"{context.place}out of {what}; {context.safe}.\n"
            f"Go on with {context.again} once memory is free; or make smaller, in a new run: {listed}."
        )
    return f"{context.place}out of {what}.\nMake smaller: {listed}."


def smaller(context: ErrorContext) -> str:
    """Return the settings that cost memory, with their values; those that the user typed come first."""
    settings = context.settings or {}
    typed = set(context.typed)
    known = [key for key in _COSTLY if settings.get(key) is not None]
    known.sort(key=lambda key: key not in typed)  # a stable sort: the most frequent causes stay first
    return ", ".join(f"{key} (now {spell(settings[key])})" for key in known[:_NAMED])


def _refused_by_system(error: OSError, context: ErrorContext) -> str:
    remedy = _REMEDIES[error.errno]
    if error.errno == errno.EFBIG and context.safe:
        return (
            f"{context.place}a file would be larger than the limit on file sizes; {context.safe}.\n"
            f"Raise the limit (ulimit -f) and go on with {context.again}."
        )
    if error.errno in DISK_FULL and context.safe:
        return (
            f"{context.place}no space left on the disk; {context.safe}.\n"
            f"Free some space and go on with {context.again}, or choose another disk with run=."
        )
    where = f"{brief(str(error.filename))}: " if error.filename else ""
    words = (error.strerror or "refused").lower()
    if context.safe:
        return f"{context.place}{where}{words}; {context.safe}.\nMend it and go on with {context.again}."
    return f"{where}{words}; {remedy}"


def _next(remedy: str, context: ErrorContext) -> str:
    return f"{remedy}." if not context.again else f"{remedy}; {context.safe}, go on with {context.again}."


def short_message(error: BaseException) -> str:
    """Return an error as a short phrase for a status or a table: out of memory, a file's system error, or `summary`."""
    if what := shortage(error):
        return f"out of {what}"
    if isinstance(error, ProcessLostError):
        return "another process of the run has ended"
    if isinstance(error, OSError) and error.strerror:
        return (
            f"{printable(str(error.filename))}: {error.strerror.lower()}" if error.filename else error.strerror.lower()
        )
    return summary(error)


def summary(error: BaseException) -> str:
    """Return an error's type and message in one short line. For an error in a data worker, the original error."""
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
    errno.ELOOP: f"its links form a loop, {_ANOTHER}",
    errno.EINVAL: _ANOTHER,
    errno.ENAMETOOLONG: f"{_ANOTHER}, or type fewer settings",
    errno.ENOENT: "it was moved or deleted, or its name is misspelled",
    errno.ESTALE: "its disk is no longer there",
    errno.EIO: "the disk cannot be read or written; see what the system's log says",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine",
    errno.EAGAIN: "too many processes; raise the limit (ulimit -u)",
    errno.ENXIO: _ANOTHER,
}
_NAMELESS = DISK_FULL | {errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.EIO, errno.ESTALE, errno.EROFS}
"""System errors whose message is clear without the name of a file."""
