"""The shapes in docstrings are read as they are written, and a tensor of another shape is noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from documented_shapes import ShapeError, modules, promise_of, watch, watched
from found import LOSSES
from torch import Tensor

from gan_cli.balance.label_flip import LabelFlip
from gan_cli.losses import Hinge


class Layer:
    units = 3

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (N, C, *spatial) -> features (N, units)."""
        return self.answer(samples)

    def answer(self, samples: Tensor) -> Tensor:
        return torch.zeros(len(samples), self.units)


def pairs(real: Tensor, fake: Tensor) -> Tensor:
    """Real (N, F) and fake samples (M, F) -> distances float32 (N, M) of all pairs."""
    return torch.zeros(len(real), len(fake), dtype=real.dtype)


def packs(samples: Tensor, m: int) -> Tensor:
    """Samples (N, *shape) -> packs (N / m, F) in training or (N, F) in evaluation mode."""
    return torch.zeros(len(samples) // min(m, 3), 7)


def draw(count: int) -> Tensor:
    """Draw latent vectors, float32 (count, dim)."""
    return torch.zeros(count + 1, 2)


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    return watched(function, promise_of(function, function.__doc__ or ""))


def test_what_fits_passes() -> None:
    assert checked(pairs)(torch.zeros(4, 2), torch.zeros(5, 2)).shape == (4, 5)
    assert checked(packs)(torch.zeros(6, 1, 8), m=2).shape == (3, 7)
    assert checked(Layer.forward)(Layer(), torch.zeros(2, 1, 8, 8)).shape == (2, 3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: checked(pairs)(torch.zeros(4, 2), torch.zeros(5, 3)), r"fake is torch.float32 \(5, 3\).*\(M, F\)"),
        (lambda: checked(pairs)(torch.zeros(4, 2), torch.zeros(5)), r"fake is torch.float32 \(5,\)"),
        (lambda: checked(pairs)(*(2 * [torch.zeros(4, 2).double()])), r"is torch.float64 .*says float32 \(N, M\)"),
        (lambda: checked(packs)(torch.zeros(12, 8), 4), r"returns is torch.float32 \(4, 7\).*\(N / m, F\) or \(N, F\)"),
        (lambda: checked(draw)(4), r"returns is torch.float32 \(5, 2\).*says float32 \(count, dim\)"),
        (lambda: checked(Layer.forward)(Layer(), torch.zeros(2)), r"samples is torch.float32 \(2,\)"),
    ],
)  # fmt: skip
def test_another_shape_is_named(call: Callable[[], object], words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        call()


def test_an_attribute_of_self_means_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Layer, "answer", lambda self, samples: torch.zeros(len(samples), 4))
    with pytest.raises(ShapeError, match=r"\(2, 4\), and its docstring says \(N, units\)"):
        checked(Layer.forward)(Layer(), torch.zeros(2, 1, 8))


def test_overrides_and_what_fits_a_protocol_keep_its_promise() -> None:
    with pytest.raises(ShapeError, match=r"losses.Hinge.generator: fake is torch.float32 \(3, 1\)"):
        Hinge().generator(torch.zeros(3, 1))
    with pytest.raises(ShapeError, match=r"label_flip.LabelFlip.relabel: real is torch.float32 \(3, 1\)"):
        LabelFlip().relabel(torch.zeros(3, 1), torch.zeros(3))


def test_every_loss_is_watched() -> None:
    with pytest.MonkeyPatch.context() as patch:
        names = set(watch(patch, modules()))
    for loss in LOSSES:
        kind = type(loss)
        assert {f"gan_cli.losses.{each.__qualname__}" for each in (kind.discriminator, kind.generator)} <= names
    assert len(names) > 140
