"""What follows from a kind of sample, wherever it is asked for: one row of `KINDS` each."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
import torch

from gan_cli.game import Batch
from gan_cli.metrics.base import MetricInputs, Reference
from gan_cli.networks.blocks import ending
from gan_cli.networks.mlp import MLPGenerator
from gan_cli.pictures.render import render
from gan_cli.runtime import Runtime
from gan_cli.spec import KINDS, SampleSpec, normalise, plain_spec
from gan_cli.training.state_check import StateMismatchError, spec_of

TEXT = SampleSpec((3, 5), (0.0, 1.0), alphabet=("", "a", "b"))
SPECS = {
    "points": SampleSpec((2,), None),
    "audio": SampleSpec((1, 600), sample_rate=300),
    "images": SampleSpec((3, 8, 9)),
    "voxels": SampleSpec((1, 4, 5, 6)),
    "text": TEXT,
}


def some(spec: SampleSpec, count: int = 4) -> torch.Tensor:
    return torch.randn(count, *spec.shape, generator=torch.Generator().manual_seed(0))


def test_every_kind_is_tried_here() -> None:
    assert set(SPECS) == set(KINDS)
    assert {kind: spec.kind for kind, spec in SPECS.items()} == {kind: kind for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_generator_ends_in_the_range_of_its_data(kind: str) -> None:
    spec = SPECS[kind]
    samples = MLPGenerator(spec, latent_dim=3, base_channels=4)(torch.randn(16, 3) * 100.0)
    assert samples.shape == (16, *spec.shape)
    if spec.value_range is not None:
        low, high = spec.value_range
        assert low <= samples.min() and samples.max() <= high
    if kind == "text":
        torch.testing.assert_close(samples.sum(dim=1), torch.ones(16, 5))
    assert (ending(spec) is None) == (kind == "points")


@pytest.mark.parametrize("kind", KINDS)
def test_what_can_be_held_is_held_as_it_is(kind: str) -> None:
    spec = SPECS[kind]
    held = spec.traits.quantise(some(spec), spec.value_range)
    assert held.shape == (4, *spec.shape)
    torch.testing.assert_close(spec.traits.quantise(held, spec.value_range), held, rtol=0.0, atol=1e-6)


def test_text_is_held_as_its_likeliest_tokens() -> None:
    shares = torch.tensor([[[0.1, 0.5], [0.7, 0.2], [0.2, 0.3]]])
    assert TEXT.traits.quantise(shares, (0.0, 1.0)).tolist() == [[[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_drawn(kind: str) -> None:
    picture = render(some(SPECS[kind], 64), SPECS[kind])
    assert picture.ndim == 3 and picture.shape[2] == 3 and picture.std() > 0


def test_the_letters_of_text_are_drawn() -> None:
    """The same text gives the same tile, another another, and padding leaves paper."""

    def tile(*tokens: int) -> Any:
        shares = torch.nn.functional.one_hot(torch.tensor([tokens]), 3).movedim(2, 1).float()
        return render(shares, TEXT)

    assert (tile(1, 2, 1, 0, 0) == tile(1, 2, 1, 0, 0)).all()
    assert (tile(1, 2, 1, 0, 0) != tile(2, 2, 1, 0, 0)).any()
    assert len({tuple(pixel) for pixel in tile(0, 0, 0, 0, 0).reshape(-1, 3).tolist()}) == 2, "paper and the gaps"


@pytest.mark.parametrize("kind", KINDS)
def test_distances_are_between_vectors(kind: str) -> None:
    spec = SPECS[kind]
    batch = Batch(some(spec))
    trial = MetricInputs(Reference(spec, batch, None, lambda: batch, lambda: batch), batch)
    assert all(view.ndim == 2 and len(view) == 4 for view in trial.vectors("raw"))


@pytest.mark.parametrize("kind", KINDS)
def test_batches_lie_in_memory_as_the_kind_prefers(kind: str) -> None:
    layout = Runtime(device="cpu").memory_format(SPECS[kind])
    assert some(SPECS[kind]).contiguous(memory_format=layout).is_contiguous(memory_format=layout)
    assert Runtime(device="cpu", channels_last=False).memory_format(SPECS[kind]) is torch.contiguous_format


def test_eight_bits_fill_the_range_of_the_data() -> None:
    stored = torch.tensor([[0, 51, 255]], dtype=torch.uint8)
    assert normalise(stored, SampleSpec((3,), (-1.0, 1.0))).tolist() == [[-1.0, pytest.approx(-0.6), 1.0]]
    assert normalise(stored, SampleSpec((3,), (0.0, 1.0))).tolist() == [[0.0, pytest.approx(0.2), 1.0]]
    assert normalise(stored, SampleSpec((3,), (2.0, 12.0))).tolist() == [[2.0, pytest.approx(4.0), 12.0]]
    floats = torch.randn(2, 3)
    assert normalise(floats, SampleSpec((3,), None)) is floats


def test_sixteen_bits_fill_the_range_of_the_data_and_silence_is_its_middle() -> None:
    stored = torch.tensor([[-32768, 0, 16384, 32767]], dtype=torch.int16)
    assert normalise(stored, SampleSpec((1, 4))).tolist() == [[-1.0, 0.0, 0.5, 1.0 - 2.0**-15]]
    assert normalise(stored, SampleSpec((1, 4), (2.0, 6.0))).tolist() == [[2.0, 4.0, 5.0, pytest.approx(6.0, abs=1e-3)]]


def test_sound_is_held_in_sixteen_bits_and_images_in_eight() -> None:
    every = torch.arange(-32768, 32768).to(torch.int16)[None, None]
    sound = normalise(every, SampleSpec((1, 65536)))
    quantise = KINDS["audio"].quantise
    assert torch.equal(quantise(sound, (-1.0, 1.0)), sound)
    assert torch.equal(quantise(sound + 0.4 / 32768, (-1.0, 1.0)), sound)
    assert quantise(torch.tensor([-3.0, 0.0, 3.0]), (-1.0, 1.0)).tolist() == [-1.0, 0.0, 32767 / 32768]
    assert len(KINDS["images"].quantise(sound, (-1.0, 1.0)).unique()) == 256


def test_a_shape_that_is_of_no_kind_is_refused() -> None:
    for shape in ((), (1, 2, 3, 4, 5)):
        with pytest.raises(ValueError, match="1 to 4 extents"):
            SampleSpec(shape)


def test_words_for_a_person() -> None:
    said = {kind: str(spec) for kind, spec in SPECS.items()}
    assert said == {
        "points": "2-d points",
        "audio": "600, 1 channel, 2 s",
        "images": "8x9, 3 channels",
        "voxels": "4x5x6, 1 channel",
        "text": "5 tokens of 3",
    }


def test_plain_specs_have_the_usual_range() -> None:
    assert [plain_spec((2, *[4] * more)).value_range for more in range(4)] == [None, *[(-1.0, 1.0)] * 3]


@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_keeps_all_of_it(kind: str) -> None:
    assert spec_of({"spec": asdict(SPECS[kind])}) == SPECS[kind]


def test_a_checkpoint_of_old_says_less() -> None:
    """As written before there were rates, alphabets and names."""
    old = {"shape": (1, 8, 8), "value_range": (-1.0, 1.0), "num_classes": 10}
    assert spec_of({"spec": old}) == SampleSpec((1, 8, 8), num_classes=10)
    for broken in ({"shape": (1, 0)}, {"shape": ()}, {"sample_rate": "fast"}, {"alphabet": 7}):
        with pytest.raises(StateMismatchError, match="spec"):
            spec_of({"spec": {**old, **broken}})
