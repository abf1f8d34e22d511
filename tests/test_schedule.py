"""Schedules: hand-computed values, the schema of a ramp, and no look at the host's clock."""

from __future__ import annotations

from typing import Annotated

import pytest
import torch
from annotated_types import Ge, Le

from gan_cli.config.schema import complaint
from gan_cli.schedule import Ramp, Schedule

Strength = Annotated[float, Ge(0), Le(1)] | Ramp


def values(schedule: Schedule, *steps: int) -> list[float]:
    return [schedule.at(torch.tensor(step)).item() for step in steps]


def test_a_number_stays() -> None:
    schedule = Schedule(0.3)
    assert values(schedule, 0, 10**6) == pytest.approx([0.3, 0.3])
    assert not schedule.moves


def test_linear() -> None:
    schedule = Schedule({"start": 1.0, "end": 0.0, "steps": 100, "after": 20})
    assert values(schedule, 0, 20, 45, 70, 120, 500) == pytest.approx([1.0, 1.0, 0.75, 0.5, 0.0, 0.0])
    assert schedule.moves


def test_cosine() -> None:
    schedule = Schedule({"start": 2.0, "end": 4.0, "steps": 4, "shape": "cosine"})
    # half a wave: (1 - cos(pi / 4)) / 2 = 0.146447 of the way after a quarter of the time
    assert values(schedule, 0, 1, 2, 3, 4, 9) == pytest.approx([2.0, 2.292893, 3.0, 3.707107, 4.0, 4.0], abs=1e-5)


def test_nothing_is_read_on_the_host() -> None:
    step = torch.zeros((), dtype=torch.int64, device="meta")
    assert Schedule(0.5).at(step).shape == ()
    assert Schedule({"start": 0.0, "end": 1.0, "steps": 5, "shape": "cosine"}).at(step).dtype == torch.float32


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.5, None),
        ({"start": 0.1, "end": 0.0, "steps": 10}, None),
        ({"start": 0.1, "end": 0.0, "steps": 10, "shape": "cosine", "after": 5}, None),
        (2.0, "must be >= 0 and <= 1"),
        ("fast", "must be a number"),
        ({"start": 0.1, "end": 2.0, "steps": 10}, "its end must be >= 0 and <= 1"),
        ({"start": 0.1, "end": 0.0}, "steps is missing"),
        ({"start": 0.1, "end": 0.0, "steps": 0}, "its steps must be >= 1"),
        ({"start": 0.1, "end": 0.0, "setps": 4}, "it has no setps; did you mean steps?"),
        ({"start": 0.1, "end": 0.0, "steps": 10, "shape": "round"}, "its shape must be one of linear, cosine"),
    ],
)
def test_what_a_person_may_type(value: object, words: str | None) -> None:
    complained = complaint(Strength, value)
    assert complained is None if words is None else complained is not None and words in complained
