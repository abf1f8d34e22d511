"""The words above the pictures of an evaluation: in lines that fit, with the figures that were measured."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from gan_cli.evaluation.captions import Caption, caption_of, captioned
from gan_cli.quality.suite import Result
from gan_cli.spec import SampleSpec

IMAGES, SOUND = SampleSpec((1, 8, 8)), SampleSpec((1, 64))


def low(value: float, floor: float | None = None) -> Result:
    return Result(value, "low", floor=floor)


@pytest.mark.parametrize(
    ("name", "results", "expected"),
    [
        ("nearest", {}, ""),
        (
            "nearest",
            {"copies": low(0.25), "nearest_train": low(0.512)},
            "nearest_train 0.512 (unseen data 1), copies 0.25 (by chance 0.01)",
        ),
        (
            "nearest",
            {"nearest_train": low(0.5), "nearest_train_view": low(0.7)},
            "nearest_train_view 0.7 (unseen data 1)",
        ),
        (
            "classes",
            {"class_kl": low(0.1394, 0.0124), "classes": Result(9.0, "high", floor=10.0)},
            "class_kl 0.139 (real data 0.0124), classes 9 (real data 10)",
        ),
        (
            "classes",
            {"class_kl": low(math.inf, 0.01), "classes": Result(9.0, "high", floor=10.0)},
            "classes 9 (real data 10)",
        ),
        ("retrieval", {"knn_pixels": Result(0.85, "none"), "knn": Result(0.9, "high")}, "knn 0.9 (pixels 0.85)"),
        (
            "points",
            {"energy_distance": low(0.1, 0.0), "wasserstein": low(0.2, 0.1), "mmd": low(0.3)},
            "wasserstein 0.2 (real data 0.1), energy_distance 0.1 (real data 0)",
        ),
        (
            "points",
            {"energy_distance": low(0.1), "high_quality": low(0.9), "modes": low(8.0)},
            "high_quality 0.9, modes 8",
        ),
    ],
)
def test_captions_have_the_figures_that_were_measured(name: str, results: Mapping[str, Result], expected: str) -> None:
    assert caption_of(name, IMAGES, results).figures == expected


def test_neighbours_are_said_to_be_found_in_the_view_of_their_kind() -> None:
    assert "by edges and colours" in caption_of("nearest", IMAGES, {}).reading
    assert "by pitches and loudness" in caption_of("nearest", SOUND, {}).reading
    assert "by their values" in caption_of("nearest", SampleSpec((1, 4, 4, 4)), {}).reading


@pytest.mark.parametrize("width", [60, 480, 900])
@pytest.mark.parametrize("name", ["points", "nearest", "classes", "confusion", "retrieval"])
def test_a_picture_keeps_its_pixels_below_words_that_fit(name: str, width: int) -> None:
    """The page is white around the words on all sides, so no line touches its edge or the picture."""
    picture = np.full((50, width, 3), 7, dtype=np.uint8)
    results = {name: low(0.123456, 0.0123456) for name in ("class_kl", "classes", "copies", "nearest_train", "modes")}
    page = captioned(picture, caption_of(name, IMAGES, results))
    left = (page.shape[1] - width) // 2
    assert (page[-50:, left : left + width] == picture).all()
    words = page[:-50]
    assert (words[:6] == 255).all() and (words[-6:] == 255).all(), "above and below"
    assert (words[:, :8] == 255).all() and (words[:, -8:] == 255).all(), "left and right"
    assert (words < 128).any()


def test_each_part_of_a_caption_begins_a_line() -> None:
    """A line of 25 pixels for each part, and one more for each that is too long."""
    picture = np.zeros((10, 900, 3), dtype=np.uint8)
    heights = [
        captioned(picture, Caption(*parts)).shape[0] for parts in (("a", "b"), ("a", "b", "c"), ("a", "b " * 80, "c"))
    ]
    assert [height - heights[0] for height in heights] == [0, 25, 50]
