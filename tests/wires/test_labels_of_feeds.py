"""Labels travel with their samples: of a table sample v has the label v^2 mod 7, of image files each its own number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch
from arena import step
from doubles import BATCH, IMAGE, NUMBER, Counting, level_of, technique
from PIL import Image
from real_parts import make_game, make_gan
from torch import Tensor

from gan_cli.balance.base import UpdateContext
from gan_cli.data.base import Table, samples_at, spread_samples
from gan_cli.data.feed import ResidentFeed, open_feed
from gan_cli.data.image.files import BrokenFiles, ImageFiles
from gan_cli.data.image.images import Decoder
from gan_cli.data.streaming import StreamingFeed
from gan_cli.game import Batch
from gan_cli.spec import SampleSpec

COUNT, EPOCHS = 20, 3
KINDS: dict[str, dict[str, Any]] = {
    "resident": {},
    "stream0": {"resident_bytes": 0, "workers": 0},
    "stream1": {"resident_bytes": 0, "workers": 1},
}


def label_of(value: float) -> int:
    return round(value) ** 2 % 7


def spec_of(data: Any) -> SampleSpec:
    return IMAGE if isinstance(data, ImageFiles) else NUMBER


def table(labelled: bool = True) -> Table:
    values = torch.randperm(COUNT, generator=torch.Generator().manual_seed(1)).float()
    return Table(values[:, None], torch.tensor([label_of(v) for v in values.tolist()]) if labelled else None)


def batches(data: Any, count: int, size: int, **kind: Any) -> Iterator[Batch]:
    with closing(open_feed(data, spec_of(data), batch_size=size, device=torch.device("cpu"), seed=5, **kind)) as feed:
        assert isinstance(feed, StreamingFeed if kind else ResidentFeed)
        for _ in range(count):
            yield feed.next()


@pytest.mark.parametrize("kind", KINDS)
def test_each_sample_of_a_feed_has_its_own_label_in_every_epoch(kind: str) -> None:
    """Batches of 8 go over the ends of epochs of 20; the fifteenth ends the sixth."""
    seen: list[float] = []
    for batch in batches(table(), 15, 8, **KINDS[kind]):
        assert batch.y is not None and batch.y.dtype == torch.int64
        assert batch.y.tolist() == [label_of(value) for value in batch.x[:, 0].tolist()]
        seen += batch.x[:, 0].tolist()
    epochs = [seen[start : start + COUNT] for start in range(0, 15 * 8, COUNT)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(COUNT))] * 6 and epochs[0] != epochs[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_without_labels_gives_none(kind: str) -> None:
    assert [batch.y for batch in batches(table(labelled=False), 6, 8, **KINDS[kind])] == [None] * 6


def test_samples_that_are_picked_bring_their_labels() -> None:
    known = table()
    few = samples_at(known, [4, 17, 4, 0], spec_of(known))
    assert few.x[:, 0].tolist() == [known.samples[row].item() for row in (4, 17, 4, 0)]
    for picked, count in (
        (few, 4),
        (spread_samples(known, 12, NUMBER), 12),
        (spread_samples(known, 99, NUMBER), COUNT),
    ):
        assert picked.y is not None and len(picked.x) == count
        assert picked.y.tolist() == [label_of(value) for value in picked.x[:, 0].tolist()]
    assert samples_at(table(labelled=False), [4, 17], spec_of(table(labelled=False))).y is None


class Labelled(Counting):
    """The n-th batch holds n alone, with labels."""

    def next(self) -> Batch:
        return Batch(super().next().x, torch.arange(BATCH))


def test_the_discriminator_is_shown_no_labels() -> None:
    gan, turns = make_gan(), []
    fed = Labelled().next()
    shown = gan.real(fed)
    assert fed.y is not None and shown.y is None and torch.equal(shown.x, fed.x)

    def note(players: Any, turn: UpdateContext) -> None:
        turns.append((turn.real.x.mean().item(), turn.real.y, turn.fake.y))

    step(make_game(technique(d_penalty=note, g_penalty=note), gan=gan), Labelled())
    assert turns == [(1.0, None, None)] * 2


def photos(folder: Path, broken: set[int]) -> ImageFiles:
    """Grays 0, 10, 20 ... that are labelled 0, 1, 2 ...; some files broke since their headers were read."""
    names = tuple(f"{number:02}.png" for number in range(COUNT))
    for number, name in enumerate(names):
        Image.new("L", (8, 8), 10 * number).save(folder / name)
        if number in broken:
            (folder / name).write_bytes((folder / name).read_bytes()[:40])
    return ImageFiles(folder, names, Decoder(1, (8, 8)), BrokenFiles(folder), torch.arange(COUNT))


def numbers(images: Tensor) -> list[int]:
    return [level // 10 for image in images for level in level_of(image)]


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("broken", [{3}, set(range(COUNT)) - {3, 11}])
def test_an_image_that_takes_a_broken_ones_place_brings_its_own_label(
    tmp_path: Path, broken: set[int], workers: int
) -> None:
    whole = set(range(COUNT)) - broken
    named: list[int] = []
    for batch in batches(photos(tmp_path, broken), 5 * EPOCHS, 4, workers=workers):
        assert batch.y is not None and batch.y.tolist() == numbers(batch.x)
        named += batch.y.tolist()
    assert len(named) == COUNT * EPOCHS and set(named) == whole, "the labels of broken ones are handed out no more"


def test_labels_of_files_go_with_the_rows_that_are_taken(tmp_path: Path) -> None:
    some = photos(tmp_path, {3}).take(torch.tensor([9, 3, 14]))
    picked = samples_at(some, [2, 1, 0], spec_of(some))
    assert picked.y is not None and picked.y.tolist() == numbers(picked.x)
    assert [picked.y[0].item(), picked.y[2].item()] == [14, 9] and picked.y[1].item() in (9, 14)
