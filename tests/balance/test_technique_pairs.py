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


@pytest.mark.parametrize("steps", [8, pytest.param(30, marks=pytest.mark.slow)])
@pytest.mark.parametrize("pair", [*PAIRS, *itertools.permutations(DRESSERS, 2)], ids="+".join)
def test_a_pair_trains_or_is_refused(pair: tuple[str, str], steps: int) -> None:
    config = settings_with(pair)
    try:
        trainer, gan = open_run(config)
    except SettingError as error:
        assert_names_a_setting(error, config)
        codes = "cycle" in pair and {"packing", "replay"} & set(pair)
        assert "began" in pair or codes, f"only autoencoders and codes are no match for every technique: {error}"
        return
    (reading,) = advance(trainer, steps, every=steps).readings
    assert all(math.isfinite(value) for value in reading.values()), reading
    for player in gan.players.values():
        assert all(bool(weight.isfinite().all()) for weight in player.network.state_dict().values())
    assert gan.step == trainer.step == steps
