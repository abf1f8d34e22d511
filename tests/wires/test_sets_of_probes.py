"""What is asked about and what is searched: probes of the discriminator, pictures of pictures, samples by class."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from doubles import IMAGE, Told, as_image, level_of
from pair_of_networks import PairOfNetworks
from real_parts import levels, parts
from torch import Tensor, nn

from gan_cli.evaluation import pictures
from gan_cli.game import Batch
from gan_cli.metrics.base import MetricInputs, Reference
from gan_cli.metrics.probe import Probe
from gan_cli.sampling import by_class
from gan_cli.sampling.latents import Stream
from gan_cli.session.play import play
from gan_cli.session.trained import open_run

View = Callable[[Tensor], Tensor]


class Hidden(nn.Module):
    """Its hidden layer shows what is above middle grey in a view of the samples."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view, self.hidden = view, nn.ReLU()

    def forward(self, samples: Tensor) -> Tensor:
        return self.hidden(self.view(samples)).flatten(1).sum(dim=1)


def part(values: Iterable[int], labels: Iterable[int] | None = None) -> Batch:
    samples = as_image(torch.tensor([float(value) for value in values])[:, None])
    return Batch(samples, None if labels is None else torch.tensor([int(label) for label in labels]))


def trial(train: Batch, holdout: Batch, fake: Batch, view: View) -> MetricInputs:
    """Where the real samples that fakes are compared with are level 77 alone."""
    real = part([77] * 40)
    known = Reference(IMAGE, real, holdout, lambda: real, lambda: train)
    return MetricInputs(known, fake, PairOfNetworks(nn.Identity(), Hidden(view), Told()))


@pytest.mark.parametrize("blind", [False, True])
def test_probes_learn_training_samples_and_are_asked_about_held_out_ones(blind: bool) -> None:
    """All are bright. Labels split the training samples at 190, and the 40 held-out ones the other way round.

    A discriminator that shows what is dark sees nothing in them: whoever learns from it names one class for all.
    """
    train = part(range(140, 240), (value < 190 for value in range(140, 240)))
    asked = [*range(150, 180), *range(200, 210)]
    held_out = part(asked, (value >= 190 for value in asked))
    shown = trial(train, held_out, Batch(train.x), torch.neg if blind else torch.abs)
    found = Probe(labels=100, draws=1).measure(shown)
    assert (found["probe_pixels"], found["knn_pixels"]) == (0.0, 0.0)
    seen = {found["probe"], found["knn"]}
    assert seen <= {0.25, 0.75} if blind else seen == {0.0}


def columns(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The levels of each column of samples that evidence puts side by side."""
    shown: list[list[int]] = []
    blank = torch.zeros(8, 8, 3).byte().numpy()

    def note(samples: list[Tensor], *_: Any, **__: Any) -> Any:
        shown.extend([round((one.mean().item() + 1.0) * 127.5) for one in column] for column in samples)
        return blank

    monkeypatch.setattr(pictures, "rows_of", note)
    return shown


def test_samples_stand_beside_the_nearest_training_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = columns(monkeypatch)
    fake, train = part([11, 29, 47]), part(range(0, 60, 10))
    pictures._beside_nearest(trial(train, part(range(60)), fake, torch.abs))
    assert shown == [[11, 29, 47], [10, 30, 50]]


def test_held_out_samples_find_training_samples_by_the_features_of_the_discriminator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It does not tell 28 from 227, which is as far from the middle."""
    shown = columns(monkeypatch)
    fake, train = part([11, 29]), part(range(130, 250, 10))
    pictures._retrieved(trial(train, part([28, 245]), fake, torch.abs))
    assert shown == [[28, 245], [230, 240], [220, 230], [240, 220], [210, 210], [200, 200], [190, 190], [180, 180]]


class Reads:
    """A classifier that takes the level of an image, modulo four, for its class."""

    accuracy = 0.875

    def features_and_probabilities(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        level = ((samples.flatten(1).mean(dim=1) + 1.0) * 127.5).round().long()
        return samples.flatten(1), nn.functional.one_hot(level % 4, 4).double()


def test_samples_of_wanted_classes_come_in_the_order_of_the_stream(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taught: list[Any] = []
    monkeypatch.setattr(by_class, "classifier_of", lambda lessons, *_, **__: taught.append(lessons) or Reads())
    data = levels(range(40), range(100, 130), images=True, labels=4)
    generator = {"_target_": "doubles.Shift", "numbered": False, "weight": 100.0}
    play(parts(data=data, generator=generator).config | {"trainer": {
        "_target_": "gan_cli.training.trainer.Trainer", "steps": 1, "batch_size": 4}}, [], tmp_path)  # fmt: skip
    trained = open_run(tmp_path, step=None, average=True, device="cpu", trust=True)
    found = by_class.find(trained, Stream(trained.latent, 7), [1, 2], 30)
    levels_drawn = (Stream(trained.latent, 7).next(found.drawn)[:, 0] + 100.0).round().long()
    wanted = levels_drawn[torch.isin(levels_drawn % 4, torch.tensor([1, 2]))][:30]
    assert (found.latents[:, 0] + 100.0).round().long().tolist() == wanted.tolist()
    assert dict(found.counts) == {kind: int((wanted % 4 == kind).sum()) for kind in (1, 2)}
    assert found.accuracy == 0.875
    assert level_of(taught[0].train.samples.float() / 127.5 - 1.0) == set(range(40))
    assert level_of(taught[0].test.samples.float() / 127.5 - 1.0) == set(range(100, 130))
