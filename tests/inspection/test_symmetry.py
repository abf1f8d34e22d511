from __future__ import annotations

import pytest

from gan_cli.inspection.symmetry import Symmetry, align

A, B, C, X, DATA = (1,), (2,), (3,), (9,), (4, 4)


@pytest.mark.parametrize(
    ("generator", "discriminator", "score", "hidden"),
    [
        ((A, B, C, DATA), (A, B, C, DATA), 1.0, [(A, A), (B, B), (C, C)]),
        ((A, B, C, DATA), (A, B, DATA), 2 / 3, [(A, A), (B, B), (C, None)]),
        ((A, B, DATA), (X, A, B, DATA), 2 / 3, [(None, X), (A, A), (B, B)]),
        ((A, B, C, DATA), (A, X, C, DATA), 2 / 3, [(A, A), (B, X), (C, C)]),
        ((A, B, DATA), (X, C, DATA), 0.0, [(A, X), (B, C)]),
        ((A, B, DATA), (B, A, DATA), 0.5, None),
        ((DATA,), (DATA,), 1.0, []),
        ((A, DATA), (DATA,), 0.0, [(A, None)]),
    ],
)
def test_by_hand(generator, discriminator, score, hidden) -> None:
    found = Symmetry(generator, discriminator)
    assert found.score == pytest.approx(score)
    assert hidden is None or found.hidden == hidden
    assert found.rows[-1] == (len(generator) - 1, len(discriminator) - 1), "the data stand in one row"
    for side, maps in enumerate((generator, discriminator)):
        places = [row[side] for row in found.rows if row[side] is not None]
        assert places == list(range(len(maps))), "each layer once, in order"


def test_equal_maps_without_channels_differ() -> None:
    assert Symmetry(((64, 8, 8), DATA), ((32, 8, 8), DATA)).score == 0.0


def test_alignment_prefers_the_most_matches() -> None:
    rows = align([A, B, A, C], [B, A, C, C])
    assert [(i, j) for i, j in rows if i is not None and j is not None] == [(1, 0), (2, 1), (3, 2)]
