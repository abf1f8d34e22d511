"""The view in which samples are compared: vectors whose distances are those that a person would notice.

Distances between raw values are misleading: blurred images are nearer to photographs than photographs are to each
other, and noise is as near to sounds as other sounds are. docs/balance.md has the test by which the view of images was
chosen.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from gan_cli.log_mel import log_mel
from gan_cli.ngrams import ngrams, unshared
from gan_cli.scattering import scattering
from gan_cli.spec import Kind, SampleSpec

View = Callable[[Tensor], Tensor]
"""Samples (N, *shape) in the range of their spec -> vectors (N, F), float32, on the same device."""

SetDistance = Callable[[Tensor, Tensor], Tensor]
"""Fakes (N, F) and real samples (M, F) in their view -> how far the sets are apart, 0-d, 0 for equal distributions."""


def raw(samples: Tensor) -> Tensor:
    """Return the values of the samples themselves, (N, F)."""
    return samples.flatten(1)


_VIEWS: dict[Kind, View] = {
    "points": raw,
    "audio": log_mel,
    "images": scattering,
    "voxels": raw,
    "text": ngrams,
}


_DESCRIBED: dict[View, str] = {
    raw: "their values",
    scattering: "edges and colours",
    log_mel: "pitches and loudness",
    ngrams: "runs of tokens",
}


def perceive(spec: SampleSpec) -> View:
    """Return the view for samples of a spec."""
    return _VIEWS[spec.kind]


def described_by(spec: SampleSpec) -> str:
    """Return in a few words what the view describes."""
    return _DESCRIBED[_VIEWS[spec.kind]]


def own_distance(spec: SampleSpec) -> SetDistance | None:
    """Return how far sets are apart in a view in which single samples are nearly equally far; None for other views."""
    return unshared if spec.kind == "text" else None
