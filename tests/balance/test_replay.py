"""Replay: nothing old until the buffer is full, then the stated share of it, each place written once."""

from __future__ import annotations

import types

import pytest
import torch
from arena import KINDS, assert_plays
from torch import Tensor, nn

from gan_cli.balance.replay import Replay
from gan_cli.game import Batch
from gan_cli.spec import SampleSpec


def attached(*, shares: Tensor | None = None, **settings: float) -> Replay:
    technique = Replay(**settings)  # type: ignore[arg-type]
    players = types.SimpleNamespace(generator=nn.Linear(1, 1), spec=SampleSpec((1,)), shares=shares, encoder=None)
    technique.attach(players)  # type: ignore[arg-type]
    return technique


def numbered(start: int, count: int = 4) -> Tensor:
    return torch.arange(start, start + count, dtype=torch.float32)[:, None]


def recalled(technique: Replay, start: int) -> Tensor:
    return technique.mix_fakes(Batch(numbered(start))).x


def held(technique: Replay) -> list[float]:
    return sorted(technique.state_dict()["past"].flatten().tolist())


def test_present_fakes_only_until_the_buffer_is_full() -> None:
    technique = attached(size=4)
    assert torch.equal(recalled(technique, 10), numbered(10))
    assert technique.scalars()["balance/replay_filled"].item() == 0.5
    assert torch.equal(recalled(technique, 20), numbered(20))
    assert technique.scalars()["balance/replay_filled"].item() == 1.0
    assert held(technique) == [10.0, 11.0, 20.0, 21.0]


def test_then_half_are_old_and_their_stand_ins_are_kept() -> None:
    torch.manual_seed(0)
    technique = attached(size=4)
    recalled(technique, 10)
    recalled(technique, 20)
    shown = recalled(technique, 30).flatten().tolist()
    assert shown[2:] == [32.0, 33.0]
    assert set(shown[:2]) < {10.0, 11.0, 20.0, 21.0}
    assert len(set(shown[:2])) == 2
    assert {30.0, 31.0} < set(held(technique))
    assert len(set(held(technique))) == 4


def test_every_old_one_has_its_turn() -> None:
    torch.manual_seed(0)
    technique = attached(size=4)
    for start in (10, 20):
        recalled(technique, start)
    seen: set[float] = set()
    for start in range(100, 1000, 10):
        seen |= set(recalled(technique, start).flatten().tolist()[:2])
    assert {10.0, 11.0, 20.0, 21.0} & seen
    assert held(technique)[0] > 800.0, "what is old is replaced in the end"


@pytest.mark.parametrize(("size", "share", "old"), [(8, 0.25, 1), (8, 1.0, 4), (2, 1.0, 2), (3, 0.01, 1), (5, 0.75, 3)])
def test_share_and_small_buffers(size: int, share: float, old: int) -> None:
    technique = attached(size=size, share=share)
    for start in range(0, 100, 10):
        recalled(technique, start)
    shown = recalled(technique, 500)
    assert shown.shape == (4, 1)
    assert int((shown < 500).sum()) == old


@pytest.mark.parametrize("spec", KINDS, ids=str)
def test_it_plays(spec: SampleSpec) -> None:
    assert_plays(spec, lambda: {"replay": Replay(size=6)})


def test_an_old_fake_comes_back_with_its_own_label() -> None:
    torch.manual_seed(0)
    technique = attached(size=4, shares=torch.ones(120))
    for start in (10, 20, 30, 40, 50):
        samples = numbered(start)
        shown = technique.mix_fakes(Batch(samples, samples.flatten().long() * 2))
        assert shown.y is not None and shown.y.tolist() == (shown.x.flatten() * 2).tolist()
    restored = attached(size=4, shares=torch.ones(120))
    restored.load_state_dict(technique.state_dict())
    state = restored.state_dict()
    assert state["labels"].tolist() == (state["past"].flatten() * 2).tolist() and state["labels"].any()
