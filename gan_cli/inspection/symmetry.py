"""Measure how far a discriminator mirrors its generator, from the shapes of the maps between their layers alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

Shape = tuple[int, ...]

Facing = tuple[int | None, int | None]
"""Indices in two sequences that belong to one row; None if one sequence has nothing in this row."""

DEFINITION = (
    "hidden maps that both networks have, in mirrored order and equal in channels and size, as a share of those of the "
    "network that has more; 1 if map i of n in G is map n-i of D throughout"
)


@dataclass(frozen=True)
class Symmetry:
    """The maps of both networks, ready to be compared.

    Attributes:
        generator: the output shape of each layer of G; the last is the shape of the data.
        discriminator: the input shape of each layer of D in reverse order, from the logit to the data.
    """

    generator: tuple[Shape, ...]
    discriminator: tuple[Shape, ...]

    @property
    def rows(self) -> list[Facing]:
        """The layer of G and the mirrored layer of D in each row; both are equally far from the data."""
        ours, theirs = self.generator[:-1], self.discriminator[:-1]
        return [*align(ours, theirs), (len(ours), len(theirs))]

    @property
    def hidden(self) -> list[tuple[Shape | None, Shape | None]]:
        """The hidden maps of these rows. The latent, the data and the logit are fixed, so they do not count."""
        return [
            (None if ours is None else self.generator[ours], None if theirs is None else self.discriminator[theirs])
            for ours, theirs in self.rows[:-1]
        ]

    @property
    def matches(self) -> int:
        """Number of rows with the same map on both sides."""
        return sum(ours == theirs for ours, theirs in self.hidden)

    @property
    def most(self) -> int:
        """Number of hidden maps of the network that has more of them."""
        return max(len(self.generator), len(self.discriminator)) - 1

    @property
    def score(self) -> float:
        """The symmetry in [0, 1]; see `DEFINITION`. 1 for two networks without hidden layers."""
        return self.matches / self.most if self.most else 1.0


def align(ours: Sequence[Shape], theirs: Sequence[Shape]) -> list[Facing]:
    """Put as many equal maps as possible in the same row, in order; the maps between them are paired in sequence.

    So one extra layer on one side leaves a gap and does not shift all other rows.
    """
    rows: list[Facing] = []
    start = (0, 0)
    for match in [*_common(ours, theirs), (len(ours), len(theirs))]:
        rows += zip_longest(range(start[0], match[0]), range(start[1], match[1]))
        rows += [match]
        start = (match[0] + 1, match[1] + 1)
    return rows[:-1]


def _common(ours: Sequence[Shape], theirs: Sequence[Shape]) -> list[tuple[int, int]]:
    """Return the index pairs of a longest common subsequence."""
    longest = [[0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for i in reversed(range(len(ours))):
        for j in reversed(range(len(theirs))):
            same = ours[i] == theirs[j]
            longest[i][j] = 1 + longest[i + 1][j + 1] if same else max(longest[i + 1][j], longest[i][j + 1])
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if ours[i] == theirs[j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif longest[i + 1][j] >= longest[i][j + 1]:
            i += 1
        else:
            j += 1
    return found
