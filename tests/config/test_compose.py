"""From what is typed to plain values: techniques that a recipe had set, and settings that move over a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import SMALL

RAMP = "optim.generator.lr={start:1e-3,end:1e-4,steps:3}"


def trained(gan: Any, *overrides: str) -> Any:
    result = gan("train", *overrides, *SMALL, "run=here")
    assert result.code == 0, result.err
    return yaml.safe_load(Path("here/config.yaml").read_text())


def test_what_a_recipe_set_for_techniques_that_were_not_chosen_is_dropped(gan: Any) -> None:
    assert list(trained(gan, "model=r3gan", "balance=[ema]")["balance"]) == ["ema"]


def test_a_chosen_technique_keeps_what_the_recipe_set(gan: Any) -> None:
    balance = trained(gan, "model=r3gan", "balance=[r2,lecam]")["balance"]
    assert set(balance) == {"r2", "lecam"}
    assert (balance["r2"]["gamma"], balance["r2"]["every"]) == (1.0, 1)


def test_no_technique_at_all(gan: Any) -> None:
    assert trained(gan, "model=r3gan", "balance=[]")["balance"] == {}


def test_a_rate_may_move_over_the_run(gan: Any) -> None:
    assert trained(gan, RAMP)["optim"]["generator"]["lr"] == {"start": 1e-3, "end": 1e-4, "steps": 3}
    lines = [json.loads(line) for line in Path("here/metrics.jsonl").read_text().splitlines()]
    assert [line["lr/generator"] for line in lines] == pytest.approx([1e-3, 7e-4, 4e-4, 1e-4])
    assert {line["lr/discriminator"] for line in lines} == {2e-4}


@pytest.mark.parametrize("key", ["balance.instance_noise.sigma", "balance.label_flip.probability", "balance.r1.gamma"])
def test_any_strength_may_move_as_a_cosine(gan: Any, key: str) -> None:
    ramp = f"{key}={{start: 0.2, end: 0.0, steps: 20, shape: cosine}}"
    result = gan("train", *SMALL, f"balance=[{key.split('.')[1]}]", ramp, "run=here")
    assert result.code == 0, result.err


def test_a_run_with_a_ramp_is_resumed_by_its_folder(gan: Any) -> None:
    trained(gan, RAMP)
    assert gan("train", "run=here", "trainer.steps=6").code == 0
    assert json.loads(Path("here/metrics.jsonl").read_text().splitlines()[-1])["step"] == 6


@pytest.mark.parametrize(
    ("ramp", "words"),
    [
        ("{start:1e-3,end:1e-4}", "steps is missing"),
        ("{start:1e-3,stop:1e-4,steps:3}", "it has no stop"),
        ("{start:-1,end:1e-4,steps:3}", "its start must be >= 0"),
        ("{start:1e-3,end:1e-4,steps:0}", "its steps must be >= 1"),
        ("{start:fast,end:1e-4,steps:3}", "its start must be a number"),
        ("fast", "must be"),
    ],
)
def test_a_ramp_that_is_none_is_refused_in_one_line(refused: Callable[..., str], ramp: str, words: str) -> None:
    message = refused("train", f"optim.generator.lr={ramp}", *SMALL, "run=here")
    assert message.startswith("gan train: optim.generator.lr=") and words in message
    assert len(message.splitlines()) == 1


def test_a_limit_on_the_data(gan: Any, monkeypatch: pytest.MonkeyPatch) -> None:

    seen: list[int] = []
    from gan_cli.data import feed

    original = feed.ResidentFeed.__init__

    def note(self: Any, data: Any, spec: Any, **settings: Any) -> None:
        seen.append(len(data))
        original(self, data, spec, **settings)

    monkeypatch.setattr(feed.ResidentFeed, "__init__", note)
    assert trained(gan, "data.limit=20")["data"]["limit"] == 20
    assert seen == [20]
    assert "accuracy/holdout" in json.loads(Path("here/summary.json").read_text())["metrics"]


@pytest.mark.parametrize("limit", ["0", "-1", "1.5"])
def test_a_limit_that_is_none_is_refused(refused: Callable[..., str], limit: str) -> None:
    assert f"data.limit={limit}: must be" in refused("train", f"data.limit={limit}", *SMALL)


def test_a_setting_of_a_technique_that_is_not_played_is_refused(refused: Callable[..., str]) -> None:
    words = refused("train", "model=r3gan", "balance=[ema]", "balance.r1.gamma=5", "run=there")
    assert "balance.r1.gamma=" in words
    assert "r1 has no effect; add 'balance=[ema,r1]'" in words
    assert "r1 has no effect" in refused("train", "+balance.r1.gamma=1", "run=there")
    assert "r1 has no effect" in refused("train", "-m", "+balance.r1.gamma=1,2")


def test_a_wrong_ramp_is_told_as_it_was_typed(refused: Callable[..., str]) -> None:
    words = refused("train", "optim.generator.lr={start:1,end:-1,steps:3}", "run=there")
    assert "optim.generator.lr={start:1,end:-1,steps:3}: its end must be >= 0" in words
