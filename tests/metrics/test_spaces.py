"""Metrics that compare samples as vectors: in the view, by raw values, under names that tell which."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor
from trials import normal, trial

from gan_cli.data.chirps import Chirps
from gan_cli.data.digits import Digits
from gan_cli.distances import energy_distance
from gan_cli.game import Batch
from gan_cli.metrics.base import Metric, MetricInputs
from gan_cli.metrics.density_coverage import DensityCoverage
from gan_cli.metrics.energy_distance import EnergyDistance
from gan_cli.metrics.memorisation import Memorisation
from gan_cli.metrics.mmd import MMD
from gan_cli.metrics.precision_recall import PrecisionRecall
from gan_cli.metrics.sliced_wasserstein import SlicedWasserstein
from gan_cli.metrics.spaces import named, space_of
from gan_cli.quality.reference import open_reference
from gan_cli.scattering import scattering

VECTORS = {
    EnergyDistance: ["energy_distance"], MMD: ["mmd"], SlicedWasserstein: ["sliced_wasserstein"],
    Memorisation: ["nearest_train", "copies"],
}  # fmt: skip


def images(seed: int, count: int = 60, scale: float = 0.3) -> Tensor:
    """Gray images of one bright bar each, at a random place, with noise."""
    rng = torch.Generator().manual_seed(seed)
    rows = torch.randint(8, (count,), generator=rng)
    bars = torch.nn.functional.one_hot(rows, 8).float()[:, None, :, None].expand(-1, -1, -1, 8) * 1.6 - 0.8
    return (bars + scale * torch.randn(count, 1, 8, 8, generator=rng)).clamp(-1.0, 1.0)


def shown(**parts: Any) -> Any:
    return trial(images(0), images(1), holdout=images(2), train=images(3), **parts)


@pytest.mark.parametrize("kind", VECTORS)
def test_results_are_named_by_their_space(kind: Any) -> None:
    """Every result that is announced for the data is measured, and no other; all are among those of the class."""
    plain = VECTORS[kind]
    views = [f"{name}_view" for name in plain]
    for space, expected in {"view": views, "raw": plain, "both": [*views, *plain]}.items():
        metric: Metric = kind(space=space)
        found = {name for name in metric.measure(shown()) if not name.endswith("_error")}
        assert list(metric.results_for(shown())) == expected and found == set(expected) <= set(kind.results)
        points = trial(normal(60, 2, 0), normal(60, 2, 1), holdout=normal(60, 2, 2), train=normal(60, 2, 3))
        assert list(metric.results_for(points)) == plain, "the view of points is their values"
        assert {name for name in metric.measure(points) if not name.endswith("_error")} == set(plain)


@pytest.mark.parametrize("kind", VECTORS)
def test_raw_figures_do_not_depend_on_what_else_is_measured(kind: Any) -> None:
    alone, beside = kind(space="raw").measure(shown()), kind(space="both").measure(shown())
    assert {name: beside[name] for name in alone} == alone


def test_figures_of_the_view_are_distances_in_it() -> None:
    one = shown()
    fake, real = scattering(one.fake.x), scattering(one.reference.real.x)
    assert EnergyDistance().measure(one) == {
        "energy_distance_view": energy_distance(fake, real).item(),
        "energy_distance": energy_distance(one.fake.x, one.reference.real.x).item(),
    }
    flat = trial(fake, real)
    assert MMD().measure(one)["mmd_view"] == pytest.approx(MMD().measure(flat)["mmd"])
    assert MMD().measure(one)["mmd_view_error"] == pytest.approx(MMD().measure(flat)["mmd_error"])


def test_copies_are_found_in_each_space_and_dark_ones_by_raw_values_alone() -> None:
    source = Digits()
    real = open_reference(source, source.load(), num=180, of="holdout", device=torch.device("cpu"))
    assert list(Memorisation().results_for(MetricInputs(real, real.real))) == ["nearest_train", "copies"]

    def found(samples: Tensor) -> dict[str, float]:
        return Memorisation(space="both").measure(MetricInputs(real, Batch(samples)))

    train = real.train.x[:180]
    for score in (found(train), found((train + 0.05 * torch.randn(train.shape)).clamp(-1.0, 1.0))):
        assert score["copies"] == score["copies_view"] == 1.0
        assert max(score["nearest_train"], score["nearest_train_view"]) < 0.25
    dark = found(train * 0.8 - 0.1)
    assert dark["copies"] > 0.5 and dark["copies_view"] < 0.05
    assert real.holdout is not None
    fresh = found(real.holdout.x)
    assert fresh["nearest_train"] == pytest.approx(1.0) and fresh["nearest_train_view"] == pytest.approx(1.0)


def test_silence_is_no_copy_of_sounds() -> None:
    """By raw values it looks like one: it is nearer to each sound than sounds are to each other."""
    source = Chirps(length=1024, num_samples=400, holdout=0.4)
    real = open_reference(source, source.load(), num=150, of="holdout", device=torch.device("cpu"))
    silence, copies = torch.zeros(150, 1, 1024), real.train.x[:150]
    assert Memorisation(space="raw").measure(MetricInputs(real, Batch(silence)))["nearest_train"] < 0.75
    heard, told = (Memorisation().measure(MetricInputs(real, Batch(samples))) for samples in (silence, copies))
    assert heard["copies_view"] < 0.05 and heard["nearest_train_view"] > 1.0
    assert told["copies_view"] == 1.0 and told["nearest_train_view"] < 0.1


@pytest.mark.parametrize(
    ("kind", "names"), [(PrecisionRecall, ["precision", "recall"]), (DensityCoverage, ["coverage", "density"])]
)
def test_neighbourhoods_are_of_the_classifier_or_else_of_the_view(kind: Any, names: list[str]) -> None:
    labelled, images_alone = shown(), shown(refuse_classifier=lambda: "needs images with labels")
    points = trial(normal(60, 2, 0), normal(60, 2, 1), refuse_classifier=lambda: "needs images with labels")
    for space, found, where in (
        (None, names, labelled), (None, [f"{name}_view" for name in names], images_alone),
        ("view", [f"{name}_view" for name in names], labelled), ("raw", [f"{name}_raw" for name in names], points),
    ):  # fmt: skip
        metric = kind(space=space)
        assert metric.lacks(where) is None
        assert list(metric.measure(where)) == list(metric.results_for(where)) == found
        assert set(found) <= set(kind.results)
        assert metric.needs_classifier(where) == (found == names)
    assert kind().lacks(points) == kind(space="classifier").lacks(images_alone) == "needs images with labels"
    assert "needs images" in str(kind(space="view").lacks(points))


def test_names() -> None:
    assert (named("mmd", "raw"), named("mmd", "view"), named("mmd_error", "view")) == (
        "mmd", "mmd_view", "mmd_view_error",
    )  # fmt: skip
    assert (space_of("mmd"), space_of("mmd_view")) == ("raw", "view")
    assert not math.isnan(EnergyDistance().measure(shown())["energy_distance_view"])
