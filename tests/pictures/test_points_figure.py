"""The figure of points: data, samples, the discriminator's field and the best one, and what stands beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from matplotlib.text import Text
from torch import Tensor

from gan_cli.pictures import points_figure
from gan_cli.pictures.points_figure import optimum
from gan_cli.pictures.render import render
from gan_cli.spec import SampleSpec

Picture = npt.NDArray[np.uint8]
PLANE = SampleSpec((2,), None)
FRAME = (-4.0, 4.0, -4.0, 4.0)
SAND, SEA_GREEN, UNDEFINED, DARK = (217, 191, 148), (134, 197, 188), (228, 228, 230), (100, 100, 100)


def drawn(count: int, features: int = 2, seed: int = 0) -> Tensor:
    return torch.randn(count, features, generator=torch.Generator().manual_seed(seed))


def share_of_generated(picture: Picture) -> float:
    red, green, blue = picture.astype(int).transpose(2, 0, 1)
    return float(((red - green > 60) & (red - blue > 20) & (blue > green)).mean())


def colour_share(picture: Picture, colour: tuple[int, int, int], tolerance: int = 40) -> float:
    return float((np.abs(picture.astype(int) - colour).max(axis=2) < tolerance).mean())


def halves(picture: Picture) -> tuple[Picture, Picture]:
    """The panels, without the colour bar and the titles."""
    return picture[100:-60, 60:740], picture[100:-60, 800:1450]


def right_half(points: Tensor) -> Tensor:
    return (points[:, 0] > 0).float()


def test_points_show_data_samples_belief_and_the_best_belief() -> None:
    asked: list[Tensor] = []

    def probability(points: Tensor) -> Tensor:
        asked.append(points)
        return right_half(points)

    real, generated = drawn(300), drawn(300, seed=1) - torch.tensor([3.0, 0.0])
    picture = render(generated, PLANE, real=real, probability=probability)
    assert picture.shape == (800, 1600, 3)
    assert {len(points) for points in asked} == {160 * 160, 300}
    assert not any(points.requires_grad for points in asked)
    left, right = halves(picture)
    assert share_of_generated(left) > 0.005
    assert colour_share(left, DARK) > 0.002
    # the discriminator: sand on the left, sea green on the right of the middle
    assert colour_share(left[:, :300], SAND) > 0.3
    assert colour_share(left[:, 380:], SEA_GREEN) > 0.3
    # the best one: sea green where the data lies, sand where only generated points do, nothing in the corner
    assert colour_share(right[250:400, 300:400], SEA_GREEN) > 0.3
    assert colour_share(right[200:450, :60], SAND) > 0.2
    assert colour_share(right[-30:, -30:], UNDEFINED, tolerance=4) > 0.9
    assert colour_share(left, UNDEFINED, tolerance=1) < 0.01


@pytest.fixture
def captions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every word on the figures that are drawn from now on."""
    read: list[str] = []
    pixels = points_figure._pixels

    def spelled(figure: Any) -> Picture:
        found = [text.get_text() for text in figure.findobj(Text)]
        read.extend(text for text in found if text)
        return pixels(figure)

    monkeypatch.setattr(points_figure, "_pixels", spelled)
    return read


def test_what_is_real_is_called_real_and_what_is_generated_generated(captions: list[str]) -> None:
    picture = render(drawn(40), PLANE, is_real=True)
    assert "real (40)" in captions and not any("generated" in text for text in captions)
    assert share_of_generated(picture) == 0 < colour_share(picture, DARK)
    captions.clear()
    render(drawn(30, seed=1), PLANE, real=drawn(40))
    assert {"real (40)", "generated (30)"} <= set(captions)
    captions.clear()
    render(drawn(30, seed=1), PLANE, real=drawn(40), probability=right_half)
    assert sorted(text for text in captions if text.startswith(("real (", "generated ("))) == [
        "generated (30)", "generated (30)", "real (40)", "real (40)",
    ]  # fmt: skip


def test_points_outside_the_frame_are_called_what_they_are(captions: list[str]) -> None:
    far = torch.cat([drawn(1000), torch.full((1, 2), 1e6)])
    render(far, PLANE, is_real=True)
    assert "1 real outside this frame" in captions
    render(far, PLANE, real=drawn(40))
    assert any(text.endswith("generated outside this frame") for text in captions)


