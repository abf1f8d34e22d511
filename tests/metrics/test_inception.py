"""Inception's figures: who may ask, what torch-fidelity is handed, what is said without it or its weights."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from trials import trial

from gan_cli.errors import UserError
from gan_cli.metrics.inception import Inception

IMAGES = torch.linspace(-1.0, 1.0, 4 * 3 * 2 * 2).reshape(4, 3, 2, 2)


def stand_in(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    monkeypatch.setitem(sys.modules, "torch_fidelity", SimpleNamespace(calculate_metrics=answer))


def test_only_colour_images_are_judged() -> None:
    gray = torch.zeros(4, 1, 2, 2)
    assert "colour" in str(Inception().lacks(trial(gray, gray)))
    assert Inception().lacks(trial(IMAGES, IMAGES)) is None
    assert Inception.fewest == 2048


def test_images_go_in_as_eight_bits_and_figures_come_out_by_our_names(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def answer(**asked: Any) -> dict[str, float]:
        seen.update(asked)
        return {
            "frechet_inception_distance": 12.0,
            "kernel_inception_distance_mean": 0.5,
            "inception_score_mean": 3.0,
        }

    stand_in(monkeypatch, answer)
    found = Inception().measure(trial(IMAGES, IMAGES.flip(0)))
    assert found == {"inception_fid": 12.0, "inception_kid": 0.5, "inception_score": 3.0}
    assert seen["input1"][0].dtype == torch.uint8 and seen["input1"][0].shape == (3, 2, 2)
    assert seen["input1"][0].flatten()[0] == 0 and seen["input1"][3].flatten()[-1] == 255
    assert torch.equal(seen["input2"][0], seen["input1"][3])
    assert (len(seen["input1"]), seen["cuda"], seen["kid_subset_size"]) == (4, False, 4)


def test_without_torch_fidelity_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    with pytest.raises(UserError, match="pip install torch-fidelity"):
        Inception().measure(trial(IMAGES, IMAGES))


def test_without_its_weights_it_says_where_to_put_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(**asked: Any) -> dict[str, float]:
        raise OSError("no route to host")

    stand_in(monkeypatch, answer)
    with pytest.raises(UserError, match=r"no route to host(.|\n)*hub/checkpoints") as error:
        Inception().measure(trial(IMAGES, IMAGES))
    assert len(str(error.value).splitlines()) <= 3
