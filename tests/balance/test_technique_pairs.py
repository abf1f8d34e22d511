"""Every two techniques: they train together, or are refused before anything begins, in words that name a setting."""

from __future__ import annotations

import itertools
import math

import pytest
from real_run import TECHNIQUES, advance, open_run, settings_with

from gan_cli.balance.base import Technique
from gan_cli.config.check import Node
from gan_cli.config.runs import flatten
from gan_cli.config.targets import resolve
from gan_cli.errors import SettingError

PAIRS = list(itertools.combinations(TECHNIQUES, 2))


def dresses(name: str) -> bool:
    """Whether it builds the discriminator, so that the order counts."""
    found = resolve(settings_with([name])["balance"][name]["_target_"])
    return found.build_discriminator is not Technique.build_discriminator


DRESSERS = [name for name in TECHNIQUES if dresses(name)]


def assert_names_a_setting(error: SettingError, config: Node) -> None:
    keys = [key for key, _ in flatten(config)]
    for problem in error.problems:
        setting = problem.setting.removeprefix("/")
        assert any(f"{key}.".startswith(f"{setting}.") for key in keys), f"there is no {setting}"
        assert f"{setting}=" in str(error) and len(problem.remedy.split()) >= 5


def test_there_are_techniques_to_pair() -> None:
    assert len(TECHNIQUES) >= 23 and len(DRESSERS) >= 2


GAMES: dict[str, tuple[str, ...]] = {
    "labels": ("condition=projection", "data.num_classes=3"),
    "codes": ("encoder=conv", "encoder.base_channels=4", "encoder.norm=layer"),
}
"""What a game can have besides samples, by the overrides that add it."""


def train_or_be_refused(config: Node, steps: int) -> SettingError | None:
    """Train for some steps and check that everything is finite; return the reason of a refusal."""
    try:
        trainer, gan = open_run(config)
    except SettingError as error:
        assert_names_a_setting(error, config)
        return error
    (reading,) = advance(trainer, steps, every=steps).readings
    assert all(math.isfinite(value) for value in reading.values()), reading
    for player in gan.learners.values():
        assert all(bool(weight.isfinite().all()) for weight in player.network.state_dict().values())
    assert gan.step == trainer.step == steps
    return None


@pytest.mark.parametrize("steps", [8, pytest.param(30, marks=pytest.mark.slow)])
@pytest.mark.parametrize("pair", [*PAIRS, *itertools.permutations(DRESSERS, 2)], ids="+".join)
def test_a_pair_trains_or_is_refused(pair: tuple[str, str], steps: int) -> None:
    if refused := train_or_be_refused(settings_with(pair), steps):
        codes = "cycle" in pair and {"packing", "replay"} & set(pair)
        assert "began" in pair or codes, f"only autoencoders and codes are no match for every technique: {refused}"


@pytest.mark.slow
@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_a_pair_with_labels_or_codes_trains_or_is_refused(pair: tuple[str, str], game: str) -> None:
    if refused := train_or_be_refused(settings_with(pair, *GAMES[game]), 30):
        apart = {"began", "packing", *({"cycle"} if game == "labels" else {"replay"})}
        assert apart & set(pair), f"no other technique is refused beside {game}: {refused}"
