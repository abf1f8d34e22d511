"""The charts of classes are drawn from what was asked for and what the classifier names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from gan_cli.evaluation import pictures
from gan_cli.evaluation.class_charts import MOST_NAMED, confusion_chart
from gan_cli.game import Batch
from gan_cli.metrics.base import MetricInputs, Reference
from gan_cli.quality.suite import Report
from gan_cli.spec import SampleSpec


class Brightest:
    """A classifier that names the brightest of the pixels."""

    digest, accuracy = "brightest", 1.0

    def features_and_probabilities(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        return samples.flatten(1).double(), samples.flatten(1).double().softmax(dim=1)


def images(classes: Tensor, count: int) -> Tensor:
    """Images of 1 x `count` pixels, of which that of the class is bright."""
    return 2.0 * torch.eye(count)[classes][:, None, None] - 1.0


def written(folder: Path, asked: Tensor | None, made: Tensor, count: int) -> dict[str, Path]:
    real = Batch(images(torch.arange(count), count))
    spec = SampleSpec((1, 1, count), num_classes=count)
    reference = Reference(spec, real, None, lambda: real, lambda: real, None, None, lambda: None, Brightest)
    inputs = MetricInputs(reference, Batch(images(made, count), asked))
    paths = pictures.write_figures(inputs, folder, Report({}, {}, {"classifier": "brightest"}))
    return {path.stem: path for path in paths}


def test_a_matrix_shows_what_was_made_for_each_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def spy(counts: np.ndarray, names: list[str]) -> np.ndarray:
        seen.append((counts, names))
        return confusion_chart(counts, names)

    monkeypatch.setattr(pictures, "confusion_chart", spy)
    asked, made = torch.tensor([0, 0, 1, 2, 2, 2]), torch.tensor([0, 1, 1, 2, 2, 0])
    assert set(written(tmp_path, asked, made, 3)) == {"nearest", "classes", "confusion"}
    ((counts, names),) = seen
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 2]] and list(names) == ["0", "1", "2"]


@pytest.mark.parametrize("count", [3, MOST_NAMED + 1])
def test_there_is_no_matrix_of_classes_not_asked_for_or_of_too_many(tmp_path: Path, count: int) -> None:
    made = torch.arange(count)
    assert "confusion" not in written(tmp_path / "unasked", None, made, count)
    assert ("confusion" in written(tmp_path / "asked", made, made, count)) == (count == 3)


@pytest.mark.parametrize(
    "label", [lambda number: str(number), lambda number: f"a name that is long, of class {number}"]
)
@pytest.mark.parametrize("count", [2, 10, MOST_NAMED])
def test_what_is_made_often_is_dark(count: int, label: Callable[[int], str]) -> None:
    names = [label(number) for number in range(count)]
    picture = confusion_chart(np.eye(count), names)
    assert 250 < max(picture.shape[:2]) < 1500
    dark = (picture.min(axis=2) < 40) & (picture[..., 0] > picture[..., 1] + 60)
    rows, columns = np.nonzero(dark)
    assert len(rows) > 500 and np.corrcoef(rows, columns)[0, 1] > 0.7
