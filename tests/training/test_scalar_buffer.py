from __future__ import annotations

import pytest
import torch

from gan_cli.training.scalar_buffer import Divergence, ScalarBuffer
from gan_cli.training.state_check import StateMismatchError

TAGS = ("logits/real", "logits/fake", "loss/discriminator", "loss/generator")


def row(*values: float) -> dict[str, torch.Tensor]:
    return {tag: torch.tensor(value) for tag, value in zip(TAGS, values, strict=True)}


def test_means_are_over_the_window_only() -> None:
    window = ScalarBuffer()
    window.add(row(1, 2, 3, 4))
    window.add(row(3, 2, 5, 4))
    assert window.means() == {"logits/real": 2.0, "logits/fake": 2.0, "loss/discriminator": 4.0, "loss/generator": 4.0}
    window.clear()
    assert len(window) == 0
    window.add(row(7, 7, 7, 7))
    assert set(window.means().values()) == {7.0}


def test_the_first_value_that_breaks_names_the_network() -> None:
    nan, inf = float("nan"), float("inf")
    for broken, network, tag in [
        (row(nan, nan, nan, nan), "discriminator", "logits/real"),
        (row(0, nan, nan, nan), "generator", "logits/fake"),
        (row(0, 0, inf, nan), "discriminator", "loss/discriminator"),
        (row(0, 0, 1, inf), "generator", "loss/generator"),
    ]:
        window = ScalarBuffer()
        for values in (row(0, 0, 1, 1), broken, row(nan, nan, nan, nan)):
            window.add(values)
        assert window.divergence(last_step=12) == Divergence(11, network, tag)


def test_a_healthy_window_has_no_divergence() -> None:
    window = ScalarBuffer()
    assert window.divergence(0) is None
    window.add(row(1, -1, 1, 1))
    assert window.divergence(1) is None


def test_a_saved_window_goes_on() -> None:
    window, restored = ScalarBuffer(), ScalarBuffer()
    restored.load_state_dict(window.state_dict())
    assert len(restored) == 0
    window.add(row(1, 2, 3, 4))
    restored.load_state_dict(window.state_dict())
    for each in (window, restored):
        each.add(row(2, 3, 4, 5))
    assert window.means() == restored.means() == {tag: i + 1.5 for i, tag in enumerate(TAGS)}


def test_rows_of_other_tags_are_no_part_of_a_window() -> None:
    window = ScalarBuffer()
    window.load_state_dict({"tags": ["a"], "rows": torch.zeros(2, 1)})
    with pytest.raises(StateMismatchError, match="other tags"):
        window.add(row(1, 2, 3, 4))
    with pytest.raises(ValueError, match="do not fit its tags"):
        window.load_state_dict({"tags": ["a"], "rows": torch.zeros(2, 5)})
