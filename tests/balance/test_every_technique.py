"""Every technique, found by its file, through real settings: it resumes to the bit and never waits for the device."""

from __future__ import annotations

import io
from typing import Any

import pytest
import torch
from no_sync import NoHostSync
from real_run import TECHNIQUES, advance, open_run, settings_with
from torch import Tensor

from gan_cli.training.trainer import Trainer


def leaves(state: Any, at: str = "") -> dict[str, Any]:
    """A nested state, flat."""
    if isinstance(state, dict):
        return {key: leaf for name, inner in state.items() for key, leaf in leaves(inner, f"{at}/{name}").items()}
    if isinstance(state, (list, tuple)):
        return leaves(dict(enumerate(state)), at)
    return {at: state}


def assert_equal(one: Any, other: Any) -> None:
    mine, theirs = leaves(one), leaves(other)
    assert mine.keys() == theirs.keys()
    for key, value in mine.items():
        if isinstance(value, Tensor):
            assert value.dtype == theirs[key].dtype and torch.equal(value, theirs[key]), key
        else:
            assert value == theirs[key], key


def on_disk(trainer: Trainer) -> dict[str, Any]:
    """What a checkpoint gives back."""
    file = io.BytesIO()
    torch.save({**trainer.state_dict(), "step": trainer.step}, file)
    file.seek(0)
    state: dict[str, Any] = torch.load(file, weights_only=True)
    return state


@pytest.mark.parametrize("others", [(), ("ema", "r1", "replay", "accuracy_band")], ids=["alone", "in company"])
@pytest.mark.parametrize("name", TECHNIQUES)
def test_three_steps_and_three_are_six(name: str, others: tuple[str, ...]) -> None:
    apart = {name, *(("replay",) if name == "cycle" else ())}  # replay keeps no codes
    config = settings_with([name, *(other for other in others if other not in apart)], "discriminator.dropout=0.2")
    whole, _ = open_run(config)
    advance(whole, 3, every=2)
    saved = on_disk(whole)
    values = advance(whole, 3, every=2).readings
    parts, _ = open_run(config)
    advance(parts, 1)  # what was there before is overwritten
    parts.load_state_dict(saved)
    assert parts.step == 3
    assert advance(parts, 3, every=2).readings == values
    assert_equal(parts.state_dict(), whole.state_dict())


@pytest.mark.parametrize("rules", [(), ("optim=rmsprop", "trainer.clip_grad_norm=1", "trainer.d_steps=2")], ids=str)
@pytest.mark.parametrize("name", TECHNIQUES)
def test_no_step_waits_for_the_device(name: str, rules: tuple[str, ...]) -> None:
    trainer, gan = open_run(settings_with([name], *rules))
    with NoHostSync():
        advance(trainer, 5)  # lazy penalties fall due again
    assert gan.step == 5
