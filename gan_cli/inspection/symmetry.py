"""How far a discriminator mirrors its generator: compared by the maps between their layers, from shapes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

Shape = tuple[int, ...]

Facing = tuple[int | None, int | None]
"""Places in two sequences that stand in one row; None where one of them has nothing there."""

DEFINITION = (
    "hidden maps that both networks have, in mirrored order and equal in channels and size, as a share of those of the "
    "network that has more; 1 if map i of n in G is map n-i of D throughout"
)


@dataclass(frozen=True)
class Symmetry:
    """The maps of both networks, face to face.

    Attributes:
        generator: what leaves each of G's layers; the last are the data.
        discriminator: what enters each of D's layers, mirrored: from the logit to the data.
    """

    generator: tuple[Shape, ...]
    discriminator: tuple[Shape, ...]

    @property
    def rows(self) -> list[Facing]:
        """Layers of G and mirrored layers of D that stand in one row, both equally far from the data."""
        ours, theirs = self.generator[:-1], self.discriminator[:-1]
        return [*align(ours, theirs), (len(ours), len(theirs))]

    @property
    def hidden(self) -> list[tuple[Shape | None, Shape | None]]:
        """The hidden maps of those rows; the latent, the data and the logit are given, so they do not count."""
        return [
            (None if ours is None else self.generator[ours], None if theirs is None else self.discriminator[theirs])
            for ours, theirs in self.rows[:-1]
        ]

    @property
    def matches(self) -> int:
        """Rows with the same map on both sides."""
        return sum(ours == theirs for ours, theirs in self.hidden)

    @property
    def most(self) -> int:
        """Hidden maps of the network that has more of them."""
        return max(len(self.generator), len(self.discriminator)) - 1

    @property
    def score(self) -> float:
        """In [0, 1]; see `DEFINITION`. 1 for two networks without hidden layers."""
        return self.matches / self.most if self.most else 1.0


def align(ours: Sequence[Shape], theirs: Sequence[Shape]) -> list[Facing]:
    """Put as many equal maps as possible side by side, in order; between them, the others face each other as they come.

    So one layer too many on one side leaves a gap and does not push all others out of line.
    """
    rows: list[Facing] = []
    start = (0, 0)
    for match in [*_common(ours, theirs), (len(ours), len(theirs))]:
        rows += zip_longest(range(start[0], match[0]), range(start[1], match[1]))
        rows += [match]
        start = (match[0] + 1, match[1] + 1)
    return rows[:-1]


def _common(ours: Sequence[Shape], theirs: Sequence[Shape]) -> list[tuple[int, int]]:
    """Places of a longest common subsequence."""
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
