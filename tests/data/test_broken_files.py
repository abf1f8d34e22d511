"""Files that break while a set is streamed: told of once, and not tried again."""

from __future__ import annotations

import logging
from collections import Counter

import pytest
import torch
from PIL import Image

from gan_cli.data.feed import open_feed
from gan_cli.data.image.files import BrokenFiles, ImageFiles
from gan_cli.data.image.images import Decoder
from gan_cli.spec import SampleSpec

COUNT = 24
SPEC = SampleSpec((1, 8, 8))
BROKEN = (3, 4, 5, 6, 17)


@pytest.fixture
def photos(tmp_path):
    """A set of grays 0, 10, 20 ... of which some files broke since their headers were read."""
    for number in range(COUNT):
        path = tmp_path / f"{number:02}.png"
        Image.new("L", (8, 8), 10 * number).save(path)
        if number in BROKEN:
            path.write_bytes(path.read_bytes()[:40])
    names = tuple(f"{number:02}.png" for number in range(COUNT))
    return ImageFiles(tmp_path, names, Decoder(1, (8, 8)), BrokenFiles(tmp_path))


def drawn(feed, batches):
    levels = [((feed.next().x[:, 0, 0, 0] + 1) * 127.5).round().int() // 10 for _ in range(batches)]
    return torch.cat(levels).tolist()


@pytest.mark.parametrize("workers", [0, 2])
def test_broken_files_are_told_of_once_in_many_epochs(photos, caplog, workers):
    feed = open_feed(photos, SPEC, batch_size=8, device=torch.device("cpu"), seed=0, workers=workers)
    with caplog.at_level(logging.WARNING):
        seen = Counter(drawn(feed, 3 * 6))
    feed.close()
    told = sorted(record.getMessage().split()[0] for record in caplog.records)
    assert told == [f"{number:02}.png" for number in BROKEN]
    assert not set(BROKEN) & set(seen) and len(seen) == COUNT - len(BROKEN)
    assert max(seen.values()) <= 6 * 3, "broken neighbours must not make one image frequent"


def test_the_same_images_take_their_places_after_a_resume(photos):
    def feed():
        fresh = ImageFiles(photos.root, photos.names, photos.decoder, BrokenFiles(photos.root))
        return open_feed(fresh, SPEC, batch_size=8, device=torch.device("cpu"), seed=0, workers=0)

    first, second = feed(), feed()
    drawn(first, 4)
    second.load_state_dict(first.state_dict())
    assert drawn(first, 4) == drawn(second, 4)


def test_a_broken_file_is_not_opened_again(photos, monkeypatch):
    opened = Counter()
    decode = Decoder.decode

    def counted(self, path):
        opened[path.name] += 1
        return decode(self, path)

    monkeypatch.setattr(Decoder, "decode", counted)
    for _ in range(3):
        for row in range(COUNT):
            assert photos[row].shape == (1, 8, 8)
    assert {opened[f"{number:02}.png"] for number in BROKEN} == {1}
