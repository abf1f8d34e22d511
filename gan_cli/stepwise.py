"""Work that pauses after each of its steps, so that several pieces of work can take turns in one process."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

Stepwise = Generator[None, None, T]
"""Work that yields after each step and returns its result at the end."""


def finish(work: Stepwise[T]) -> T:
    """Do all steps of some work and return its result."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
