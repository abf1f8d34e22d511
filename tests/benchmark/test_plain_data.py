"""The data sets of the plain loop give the samples of ours, one by one."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
import torch
from PIL import Image

from gan_cli.benchmark.plain_data import Pictures, Rows, endless_batches, plain_dataset
from gan_cli.data.base import Table
from gan_cli.data.image.files import BrokenFiles, ImageFiles
from gan_cli.data.image.images import Decoder
from gan_cli.spec import SampleSpec, normalise, plain_spec

LETTERS = SampleSpec((3, 4), (0.0, 1.0), alphabet=("", "a", "b"))
BYTES = torch.Generator().manual_seed(0)


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        (plain_spec((1, 6, 5)), Pictures),
        (plain_spec((3, 6, 5)), Pictures),
        (SampleSpec((3, 6, 5), (0.0, 1.0)), Pictures),
        (plain_spec((2, 6, 5)), Rows),
        (plain_spec((1, 16)), Rows),
        (plain_spec((1, 4, 3, 2)), Rows),
        (LETTERS, Rows),
    ],
    ids=str,
)
def test_samples_are_those_of_our_feed(spec: SampleSpec, kind: type) -> None:
    stored = torch.randint(0, 256, (4, *spec.shape), dtype=torch.uint8, generator=BYTES)
    found = plain_dataset(Table(stored), spec)
    assert type(found) is kind and len(found) == 4
    torch.testing.assert_close(found[2], normalise(stored, spec)[2])


def test_points_stay_as_they_are() -> None:
    points = torch.randn(4, 2)
    assert torch.equal(plain_dataset(Table(points), plain_spec((2,)))[1], points[1])


def test_files_are_decoded_one_by_one(tmp_path: Path) -> None:
    for name, gray in (("a.png", 0), ("b.png", 255)):
        Image.new("L", (8, 8), gray).save(tmp_path / name)
    files = ImageFiles(tmp_path, ("a.png", "b.png"), Decoder(1, (4, 4)), BrokenFiles(tmp_path))
    found = plain_dataset(files, plain_spec((1, 4, 4)))
    assert [float(found[row].mean()) for row in range(2)] == [-1.0, 1.0]


def test_a_set_smaller_than_a_batch_still_gives_whole_batches() -> None:
    rows = Rows(Table(torch.arange(6.0).reshape(3, 2)), plain_spec((2,)))
    batches = list(islice(endless_batches(rows, 5, workers=0, pin_memory=False), 3))
    assert [tuple(batch.shape) for batch in batches] == [(5, 2)] * 3


def test_an_epoch_has_every_sample_once() -> None:
    rows = Rows(Table(torch.arange(8.0).reshape(8, 1)), plain_spec((1,)))
    batches = list(islice(endless_batches(rows, 4, workers=0, pin_memory=False), 2))
    assert sorted(torch.cat(batches).flatten().tolist()) == list(range(8))
