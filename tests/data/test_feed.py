import io
import multiprocessing
import os
import signal
import time

import pytest
import torch

from gan_cli.data.base import Split, Table, normalise, split_of
from gan_cli.data.feed import ResidentFeed, open_feed
from gan_cli.data.streaming import StreamingFeed
from gan_cli.errors import SettingError, UserError
from gan_cli.spec import SampleSpec

CPU = torch.device("cpu")
KINDS = {"resident": {}, "stream0": {"workers": 0, "resident_bytes": 0}, "stream2": {"workers": 2, "resident_bytes": 0}}


class Numbers:
    """Files: sample i is an image filled with i."""

    def __init__(self, numbers):
        self.numbers = numbers

    def __len__(self):
        return len(self.numbers)

    def __getitem__(self, index):
        return torch.full((1, 4, 4), self.numbers[index], dtype=torch.uint8)

    def take(self, rows):
        return Numbers([self.numbers[row] for row in rows.tolist()])


SPEC = SampleSpec((1, 4, 4))
SOUND = SampleSpec((1, 4), sample_rate=8000)


def table(count):
    return Table(torch.arange(count, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 4, 4).contiguous())


@pytest.fixture
def opened():
    feeds = []

    def start(kind, data, batch_size, seed=0, **more):
        feeds.append(open_feed(data, SPEC, batch_size=batch_size, device=CPU, seed=seed, **KINDS[kind], **more))
        return feeds[-1]

    yield start
    for feed in feeds:
        feed.close()


def drawn(feed, batches):
    """The numbers of the samples in some batches."""
    pixels = torch.cat([feed.next().x[:, 0, 0, 0] for _ in range(batches)])
    return pixels.add(1).mul(127.5).round().int().tolist()


def saved(feed):
    """The state as a checkpoint carries it."""
    file = io.BytesIO()
    torch.save(feed.state_dict(), file)
    file.seek(0)
    return torch.load(file, weights_only=True)


@pytest.mark.parametrize("kind", KINDS)
def test_batches_are_whole_and_each_epoch_shows_each_sample_once(opened, kind):
    feed = opened(kind, table(10), 4)
    numbers = drawn(feed, 5)
    assert sorted(numbers[:10]) == sorted(numbers[10:]) == list(range(10))
    assert numbers[:10] != numbers[10:] and numbers[:10] != list(range(10))


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_may_exceed_the_set(opened, kind):
    feed = opened(kind, table(3), 8)
    numbers = drawn(feed, 3)
    assert [sorted(numbers[at : at + 3]) for at in range(0, 24, 3)] == [[0, 1, 2]] * 8


@pytest.mark.parametrize("kind", KINDS)
def test_values_shape_and_type(opened, kind):
    data = Table(torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1).expand(2, 3, 4, 4).contiguous())
    batch = opened(kind, data, 2).next().x
    assert batch.shape == (2, 3, 4, 4) and batch.dtype == torch.float32
    assert sorted(batch[:, 0, 0, 0].tolist()) == [-1.0, 1.0]


@pytest.mark.parametrize("kind", KINDS)
def test_sound_of_sixteen_bits_is_stored_as_it_is_and_given_as_floats(kind):
    data = Table(torch.tensor([[-32768, 0, 16384, 1]] * 3, dtype=torch.int16)[:, None])
    feed = open_feed(data, SOUND, batch_size=2, device=CPU, seed=0, **KINDS[kind])
    try:
        assert feed.fetch()[0].dtype in (torch.int16, torch.int64), "as stored, or the rows"
        batch = feed.next().x
    finally:
        feed.close()
    assert batch.dtype == torch.float32 and batch[:, 0].tolist() == [[-1.0, 0.0, 0.5, 2.0**-15]] * 2


@pytest.mark.usefixtures("wrong_shapes")
def test_a_source_may_give_sixteen_bits_for_sound_alone():
    class Own:
        def __init__(self, *shape):
            self.spec = SampleSpec(shape)

        def prepare(self):
            pass

        def load(self):
            return Split(Table(torch.zeros(4, *self.spec.shape, dtype=torch.int16)), None)

    assert len(split_of(Own(1, 16)).train) == 4
    with pytest.raises(SettingError, match=r"type torch.int16; must be uint8 in 0..255, int16 for audio, or float32"):
        split_of(Own(1, 4, 4))


@pytest.mark.parametrize("kind", KINDS)
def test_resume_in_the_middle_of_an_epoch_is_bit_equal(opened, kind):
    feed = opened(kind, table(10), 4, seed=7)
    drawn(feed, 4)
    state = saved(feed)
    rest = drawn(feed, 6)
    assert drawn(feed, 1) != rest[:4]
    fresh = opened(kind, table(10), 4, seed=99)
    fresh.next()  # a stream that had already begun elsewhere
    fresh.load_state_dict(state)
    assert drawn(fresh, 6) == rest
    feed.load_state_dict(state)
    assert drawn(feed, 6) == rest


def test_every_kind_and_files_give_the_same_stream(opened):
    expected = drawn(opened("resident", table(10), 4, seed=3), 6)
    assert drawn(opened("stream0", table(10), 4, seed=3), 6) == expected
    assert drawn(opened("stream2", Numbers(list(range(10))), 4, seed=3), 6) == expected
    assert drawn(opened("resident", table(10), 4, seed=4), 6) != expected


