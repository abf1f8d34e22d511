"""Games with labels or codes in which something is missing, for `causes_of_games.py`.

Each is a class of ours whose networks are told something else than they should be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn

from gan_cli.condition.auxiliary import Auxiliary
from gan_cli.condition.base import Condition
from gan_cli.condition.concat import Concat
from gan_cli.condition.projection import Projection
from gan_cli.data.base import Files, Split, Table
from gan_cli.data.digits import Digits
from gan_cli.data.mnist import MNIST
from gan_cli.networks.encoder import ConvEncoder, MLPEncoder
from gan_cli.spec import SampleSpec

_LOST = 3
_IN_ITS_PLACE = 4

Told = tuple[Tensor, Tensor]
"""What a generator is given: latents (N, latent_dim) and labels (N,)."""


def _deaf(_: nn.Module, given: Told) -> Told:
    """Each sample gets the label of its neighbour."""
    latents, labels = given
    return latents, labels.roll(1, dims=0)


def _without_a_class(_: nn.Module, given: Told) -> Told:
    """One class is drawn as another one."""
    latents, labels = given
    return latents, labels.where(labels != _LOST, _IN_ITS_PLACE)


def _one_of_a_class(_: nn.Module, given: Told) -> Told:
    """All samples of one class have the same latents."""
    latents, labels = given
    return latents * (labels != _LOST)[:, None], labels


class _Misled(Condition):
    """A condition whose generator is told something else: (latents, labels) go through `told` first."""

    told: ClassVar[Callable[[nn.Module, Told], Told]]

    def build_generator(self, build: Callable[[int], nn.Module], spec: SampleSpec, latent_dim: int) -> nn.Module:
        """Build the generator as usual, and change what it hears."""
        network = super().build_generator(build, spec, latent_dim)
        network.register_forward_pre_hook(type(self).told)
        return network


class DeafConcat(_Misled, Concat):
    """By labels as input."""

    told = _deaf


class DeafProjection(_Misled, Projection):
    """By a projection."""

    told = _deaf


class WithoutAClassConcat(_Misled, Concat):
    """By labels as input."""

    told = _without_a_class


class WithoutAClassProjection(_Misled, Projection):
    """By a projection."""

    told = _without_a_class


class WithoutAClassAuxiliary(_Misled, Auxiliary):
    """By a second task."""

    told = _without_a_class


class OneOfAClassConcat(_Misled, Concat):
    """By labels as input."""

    told = _one_of_a_class


class OneOfAClassAuxiliary(_Misled, Auxiliary):
    """By a second task."""

    told = _one_of_a_class


class _Shuffled:
    """Data whose labels are dealt out at random."""

    def load(self) -> Split:
        """Load the samples as usual, with the labels of others."""
        split: Split = super().load()  # type: ignore[misc]
        return Split(_shuffled(split.train), _shuffled(split.holdout))


def _shuffled(table: Table | Files | None) -> Table:
    assert isinstance(table, Table) and table.labels is not None
    order = torch.randperm(len(table), generator=torch.Generator().manual_seed(0))
    return Table(table.samples, table.labels[order])


class ShuffledDigits(_Shuffled, Digits):
    """Of digits."""


class ShuffledMNIST(_Shuffled, MNIST):
    """Of MNIST."""


class _Blind:
    """Codes that say nothing about their samples."""

    def features(self, samples: Tensor) -> Tensor:
        """Samples (N, *shape) -> features of no sample (N, F)."""
        found: Tensor = super().features(torch.zeros_like(samples))  # type: ignore[misc]
        return found


class BlindMLPEncoder(_Blind, MLPEncoder):
    """Of dense layers."""


class BlindConvEncoder(_Blind, ConvEncoder):
    """Of convolutions."""
