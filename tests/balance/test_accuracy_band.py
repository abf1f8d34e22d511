"""AccuracyBand: hysteresis, bounded skips, counts, which accuracy counts, resume, refusals, no wait for the device."""

from __future__ import annotations

import copy
import types
from collections.abc import Iterable
from typing import Any

import pytest
import torch
from no_sync import NoHostSync
from torch import nn

from gan_cli.balance.accuracy_band import AccuracyBand
from gan_cli.errors import SettingError

TAG = "accuracy/discriminator"


def attached(device: str = "cpu", *, probability: Any = torch.sigmoid, **settings: Any) -> AccuracyBand:
    band = AccuracyBand(**settings)
    discriminator = nn.Linear(1, 1, device=device)
    band.attach(types.SimpleNamespace(discriminator=discriminator, loss=types.SimpleNamespace(probability=probability)))
    return band


def play(band: AccuracyBand, accuracies: Iterable[float], tag: str = TAG) -> list[str]:
    """Who is held in each step: d, g or nobody (-)."""
    seen = []
    for accuracy in accuracies:
        d, g = band.gate("discriminator").item(), band.gate("generator").item()
        seen.append({(1.0, 1.0): "-", (0.0, 1.0): "d", (1.0, 0.0): "g"}[d, g])
        band.after_step(None, 8, {tag: torch.tensor(accuracy)})
    return seen


def counts(band: AccuracyBand) -> tuple[float, float]:
    scalars = band.scalars()
    return scalars["balance/band_held_discriminator"].item(), scalars["balance/band_held_generator"].item()


def test_the_average_starts_in_the_middle_and_forgets_a_tenth() -> None:
    band = attached()
    play(band, [1.0, 1.0])
    assert band.scalars()["balance/band_accuracy"].item() == pytest.approx(1 - 0.4 * 0.81)


def test_whoever_is_ahead_is_held_until_well_inside_the_band() -> None:
    band = attached(decay=0.0)
    # 0.69 is in the band but not by the margin of 0.02; 0.67 is; from inside, 0.69 holds nobody
    assert play(band, [0.6, 0.71, 0.69, 0.67, 0.69, 0.7, 0.6]) == ["-", "-", "d", "d", "-", "-", "-"]
    assert play(band, [0.49, 0.51, 0.53, 0.51, 0.5, 0.6]) == ["-", "g", "g", "-", "-", "-"]
    assert counts(band) == (2.0, 2.0)


def test_a_long_run_of_skips_is_broken_by_one_step() -> None:
    band = attached(decay=0.0, max_skips=2)
    assert play(band, [1.0] * 8) == ["-", "d", "d", "-", "d", "d", "-", "d"]
    assert counts(band) == (5.0, 0.0)


def test_a_swing_from_one_side_to_the_other_hands_the_hold_over() -> None:
    band = attached(decay=0.0)
    assert play(band, [1.0, 0.0, 1.0, 0.6, 0.6]) == ["-", "d", "g", "d", "-"]


def test_where_a_logit_means_nothing_pairs_are_compared() -> None:
    band = attached(probability=None, decay=0.0)
    assert play(band, [1.0, 0.6], tag="accuracy/pairwise") == ["-", "d"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"low": 0.7}, "low=0.7: must be < high, 0.7"),
        ({"hysteresis": 0.2}, "hysteresis=0.2: must be at most 0.1, half of the band"),
    ],
)
def test_a_band_that_could_hold_both_is_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        AccuracyBand(**settings)


def test_the_widest_hysteresis_holds_one_at_a_time() -> None:
    band = attached(low=0.5, high=0.75, hysteresis=0.125, decay=0.0)
    play(band, [1.0, 0.625, 0.0, 0.625, 1.0, 0.3, 0.9])


def test_resume_is_bit_equal() -> None:
    torch.manual_seed(0)
    accuracies = torch.rand(60).tolist()
    whole = attached(max_skips=3)
    play(whole, [0.9] * 9 + accuracies[:30])
    saved = copy.deepcopy(whole.state_dict())
    resumed = attached(max_skips=3)
    resumed.load_state_dict(saved)
    assert play(resumed, accuracies[30:]) == play(whole, accuracies[30:])
    assert resumed.scalars() == whole.scalars()


def test_nothing_is_read_on_the_host() -> None:
    band = attached()
    value = {TAG: torch.tensor(1.0)}
    with NoHostSync():
        for _ in range(3):
            band.after_step(None, 8, value)
            band.gate("discriminator"), band.gate("generator"), band.scalars()
    assert attached("meta").gate("generator").device.type == "meta"  # as in a rehearsal
