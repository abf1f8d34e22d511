"""One command under watch: did it end, in time, with the right words and exit code, and what did it touch."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

LONGEST = 90
"""Seconds after which a command hangs."""

_STAMP = re.compile(r"\[\d\d:\d\d:\d\d\]")


class HangError(BaseException):
    """A command went on for too long."""


@dataclass(frozen=True)
class Seen:
    """What a command did.

    Attributes:
        code: its exit code; None where an exception got out of it, or where it hung.
        out: what it printed.
        err: what it said.
        wrong: what no command may do, in words; empty while all is well.
        changed: files and folders that are not as before.
    """

    code: int | None
    out: str
    err: str
    wrong: tuple[str, ...]
    changed: frozenset[str]


def contents(place: Path) -> dict[str, bytes | str]:
    """Everything below a folder by relative path."""
    found: dict[str, bytes | str] = {}
    for path in place.rglob("*"):
        name = str(path.relative_to(place))
        found[name] = path.read_bytes() if path.is_file() and not path.is_symlink() else "a folder or a link"
    return found


def watch(gan: Callable[..., Any], place: Path, *typed: str, forbidden: Callable[[str], bool], log: str) -> Seen:
    """Run a command in `place`.

    Args:
        gan: runs it in this process.
        place: everything that it might touch.
        typed: its words.
        log: a file that a refusal may be written to.
        forbidden: whether a changed path is a fault whatever else happened.
    """
    before = contents(place)
    code, out, err = None, "", ""
    wrong = []
    try:
        with _no_longer_than(LONGEST):
            result = gan(*typed)
        code, out, err = result.code, result.out, result.err
    except HangError:
        wrong.append(f"hangs for {LONGEST} s")
    except BaseException as error:
        wrong.append(f"{type(error).__name__} got out: {error}")
    after = contents(place)
    changed = frozenset(key for key in {*before, *after} if before.get(key) != after.get(key))
    wrong += [f"touches {key}" for key in sorted(changed) if forbidden(key)][:3]
    wrong += _judged(typed[0], code, err)
    if code == 2 and (left := sorted(changed - {log})):
        wrong.append(f"refused, and leaves {', '.join(left[:3])}")
    return Seen(code, out, err, tuple(wrong), changed)


def _judged(verb: str, code: int | None, err: str) -> Iterator[str]:
    """What is wrong with an exit code and its words."""
    said = [line for line in err.splitlines() if line.strip() and not _STAMP.match(line)]
    faults = {
        f"exit code {code}": code not in (None, 0, 1, 2),
        "a traceback": "Traceback" in err,
        "unexpected error": "unexpected error:" in err,
        "refused without a word": code == 2 and not (said and said[0].startswith((f"gan {verb}: ", "gan: "))),
        f"{len(said)} lines": code == 2 and len(said) > 3 and "settings are wrong" not in said[0],
        "a line without end": any(len(line) > 2_000 for line in said),
        "an escape on the terminal": "\x1b" in err,
    }
    yield from (words for words, is_so in faults.items() if is_so)


@contextmanager
def _no_longer_than(seconds: int) -> Iterator[None]:
    def give_up(number: int, frame: FrameType | None) -> None:
        raise HangError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
