"""Rows of tokens as lines that a person can read."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor


def made_of_words(alphabet: Sequence[str]) -> bool:
    """Whether tokens are words; characters otherwise."""
    return any(len(token) > 1 for token in alphabet)


def lines_of(samples: Tensor, alphabet: Sequence[str]) -> list[str]:
    """Return texts (N, tokens, length), where larger is likelier, as lines: the likeliest token at each position.

    Words are set apart by spaces. Padding, token 0, is left out.
    """
    space = " " if made_of_words(alphabet) else ""
    rows = samples.argmax(dim=1).tolist()
    return [space.join(alphabet[token] for token in row if token) for row in rows]
