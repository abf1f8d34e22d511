"""Errors that the user can fix, not bugs. The command line prints them in one to three lines and exits with 2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar


class UserError(Exception):
    """A mistake that the user can fix. Its text is the whole message: at most three lines, including the remedy."""

    exit_code: ClassVar[int] = 2


class AccidentError(UserError):
    """An error that ended a running command, or that was unexpected. It is printed like a mistake of the user."""

    exit_code: ClassVar[int] = 1


class ProcessLostError(Exception):
    """Another process of the same run has ended, so that no step can be finished any more."""


@dataclass(frozen=True)
class Problem:
    """One wrong setting: its key, the value received, what to type instead, and the exception behind it, if any."""

    setting: str
    value: object
    remedy: str
    cause: BaseException | None = field(default=None, compare=False, repr=False)


class SettingError(UserError, ValueError):
    """One or more wrong settings, reported together.

    A class that is built from a config raises it with the bare argument name (`depth`). The package `config` adds the
    key of the node in front (`generator.depth`). A name that already starts with this key is written
    `/generator.depth`.
    """

    def __init__(self, setting: str, value: object, remedy: str, cause: BaseException | None = None) -> None:
        self.problems: Sequence[Problem] = (Problem(setting, value, remedy, cause),)
        super().__init__(setting, value, remedy)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> SettingError:
        """Return one error that reports several problems.

        Raises:
            ValueError: `problems` is empty.
        """
        if not problems:
            raise ValueError("no problems to report")
        error = cls(problems[0].setting, problems[0].value, problems[0].remedy)
        error.problems = tuple(problems)
        error.__cause__ = next((problem.cause for problem in problems if problem.cause is not None), None)
        return error

    def under(self, prefix: str) -> SettingError:
        """Return the same error with the node's key in front of each setting that is not absolute."""
        return SettingError.of([replace(p, setting=_absolute(prefix, p.setting)) for p in self.problems])

    def __str__(self) -> str:
        lines = [(f"{brief(p.setting.lstrip('/'))}={brief(spell(p.value))}", p.remedy) for p in self.problems]
        if len(lines) == 1:
            return f"{lines[0][0]}: {lines[0][1]}"
        width = max(len(left) for left, _ in lines)
        return "\n".join(
            [f"{len(lines)} settings are wrong", *(f"  {left:<{width}}  {right}" for left, right in lines)]
        )


_LONGEST = 120
"""The number of characters of a value that a message repeats."""


def brief(text: str) -> str:
    """Return a typed word for use in a message: on one line, and shortened if it is long."""
    text = printable(text).replace("\n", "\\n")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 20]} ... ({len(text):,} characters)"


class Refusal(SystemExit):
    """A SystemExit that carries an exception through Hydra, which turns exceptions of callbacks into warnings.

    Hydra also prints text of its own for the exceptions of jobs.

    Attributes:
        reason: the exception; a UserError, or a bug of ours.
    """

    def __init__(self, reason: Exception) -> None:
        super().__init__(2)
        self.reason = reason


def _absolute(prefix: str, setting: str) -> str:
    return setting if setting.startswith("/") else f"/{prefix}.{setting}"


def spell(value: object) -> str:
    """Return a value as the user types it on the command line: null, true, [1,2], {start:1,end:0}."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{','.join(spell(item) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{spell(item)}" for key, item in value.items()) + "}"
    return str(value)


def printable(text: str) -> str:
    """Return a text with its control characters escaped, so that a terminal prints them; line breaks stay."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
