"""Recorded steps give the bits of steps that are executed directly, for every technique, recipe, optimizer and kind of
data that there is; found by their files, so that later ones are tested with the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import torch
from found import data_of
from real_run import TECHNIQUES, advance, open_run, settings, settings_with
from tape import record
from torch import Tensor

from gan_cli.balance.zero_centred import ZeroCentredPenalty
from gan_cli.config.check import Node
from gan_cli.config.folders import config_dir, groups
from gan_cli.data.feed import ResidentFeed
from gan_cli.training.execution import WARM_UP, RecordedComputation, RecordedExecution
from gan_cli.training.trainer import Trainer

STEPS = WARM_UP + 5
CHOICES = groups([config_dir()])
FITTING = {"mlp": ("data.shape=[2]", "discriminator.depth=null"), "vanilla_mirrored": ("discriminator.depth=null",)}
"""What recipes need besides."""
DATA = {
    "points": ("data.shape=[2]", "generator=mlp", "discriminator=mlp"),
    "audio": ("data.shape=[1,32]",),
    "colours": ("data.shape=[3,8,8]",),
    "voxels": ("data.shape=[1,8,8,8]",),
}


def cases() -> Iterator[tuple[str, Callable[[], Node]]]:
    for name in TECHNIQUES:
        yield f"balance={name}", lambda name=name: settings_with([name])
    for name in sorted(CHOICES["model"]):
        yield f"model={name}", lambda name=name: settings(f"model={name}", *FITTING.get(name, data_of(name)))
    for name in sorted(CHOICES["optim"]):
        yield f"optim={name}", lambda name=name: settings(f"optim={name}")
    for name in sorted(CHOICES["loss"]):
        yield f"loss={name}", lambda name=name: settings(f"loss={name}")
    for name, data in DATA.items():
        yield f"data: {name}", lambda data=data: settings(*data)
    yield "several updates", lambda: settings_with(["r1", "accuracy_band"], "trainer.d_steps=2", "trainer.g_steps=2")
    yield (
        "dropout, clip, a ramp",
        lambda: settings(
            "discriminator.dropout=0.3",
            "generator.dropout=0.1",
            "trainer.clip_grad_norm=0.5",
            "optim.generator.lr={start: 1e-3, end: 1e-4, steps: 6}",
        ),
    )


def leaves(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    inner = node if isinstance(node, Mapping) else dict(enumerate(node)) if isinstance(node, list | tuple) else None
    if inner is None:
        yield place, node
    else:
        for name, value in inner.items():
            yield from leaves(value, f"{place}/{name}")


def differences(one: Trainer, other: Trainer) -> list[str]:
    """The places of two states, the readings of every step included, that are not equal to the last bit."""
    found, wanted = dict(leaves(one.state_dict())), dict(leaves(other.state_dict()))
    assert found.keys() == wanted.keys()
    return [place for place, value in found.items() if place != "/seconds" and not _same(value, wanted[place])]


def _same(value: Any, other: Any) -> bool:
    return torch.equal(value, other) if isinstance(value, Tensor) else bool(value == other)


def played(config: Node, *, recorded: bool, steps: int = STEPS) -> Trainer:
    trainer, _ = open_run(config)
    if recorded:
        trainer._execution = RecordedExecution(trainer._game, trainer._feed, record)
    advance(trainer, steps)
    return trainer


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


CASES = dict(cases())


@pytest.mark.parametrize("name", CASES)
def test_recorded_steps_are_those_of_the_operations(name: str, caplog: pytest.LogCaptureFixture) -> None:
    recorded = played(CASES[name](), recorded=True)
    assert not warnings(caplog), "nothing fell back to single operations"
    assert len(recorded._execution._recordings) >= 1  # type: ignore[attr-defined]
    assert not differences(recorded, played(CASES[name](), recorded=False))


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("model=", "data: "))])
def test_recorded_gauges_are_those_of_the_operations(name: str, caplog: pytest.LogCaptureFixture) -> None:
    trainer, _ = open_run(CASES[name]())
    directly = trainer._readings._compute_gauges
    recorded = RecordedComputation(directly, record)
    for _ in range(4):
        advance(trainer, 2)
        found = {tag: value.clone() for tag, value in recorded().items()}
        expected = directly()
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[tag], expected[tag]) for tag in expected)
    assert recorded._recording is not None and not warnings(caplog)


def test_gauges_that_cannot_be_recorded_are_computed_directly(caplog: pytest.LogCaptureFixture) -> None:
    asked = []

    def refused(compute: Callable[[], Any]) -> Any:
        asked.append(compute())
        raise RuntimeError("operation not permitted")

    trainer, _ = open_run(settings())
    directly = trainer._readings._compute_gauges
    computed = RecordedComputation(directly, refused)
    for _ in range(3):
        assert all(torch.equal(value, directly()[tag]) for tag, value in computed().items())
    assert len(asked) == 1, "it is not tried again"
    assert warnings(caplog) == [
        "readings cannot be recorded (RuntimeError: operation not permitted); they are executed directly"
    ]


def test_a_number_of_the_host_without_a_phase_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    config = settings_with(["r1"])
    plain = played(config, recorded=False, steps=STEPS + 4)
    due = ZeroCentredPenalty.phase
    monkeypatch.setattr(ZeroCentredPenalty, "phase", lambda self, update: None)
    monkeypatch.setattr(ZeroCentredPenalty, "d_penalty", _with_phase(ZeroCentredPenalty.d_penalty, due))
    assert differences(played(config, recorded=True, steps=STEPS + 4), plain)


def _with_phase(penalty: Callable[..., Tensor], due: Callable[..., bool]) -> Callable[..., Tensor]:
    def call(self: ZeroCentredPenalty, players: Any, context: Any) -> Tensor:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ZeroCentredPenalty, "phase", due)
            return penalty(self, players, context)

    return call


def test_a_position_of_the_feed_inside_a_step_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    config = settings()
    plain = played(config, recorded=False)
    monkeypatch.setattr(ResidentFeed, "batch", lambda self, fetched: ResidentFeed.next(self))
    monkeypatch.setattr(ResidentFeed, "next", _next_of_today)
    monkeypatch.setattr(RecordedExecution, "_fetch", lambda self: setattr(self, "_inputs", [()] * self._game.d_steps))
    assert differences(played(config, recorded=True), plain)


BATCH = ResidentFeed.batch


def _next_of_today(self: ResidentFeed) -> Any:
    return BATCH(self, self.fetch())


def test_each_phase_has_a_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = played(settings_with(["r1"]), recorded=True, steps=4 * (WARM_UP + 2))
    assert len(trainer._execution._recordings) == 2  # type: ignore[attr-defined]


def test_a_step_that_cannot_be_recorded_is_executed_directly(caplog: pytest.LogCaptureFixture) -> None:
    def refused(step: Callable[[], Any]) -> Any:
        raise RuntimeError("operation not permitted\nmore")

    trainer, _ = open_run(settings())
    trainer._execution = RecordedExecution(trainer._game, trainer._feed, refused)
    advance(trainer, STEPS)
    assert not differences(trainer, played(settings(), recorded=False))
    assert warnings(caplog) == [
        "training steps cannot be recorded (RuntimeError: operation not permitted); they are executed directly"
    ]
