"""The gauges look at the sets that they name: each set of samples has values of its own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from doubles import SEED, Told, technique
from real_parts import advance, make_gan, open_parts, parts
from torch import Tensor

from gan_cli.diagnosis import neighbours
from gan_cli.diagnosis.optimal_discriminator import OptimalDiscriminator
from gan_cli.diagnosis.pass_gauges import PassGauges, spread_ratio
from gan_cli.distances import PairDistances, among, energy_distance, pairwise
from gan_cli.game import Batch, GeneratorInput


def line(*places: float) -> Tensor:
    return torch.tensor(places, dtype=torch.float32)[:, None]


TRAIN = line(0, 1, 2, 3, 4, 5, 6, 20)
HELD_OUT = line(100, 101, 102, 103, 104, 105, 106, 130)
LATENTS = line(-30, -29, -28)
"""The generator adds 30, so the fakes are 0, 1 and 2."""
FAKE = line(0, 1, 2)


def apart(fake: Tensor, real: Tensor) -> PairDistances:
    return PairDistances(among(fake), among(real), pairwise(fake, real))


def pass_gauges(latents: Tensor = LATENTS, holdout: Tensor | None = HELD_OUT) -> PassGauges:
    return PassGauges(GeneratorInput(latents), Batch(TRAIN), None if holdout is None else Batch(holdout))


def taken(loss: Any = None, holdout: Tensor | None = HELD_OUT) -> dict[str, float]:
    return {tag: v.item() for tag, v in pass_gauges(holdout=holdout).take(make_gan(loss)).items()}


def test_missed_and_astray_compare_with_held_out_samples_else_with_training_ones() -> None:
    """Each fake is a training sample, and far from all held-out ones."""
    far = taken()
    assert (far["balance/missed"], far["balance/astray"]) == (1.0, 1.0)
    near = taken(holdout=None)
    none_of_five = (7 * 6 * 5 * 4 * 3) / (10 * 9 * 8 * 7 * 6)
    assert near["balance/missed"] == pytest.approx(1 - 1 / (1 - none_of_five)), "all but 20 have neighbours near"
    assert near["balance/astray"] == pytest.approx(1 - 1 / (7 / 8))


def test_missed_is_from_the_data_to_the_fakes_and_astray_the_other_way() -> None:
    real, fake = line(0, 1, 2, 3, 4, 5, 6, 20), line(0, 1, 2)
    values = {t: v.item() for t, v in PassGauges(GeneratorInput(fake - 30), Batch(real), None).take(make_gan()).items()}
    assert values["balance/missed"] == pytest.approx(neighbours.missed(apart(fake, real)).item())
    assert values["balance/astray"] == pytest.approx(neighbours.astray(apart(fake, real)).item())
    assert values["balance/repeated"] == pytest.approx(neighbours.repeated(apart(fake, real)).item())


def test_spreads_are_of_the_fakes_as_a_share_of_the_held_out_samples_else_of_the_training_ones() -> None:
    values = taken()
    assert values["balance/spread"] == pytest.approx((FAKE.var() / HELD_OUT.var()).sqrt().item())
    assert taken(holdout=None)["balance/spread"] == pytest.approx((FAKE.var() / TRAIN.var()).sqrt().item())
    assert "balance/feature_spread" not in values


def test_floors_are_of_the_training_samples_in_place_of_the_fakes_and_stay_the_same() -> None:
    gauges, gan = pass_gauges(), make_gan()
    values = [{tag: value.item() for tag, value in gauges.take(gan).items()} for _ in range(2)]
    floors = {
        "floor/distance": energy_distance(TRAIN, HELD_OUT),
        "floor/missed": neighbours.missed(apart(TRAIN, HELD_OUT)),
        "floor/astray": neighbours.astray(apart(TRAIN, HELD_OUT)),
        "floor/repeated": neighbours.repeated(apart(TRAIN, HELD_OUT)),
        "floor/spread": spread_ratio(TRAIN, HELD_OUT),
    }
    for each in values:
        assert {tag: each[tag] for tag in floors} == pytest.approx({tag: floor.item() for tag, floor in floors.items()})
    assert not [tag for tag in taken(holdout=None) if tag.startswith("floor/")]


def test_features_are_those_of_the_discriminator() -> None:
    gan = make_gan()
    gan.discriminator.features = lambda samples: samples.square()  # type: ignore[union-attr]
    values = pass_gauges().take(gan)
    assert values["balance/feature_spread"].item() == pytest.approx(
        spread_ratio(FAKE.square(), TRAIN.square()).item(), rel=1e-5
    )


def test_the_distance_is_to_held_out_samples_else_to_training_ones() -> None:
    to_held_out, to_train = (energy_distance(FAKE, real).item() for real in (HELD_OUT, TRAIN))
    assert abs(to_held_out - to_train) > 1.0
    assert taken()["balance/distance"] == pytest.approx(to_held_out)
    assert taken(holdout=None)["balance/distance"] == pytest.approx(to_train)
    assert taken(holdout=HELD_OUT[:7])["balance/distance"] == pytest.approx(to_train), "too few to tell anything"


def test_memorisation_compares_training_with_held_out_samples() -> None:
    """Logits are 4 x: D at work is in evaluation mode, where the double doubles."""
    gan = make_gan()
    gan.discriminator.weight.data.fill_(-1.0)  # type: ignore[union-attr]
    held_out = line(*[4.0] * 8)
    values = pass_gauges(line(-10, -8), held_out).take(gan)  # fakes of 20 and 22
    mean = TRAIN.mean().item()
    assert values["balance/r_v"].item() == pytest.approx((-mean + 4.0) / (-mean + 21.0))


@pytest.mark.parametrize(("cut", "share"), [(0.0, 1.0), (4 * 102.5, 5 / 8), (4 * 129.0, 1 / 8), (1000.0, 0.0)])
def test_accuracy_on_held_out_samples_is_at_the_cut_of_the_loss(cut: float, share: float) -> None:
    assert taken(Told(cut=cut))["accuracy/holdout"] == share


def test_the_field_gap_holds_both_networks_against_the_training_samples() -> None:
    values = taken(Told(probable=True))
    on_train, on_fake = (4.0 * samples.flatten() + 0.5 for samples in (TRAIN, FAKE))
    assert values["balance/field_gap"] == pytest.approx(
        OptimalDiscriminator(TRAIN, FAKE).gap(on_train, on_fake).item(), rel=1e-5
    )
    assert "balance/field_gap" not in taken()


def source(train: Tensor, holdout: Tensor | None) -> dict[str, Any]:
    held = None if holdout is None else holdout.flatten().tolist()
    return {"_target_": "doubles.Levels", "train": train.flatten().tolist(), "holdout": held}


def test_parts_show_the_survey_each_set_in_its_place() -> None:
    """Fakes are 5 + 30, the seed and the weight; the average, whose weight is 70, is not looked at."""
    trainer, _ = open_parts(
        parts(
            data=source(TRAIN, HELD_OUT),
            loss={"_target_": "doubles.Told", "cut": 4 * 102.5},
            balance={"average": {"_target_": "doubles.Averaged"}},
        )
    )
    (values,) = advance(trainer, 1).of("scalars").values()
    fake = torch.full((256, 1), SEED + 30.0)
    assert values["balance/distance"] == pytest.approx(energy_distance(fake, HELD_OUT).item(), rel=1e-4)
    assert values["balance/missed"] == pytest.approx(neighbours.missed(apart(fake, HELD_OUT)).item(), rel=1e-4)
    assert values["balance/astray"] == pytest.approx(neighbours.astray(apart(fake, HELD_OUT)).item(), rel=1e-4)
    assert values["accuracy/holdout"] == 5 / 8
    # training samples have logits of 20.5 in the mean, fakes of 140: they are further from the held-out ones
    assert values["balance/r_v"] == 0.0


def test_parts_without_held_out_samples_say_nothing_of_them() -> None:
    trainer, _ = open_parts(parts(data=source(TRAIN, None)))
    (values,) = advance(trainer, 1).of("scalars").values()
    assert not {"accuracy/holdout", "balance/r_v"} & values.keys()
    fake = torch.full((256, 1), SEED + 30.0)
    assert values["balance/distance"] == pytest.approx(energy_distance(fake, TRAIN).item(), rel=1e-4)


def test_networks_train_on_training_samples_only() -> None:
    seen: set[float] = set()
    trainer, _ = open_parts(parts(data=source(TRAIN, HELD_OUT)))
    trainer._game.techniques = {"watch": technique(perturb=lambda x: seen.update(x.flatten().tolist()) or x)}
    advance(trainer, 10)
    assert {value for value in seen if value < 30.0 or value > 90.0} == set(TRAIN.flatten().tolist())
