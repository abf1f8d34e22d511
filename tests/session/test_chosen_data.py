"""Data beside a run have the meaning of its own: one shape, one alphabet, and in a game with labels its classes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from gan_cli.errors import UserError
from gan_cli.session.chosen_data import source_beside
from gan_cli.spec import SampleSpec

FAKE = {"_target_": "gan_cli.data.fake.Fake", "shape": [1, 8, 8]}
DIGITS = {"_target_": "gan_cli.data.digits.Digits"}


def run_of(spec: SampleSpec, *, labels: bool) -> Any:
    return SimpleNamespace(spec=spec, players=SimpleNamespace(shares=torch.ones(2) if labels else None), source=None)


def beside(spec: SampleSpec, data: dict[str, Any], *, labels: bool = False) -> SampleSpec:
    return source_beside(run_of(spec, labels=labels), data, "a").spec


def test_a_game_with_labels_takes_data_with_its_classes_only() -> None:
    spec = SampleSpec((1, 8, 8), num_classes=2, class_names=("3", "8"))
    same = {**DIGITS, "classes": [3, 8]}
    assert beside(spec, same, labels=True).class_names == ("3", "8")
    assert beside(SampleSpec((1, 8, 8), num_classes=2), same, labels=True), "an older run has no names"
    for other, told in (
        (FAKE, "no classes"),
        (DIGITS, "10 classes"),
        ({**DIGITS, "classes": [8, 3]}, "2 classes (8, 3)"),
    ):
        with pytest.raises(UserError) as refusal:
            beside(spec, other, labels=True)
        assert str(refusal.value) == (
            f"run=a: its networks know 2 classes (3, 8), but data= has {told}; they must be the same"
        )
        assert beside(spec, other).shape == (1, 8, 8), "without labels any digits may be compared"


def test_text_of_another_alphabet_is_refused_although_it_has_as_many_tokens(tmp_path: Path) -> None:
    specs = []
    for name, letters in (("ours", "abcd"), ("theirs", "wxyz")):
        (tmp_path / f"{name}.txt").write_text("".join(f"{letters[n % 4] * 3}{letters[n % 3]}\n" for n in range(40)))
        node = {"_target_": "gan_cli.data.text.Text", "root": str(tmp_path / f"{name}.txt"), "length": 8}
        specs.append((beside(SampleSpec((5, 8), (0.0, 1.0)), node), node))
    (ours, own), (theirs, other) = specs
    assert ours.shape == theirs.shape and ours.alphabet != theirs.alphabet
    assert beside(ours, own) == ours
    with pytest.raises(UserError, match="of another alphabet; leave data= out"):
        beside(ours, other)