@pytest.mark.parametrize(("features", "named"), [(1, "the only feature"), (2, None), (3, "feature 1 of 3")])
def test_the_axes_say_which_features_they_are(captions: list[str], features: int, named: str | None) -> None:
    render(drawn(40, features), SampleSpec((features,), None))
    assert [text for text in captions if "feature" in text and "of" not in text or text == named] == (
        [named] if named else []
    )


def test_the_gap_stands_over_the_best_one(monkeypatch: pytest.MonkeyPatch) -> None:
    titles = []
    pixels = points_figure._pixels
    monkeypatch.setattr(
        points_figure,
        "_pixels",
        lambda figure: (titles.append([axes.get_title() for axes in figure.axes]), pixels(figure))[1],
    )
    real, generated = drawn(400) * 0.1, drawn(400, seed=1) * 0.1 + 1.0
    render(generated, PLANE, real=real, probability=right_half)
    (shown,) = titles
    assert "discriminator" in shown[0]
    # nearly half of the reals and all of the fakes are judged wrongly
    gap = float(shown[1].split("= ")[-1])
    assert gap == pytest.approx(((real[:, 0] <= 0).float().mean().item() + 1.0) / 2, abs=0.03)


def test_a_critic_has_its_own_scale_and_no_gap() -> None:
    def critic(points: Tensor) -> Tensor:
        return 1000.0 + 50.0 * points[:, 0]

    real, generated = drawn(300), drawn(300, seed=1) - torch.tensor([3.0, 0.0])
    picture = render(generated, PLANE, real=real, critic=critic)
    assert picture.shape == (800, 1600, 3)
    assert colour_share(picture[100:-60, 60:140], SAND) > 0.3
    assert colour_share(picture[200:-60, 600:700], SEA_GREEN) > 0.2
    best = optimum(generated, real, None, FRAME)
    assert best is not None and best.gap is None


def test_the_best_one_is_worked_out_from_some_of_many_points() -> None:
    best = optimum(drawn(2048, seed=1), drawn(1500), lambda points: torch.full((len(points),), 0.5), FRAME)
    assert best is not None and best.gap is not None
    assert len(best.data) == len(best.generated) == 512
    assert best.field.shape == (160, 160)
    assert best.gap < 0.05


def test_without_finite_points_there_is_no_best_one() -> None:
    nowhere = torch.full((9, 2), float("nan"))
    assert optimum(nowhere, drawn(9), right_half, FRAME) is None
    assert render(nowhere, PLANE, real=drawn(9), probability=right_half).shape == (800, 920, 3)
    some = torch.cat([drawn(40, seed=1), nowhere, torch.full((3, 2), 1e30)])
    assert render(some, PLANE, real=drawn(40), probability=right_half).shape == (800, 1600, 3)
    assert render(drawn(40), PLANE, probability=right_half).shape == (800, 920, 3)


@pytest.mark.filterwarnings("error")
def test_opinions_of_a_spoilt_discriminator() -> None:
    def spoilt(points: Tensor) -> Tensor:
        return torch.full((len(points),), float("nan"))

    assert render(drawn(40), PLANE, real=drawn(40, seed=1), probability=spoilt).shape == (800, 1600, 3)
    assert render(drawn(40), PLANE, real=drawn(40, seed=1), critic=spoilt).shape == (800, 1600, 3)


def test_the_frame_follows_the_data() -> None:
    real = torch.rand(200, 2, generator=torch.Generator().manual_seed(0))
    near = render(real.clone(), PLANE, real=real)
    far = render(real * 1000 + 50, PLANE, real=real)
    assert np.array_equal(near[-40:], far[-40:])  # same ticks
    assert share_of_generated(far[100:]) == 0 < share_of_generated(near[100:])


@pytest.mark.parametrize("features", [1, 3, 8])
def test_points_of_other_dimensions_have_no_field(features: int) -> None:
    def never(points: Tensor) -> Tensor:
        raise AssertionError("the discriminator cannot judge a plane of these points")

    points, spec = drawn(50, features), SampleSpec((features,), None)
    assert render(points, spec, real=points, probability=never, critic=never).shape == (800, 920, 3)
