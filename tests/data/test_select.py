import pytest
import torch

from gan_cli.data.base import Table
from gan_cli.data.digits import Digits
from gan_cli.data.select import check_classes, keep_classes, resize, split_holdout
from gan_cli.errors import SettingError


def rows(count):
    return Table(torch.arange(count, dtype=torch.float32)[:, None], torch.arange(count) % 3)


def test_kept_classes_are_renumbered_in_the_order_given():
    table = Table(torch.arange(6, dtype=torch.uint8).view(6, 1, 1, 1), torch.tensor([0, 5, 9, 7, 5, 9]))
    kept = keep_classes(table, [9, 5])
    assert kept.samples.flatten().tolist() == [1, 2, 4, 5]
    assert kept.labels.tolist() == [1, 0, 1, 0]


def test_digits_classes():
    source = Digits(classes=[3, 8], holdout=0.0)
    whole, some = Digits(holdout=0.0).load().train, source.load().train
    assert source.spec.num_classes == 2
    assert torch.equal(some.samples[some.labels == 1], whole.samples[whole.labels == 8])
    assert len(some) == ((whole.labels == 3) | (whole.labels == 8)).sum()


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ([], "names no class"),
        ([3, 10, -1], "no class 10, -1; class numbers are 0 to 9"),
        ([3, 3], "names a class twice"),
    ],
)
def test_wrong_classes_are_refused(classes, words):
    with pytest.raises(SettingError, match=words) as caught:
        Digits(classes=classes)
    assert caught.value.problems[0].setting == "classes"


def test_no_classes_named_is_fine():
    check_classes(None, 10)


def test_resize_by_hand():
    # each output pixel of a 4 -> 2 antialiased bilinear resize weighs columns 1 3 3 1 (normalised at the border)
    image = torch.tensor([[0, 0, 240, 240]] * 4, dtype=torch.uint8).view(1, 1, 4, 4)
    small = resize(image, 2)
    # left pixel: weights 3/7 3/7 1/7 over columns 0 1 2 -> 240/7 = 34
    assert small.dtype == torch.uint8
    assert small[0, 0].tolist() == [[34, 206], [34, 206]]
    assert resize(image, None) is image and resize(image, 4) is image
    assert resize(torch.full((2, 3, 9, 5), 200, dtype=torch.uint8), 16).unique().tolist() == [200]


def test_resize_covers_and_cuts_instead_of_squeezing():
    image = torch.arange(16, dtype=torch.uint8).view(1, 1, 4, 4) * 10
    assert torch.equal(resize(image, [4, 2]), image[..., 1:3])
    assert torch.equal(resize(image, [2, 4]), image[..., 1:3, :])
    wide = resize(image, [4, 8])
    assert wide.shape == (1, 1, 4, 8)
    assert torch.equal(wide, resize(image, 8)[..., 2:6, :])
    assert torch.equal(resize(image, [2, 2]), resize(image, 2))


@pytest.mark.parametrize("size", [(28, 28), (64, 32), (8, 30), (5, 7)])
def test_every_size_comes_out(size):
    assert resize(torch.zeros(1, 3, 28, 28, dtype=torch.uint8), size).shape == (1, 3, *size)
    assert Digits(size=size).spec.shape == (1, *size)


def test_holdout_is_apart_complete_and_the_same_every_time():
    split = split_holdout(rows(100), 0.2)
    train, held = (part.samples.flatten().tolist() for part in (split.train, split.holdout))
    assert len(held) == 20 and sorted(train + held) == list(range(100)) and train == sorted(train)
    torch.manual_seed(123)
    assert split_holdout(rows(100), 0.2).holdout.samples.flatten().tolist() == held
    assert held[:5] == [2, 7, 8, 13, 16]  # written down: a run must find its held-out share in years to come
    assert torch.equal(split.holdout.labels, split.holdout.samples.flatten().long() % 3)


def test_holdout_of_nothing_and_of_a_tiny_share():
    table = rows(10)
    assert split_holdout(table, 0.0).holdout is None and split_holdout(table, 0.0).train is table
    assert len(split_holdout(table, 0.001).holdout) == 1


@pytest.mark.parametrize("holdout", [0.0, 0.2])
def test_a_limit_takes_some_of_the_rest_and_leaves_what_is_held_out(holdout):
    whole, some = split_holdout(rows(100), holdout), split_holdout(rows(100), holdout, limit=7)
    places = some.train.samples.flatten().tolist()
    assert len(places) == 7 and places == sorted(places) and set(places) <= set(whole.train.samples.flatten().tolist())
    assert max(places) > 50 and some.train.labels.tolist() == [place % 3 for place in places]
    assert (some.holdout is None) == (holdout == 0.0)
    if holdout:
        assert torch.equal(some.holdout.samples, whole.holdout.samples)
    more = split_holdout(rows(100), holdout, limit=20).train.samples.flatten().tolist()
    assert set(places) < set(more), "a larger limit adds to a smaller one"
    assert len(split_holdout(rows(100), holdout, limit=1000).train) == len(whole.train)


def test_holdout_must_leave_something():
    with pytest.raises(SettingError, match=r"data\.holdout=0\.9: leaves none of 3 samples"):
        split_holdout(rows(3), 0.9)
