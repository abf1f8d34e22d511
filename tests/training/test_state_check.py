"""A checkpoint that does not fit its config is refused with the part that does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_cli.training import checkpoint
from gan_cli.training.state_check import StateMismatchError, refuse_mismatch, spec_of

FRESH = {"weight": torch.zeros(2, 3), "count": 1, "name": "a", "list": [1.0, None], "later": None, "rows": []}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weight": torch.zeros(3, 2)}, "part.weight is float32 3x2, and the config makes float32 2x3"),
        ({"weight": torch.zeros(2, 3).double()}, "part.weight is float64 2x3"),
        ({"weight": 1}, "part.weight is int"),
        ({"count": "1"}, "part.count is str, not a number"),
        ({"name": 1}, "part.name is int, not text"),
        ({"list": [1.0]}, "part.list has 1 entries, and the config makes 2"),
        ({"list": ["x", None]}, r"part.list\[0\] is str"),
        ({"more": 1}, "part has more, which the config does not make"),
        ({"rows": 1}, "part.rows is int, not a list"),
    ],
)
def test_the_first_part_that_differs_is_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(StateMismatchError, match=words):
        refuse_mismatch("part", FRESH | change, FRESH)


def test_what_fits_passes() -> None:
    refuse_mismatch("part", {**FRESH, "count": torch.tensor(3), "later": {"any": 1}, "rows": [1, 2]}, FRESH)


@pytest.mark.parametrize(
    "told",
    [
        None,
        {"shape": [1, 8, 8]},
        {"shape": (0, 8), "value_range": None, "num_classes": None},
        {"shape": (1.5,), "value_range": None, "num_classes": None},
        {"shape": (2,), "value_range": (1, 0), "num_classes": None},
        {"shape": (2,), "value_range": None, "num_classes": "ten"},
    ],
)
def test_no_kind_of_sample(told: object) -> None:
    with pytest.raises(StateMismatchError, match="spec"):
        spec_of({"spec": told})


def tampered(here: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what the newest checkpoint holds, its checksums right again."""
    state = checkpoint.load(here, 4)
    change(state)
    checkpoint.save(here, 4, state, keep=9)


def first_weight(state: dict[str, Any], side: str) -> tuple[dict[str, Any], str]:
    weights = state["gan"][side]["network"]
    return weights, next(name for name in weights if weights[name].ndim > 1)


def reshape(state: dict[str, Any], side: str) -> None:
    weights, name = first_weight(state, side)
    weights[name] = weights[name][:1]


def optimizer(state: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = state["gan"]["generator"]["optimizer"]
    return entry


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "generator of another shape": (
        lambda s: reshape(s, "generator"),
        r"state.gan.generator.network\.\S+ is float32 1x",
    ),
    "discriminator of another shape": (
        lambda s: reshape(s, "discriminator"),
        r"state.gan.discriminator.network\.\S+ is",
    ),
    "no discriminator": (lambda s: s["gan"].pop("discriminator"), "discriminator"),
    "no networks": (lambda s: s.pop("gan"), "gan"),
    "no technique": (lambda s: s["techniques"].pop("ema"), "techniques has no ema"),
    "another technique": (lambda s: s["techniques"].update(r1={}), "techniques has r1"),
    "technique of another shape": (lambda s: s["techniques"]["ema"].update(seen="x"), "techniques.ema.seen is str"),
    "another kind of sample": (lambda s: s["spec"].update(shape=(1, 16, 16)), ""),
    "no kind of sample": (lambda s: s.pop("spec"), "spec"),
    "all of it a list": (lambda s: s.update(gan=[1]), "gan"),
}


def told(gan: Callable[..., Any], verb: str) -> str:
    """The message of a refusal; a resume has already said a word in train.log."""
    result = gan(verb, "run=here", *(["trainer.steps=6"] if verb == "train" else []))
    message = "\n".join(result.err.splitlines()[-2:])
    assert result.code == 2, result.err
    assert "Traceback" not in result.err
    assert "here: the checkpoint of step 4 does not fit config.yaml: " in message
    return message


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("verb", ["train", "sample"])
def test_every_verb_says_which_part(verb: str, name: str, gan, here: Path) -> None:
    change, words = CHANGES[name]
    tampered(here, change)
    assert re.search(words, told(gan, verb))


RESUMED: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another optimizer": (lambda s: optimizer(s)["param_groups"][0].pop("betas"), r"param_groups\[0\] has no betas"),
    "another learning rate": (
        lambda s: optimizer(s)["param_groups"][0].update(lr=0.5),
        r"optimizer.param_groups\[0\].lr is 0.5, in the config 0.0002",
    ),
    "memory of another parameter": (
        lambda s: optimizer(s)["state"][0].update(exp_avg=torch.zeros(7, 7)),
        r"optimizer.state\[0\].exp_avg is float32 7x7",
    ),
    "memory of too many": (lambda s: optimizer(s)["state"].update({99: {}}), "optimizer.state has 99"),
    "a place in no data": (lambda s: s["feed"].update(drawn="far"), "state.feed.drawn is str"),
    "no random state": (lambda s: s["random"].update(cpu=torch.zeros(3)), "state.random.cpu is float32 3"),
    "rows without tags": (
        lambda s: s["reading"]["window"].update(tags=["a"], rows=torch.zeros(2, 5)),
        "rows of the window do not fit",
    ),
    "no such state": (lambda s: s["reading"]["diagnosis"]["verdict"].update(state="winning"), "no state of the game"),
    "words for figures": (lambda s: s["reading"].update(values={"a": "much"}), "could not convert"),
    "no measurements": (lambda s: s["reading"].pop("examiner"), "state.reading has no examiner"),
}


@pytest.mark.parametrize("name", RESUMED)
def test_a_resume_says_which_part(name: str, gan, here: Path) -> None:
    change, words = RESUMED[name]
    tampered(here, change)
    assert re.search(words, told(gan, "train"))