@pytest.mark.parametrize("kind", KINDS)
def test_the_random_state_of_torch_is_left_alone(opened, kind):
    before = torch.get_rng_state()
    feed = opened(kind, table(10), 4)
    drawn(feed, 3)
    feed.load_state_dict(saved(feed))
    drawn(feed, 3)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("kind", KINDS)
def test_channels_last(opened, kind):
    data = Table(torch.randint(256, (8, 3, 4, 4), dtype=torch.uint8))
    plain = opened(kind, data, 4)
    last = opened(kind, data, 4, memory_format=torch.channels_last)
    one, other = plain.next().x, last.next().x
    assert one.is_contiguous() and other.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(one, other)


def test_points_pass_unchanged():
    points = torch.randn(5, 2)
    batch = open_feed(Table(points), SampleSpec((2,), None), batch_size=5, device=CPU, seed=0).next().x
    assert torch.equal(batch.sort(dim=0).values, points.sort(dim=0).values)


def test_the_state_is_a_few_plain_integers(opened):
    feed = opened("resident", table(10), 4)
    feed.next()
    assert feed.state_dict() == {"length": 10, "seed": 0, "drawn": 4}


@pytest.mark.parametrize("kind", KINDS)
def test_a_set_of_another_size_is_refused(opened, kind):
    state = saved(opened(kind, table(10), 4))
    with pytest.raises(UserError, match="saved with 10 training samples, and now there are 9"):
        opened(kind, table(9), 4).load_state_dict(state)


def test_what_fits_is_resident():
    def kind(data, limit):
        return type(open_feed(data, SPEC, batch_size=2, device=CPU, seed=0, resident_bytes=limit))

    assert kind(table(10), None) is ResidentFeed
    assert kind(table(10), 160) is ResidentFeed and kind(table(10), 159) is StreamingFeed
    assert kind(Numbers([1, 2]), None) is StreamingFeed


@pytest.mark.parametrize(("count", "batch_size"), [(0, 2), (3, 0)])
def test_nothing_to_feed_is_an_error(count, batch_size):
    with pytest.raises(ValueError):
        open_feed(table(count), SPEC, batch_size=batch_size, device=CPU, seed=0)


def test_next_never_waits_for_the_host(monkeypatch, opened):
    feed = opened("resident", table(10), 4)

    def refuse(*_args, **_kwargs):
        raise AssertionError("a value was read on the host")

    for name in ("item", "tolist", "cpu", "numpy", "__bool__", "__int__", "__float__", "nonzero"):
        monkeypatch.setattr(torch.Tensor, name, refuse)
    for _ in range(6):
        feed.next()


def test_workers_end_with_close_and_start_again(opened):
    feed = opened("stream2", Numbers(list(range(10))), 4)
    first = drawn(feed, 2)
    assert multiprocessing.active_children()
    feed.close()
    assert not multiprocessing.active_children()
    whole = drawn(opened("stream0", table(10), 4), 4)
    assert first + drawn(feed, 2) == whole


def test_workers_survive_an_interrupt_of_the_whole_group(opened):
    feed = opened("stream2", Numbers(list(range(10))), 4)
    first = drawn(feed, 2)  # one batch from each worker: both are up
    for worker in multiprocessing.active_children():
        os.kill(worker.pid, signal.SIGINT)
    time.sleep(0.2)
    assert first + drawn(feed, 20) == drawn(opened("resident", table(10), 4), 22)


def test_normalise_is_what_the_feed_applies(opened):
    data = table(4)
    batch = opened("resident", data, 4).next().x
    assert torch.equal(batch.sort(dim=0).values, normalise(data.samples, SPEC))


@pytest.mark.gpu
@pytest.mark.parametrize("kind", KINDS)
def test_feeds_on_cuda(kind):
    device = torch.device("cuda")
    feed = open_feed(table(10), SPEC, batch_size=4, device=device, seed=0, **KINDS[kind])
    batch = feed.next().x
    assert batch.is_cuda
    state = saved(feed)
    torch.cuda.set_sync_debug_mode("error")
    try:
        numbers = torch.cat([feed.next().x[:, 0, 0, 0] for _ in range(4)])
    finally:
        torch.cuda.set_sync_debug_mode("default")
    feed.load_state_dict(state)
    assert torch.equal(numbers, torch.cat([feed.next().x[:, 0, 0, 0] for _ in range(4)]))
    whole = torch.cat([batch[:, 0, 0, 0], numbers])[:10].add(1).mul(127.5).round().int()
    assert sorted(whole.tolist()) == list(range(10))
    feed.close()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed."), "was killed; out of memory?"),
        (ConnectionRefusedError(111, "Connection refused"), "was killed; out of memory?"),
        (EOFError(), "was killed; out of memory?"),
        (ValueError("Caught ValueError in DataLoader worker process 0.\nValueError: torn"), "ValueError: torn"),
        (OSError("Caught OSError in DataLoader worker process 0.\nOSError: disk"), "OSError: disk"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_how_a_worker_came_to_its_end_and_the_same_batches_go_on(monkeypatch, error: Exception, told: str) -> None:
    settings = {"batch_size": 4, "device": CPU, "seed": 0}
    whole = StreamingFeed(table(20), SPEC, workers=0, **settings)
    broken = StreamingFeed(table(20), SPEC, workers=1, **settings)

    def torn():
        raise error
        yield

    opened = broken._open
    monkeypatch.setattr(broken, "_open", lambda: torn() if broken._workers else opened())
    assert all(torch.equal(broken.next().x, whole.next().x) for _ in range(6))
    assert told in broken.failure
