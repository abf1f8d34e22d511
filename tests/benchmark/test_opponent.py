"""What `vs=` may be, and what is said where it cannot be."""

from __future__ import annotations

import re

import pytest

from gan_cli.benchmark.opponent import candidates_of, split
from gan_cli.errors import SettingError, UserError


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a=1", ["a=1"]),
        ("a=1,b=2", ["a=1", "b=2"]),
        ("[a=1,b=[2,3],c={d:4,e:5}]", ["a=1", "b=[2,3]", "c={d:4,e:5}"]),
        ("balance=[ema,r1],seed=1", ["balance=[ema,r1]", "seed=1"]),
        ("balance=[ema,r1]", ["balance=[ema,r1]"]),
        ("data.root='a, b',seed=1", ["data.root='a, b'", "seed=1"]),
        ("['a=1', \"b=2\"]", ["a=1", "b=2"]),
        ("", [""]),
    ],
)
def test_a_list_is_split_at_its_own_commas(text: str, parts: list[str]) -> None:
    assert list(split(text)) == parts


@pytest.mark.parametrize("vs", ["none", None])
def test_a_training_may_be_measured_alone(vs: str | None) -> None:
    assert [each.label for each in candidates_of({"vs": vs}, ())] == ["ours"]


def test_the_plain_loop_has_the_settings_that_were_typed() -> None:
    ours, plain = candidates_of({"vs": "plain", "seed": 3}, ())
    assert (plain.loop, plain.config) == ("plain", ours.config)


def test_the_other_side_has_what_was_typed_and_more() -> None:
    typed = ["data=ring", "model=mlp", "seed=3", "vs=..."]
    one, other = candidates_of({"vs": "seed=4,trainer.batch_size=16"}, typed)
    assert (one.label, other.label, other.loop) == ("as typed", "seed=4 trainer.batch_size=16", "ours")
    assert (other.config["seed"], other.config["trainer"]["batch_size"]) == (4, 16)
    assert other.config["data"]["_target_"].endswith("Ring")


@pytest.mark.parametrize(
    ("vs", "said"),
    [
        ("plian", "vs=plian: must be plain, none, or settings of the other side"),
        ("plian", "; did you mean plain?"),
        ("", "vs=: must be plain, none, or settings"),
        ("[]", "vs=[]: must be plain, none, or settings"),
        ("-m", "vs=-m: must be plain, none, or settings"),
        ("seed=1,2", "vs=seed=1,2: must be plain, none, or settings"),
        ("vs=plain", "vs=vs=plain: vs concerns both sides of the comparison"),
        ("benchmark.steps=3", "benchmark.steps concerns both sides"),
        ("hydra.run.dir=x", "hydra.run.dir concerns both sides"),
    ],
)
def test_what_is_no_setting_of_one_side_is_refused(vs: str, said: str) -> None:
    with pytest.raises(SettingError, match=re.escape(said)):
        candidates_of({"vs": vs}, ())


@pytest.mark.parametrize(
    ("vs", "said"),
    [
        ("runtime.precison=float32", "runtime.precison=float32: no such setting; did you mean runtime.precision?"),
        ("data=digit", "data=digit: no such choice; did you mean digits?"),
        ("balance=[ema", "balance=[ema: cannot be read"),
        ("generator=mlp,generator.kernel_size=3", "generator.kernel_size=3: no such setting"),
    ],
)
def test_wrong_settings_of_the_other_side_get_the_usual_message(vs: str, said: str) -> None:
    with pytest.raises(UserError, match=rf"^vs: {re.escape(said)}"):
        candidates_of({"vs": vs}, ())


@pytest.mark.parametrize(
    ("vs", "said"),
    [
        ("3", "vs=3: must be text"),
        ("runtime.capture=of", "vs: runtime.capture=of: must be one of auto, off; did you mean off?"),
        ("discriminator.depth=9", "vs: discriminator.depth=9: 8x8 can be halved"),
    ],
)
def test_nothing_runs_before_the_other_side_is_checked(refused, vs: str, said: str) -> None:
    assert said in refused("benchmark", f"vs={vs}")


def test_everything_wrong_with_the_other_side_is_listed(refused) -> None:
    message = refused("benchmark", "vs=[trainer.batch_size=1,runtime.precision=float31]", settings=2)
    assert "vs: 2 settings are wrong" in message and "did you mean float32?" in message


def test_a_typed_setting_gives_way_to_the_one_of_the_other_side(refused) -> None:
    message = refused("benchmark", "generator.depth=2", "discriminator.depth=2", "vs=discriminator.depth=9")
    assert message.startswith("gan benchmark: vs: discriminator.depth=9: ")


@pytest.mark.parametrize("verb", ["train", "inspect"])
def test_other_verbs_have_no_opponent(refused, verb: str) -> None:
    assert "vs=plain: no such setting" in refused(verb, "vs=plain")
