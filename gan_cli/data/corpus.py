"""From texts to rows of tokens: characters or words, lines or windows, with the held-out part cut off before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import numpy as np
import torch
from torch import Tensor

Unit = Literal["char", "word"]
By = Literal["line", "window"]

PADDING = ""
"""The token that fills a text behind its end, always the first one."""

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
"""The token in place of all that are too rare."""

_WORD = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")


@dataclass(frozen=True)
class Corpus:
    """Texts as rows of tokens.

    Attributes:
        alphabet: the tokens in the order of their numbers: the padding, then the others by frequency.
        train: rows of the training texts, int32 (N, length).
        holdout: rows of the held-out texts, int32 (M, length); they share no line, or no passage, with the others.
        cut: number of lines that were longer than a row and lost their end.
        unknown: number of tokens that are too rare for the alphabet.
    """

    alphabet: tuple[str, ...]
    train: Tensor
    holdout: Tensor
    cut: int
    unknown: int


def tokens_of(text: str, unit: Unit) -> list[str]:
    """Return the tokens of a text: its characters, or its words and single punctuation marks."""
    return list(text) if unit == "char" else _WORD.findall(text)


def corpus_of(lines: Sequence[str], *, unit: Unit, by: By, length: int, vocabulary: int, holdout: float) -> Corpus:
    """Turn lines into rows.

    Args:
        lines: the lines of all texts, in their order.
        unit: what a token is.
        by: `line` makes a row of each line; `window` makes rows of `length` tokens of the running text.
        length: tokens per row.
        vocabulary: largest number of tokens in the alphabet, with the padding and the one for rare tokens.
        holdout: share in [0, 1) of the lines, or of the end of the running text, that is held out.
    """
    split = [tokens_of(line, unit) for line in lines]
    alphabet = _alphabet(split, vocabulary)
    numbers = {token: number for number, token in enumerate(alphabet)}
    rare = numbers.get(UNKNOWN, 0)
    coded = [[numbers.get(token, rare) for token in line] for line in split]
    unknown = sum(token not in numbers for line in split for token in line)
    if by == "line":
        held = _held_lines(len(coded), holdout)
        train, kept = (_rows((coded[place] for place in places), length) for places in held)
        return Corpus(alphabet, train, kept, sum(len(line) > length for line in coded), unknown)
    space = [numbers[" "]] if unit == "char" and " " in numbers else []
    running = list(chain.from_iterable([*line, *space] for line in coded))
    border = len(running) - round(len(running) * holdout)
    train, kept = (_windows(part, length) for part in (running[:border], running[border:]))
    return Corpus(alphabet, train, kept, 0, unknown)


def _alphabet(lines: Iterable[Sequence[str]], most: int) -> tuple[str, ...]:
    """Return the padding and the most frequent tokens; the last one is for all others, if there are any."""
    counts = Counter(chain.from_iterable(lines))
    ranked = sorted(counts, key=lambda token: (-counts[token], token))
    return (PADDING, *ranked) if len(ranked) < most else (PADDING, *ranked[: most - 2], UNKNOWN)


def _held_lines(count: int, holdout: float) -> tuple[list[int], list[int]]:
    """Return the places of the training and the held-out lines, the same in every run."""
    held = max(1, round(count * holdout)) if holdout else 0
    order = np.random.RandomState(0).permutation(count)  # whose stream never changes
    return sorted(order[held:].tolist()), sorted(order[:held].tolist())


def _rows(lines: Iterable[Sequence[int]], length: int) -> Tensor:
    """Return lines as rows, cut or filled with padding."""
    rows = [[*line[:length], *[0] * (length - len(line))] for line in lines]
    return torch.tensor(rows, dtype=torch.int32).reshape(-1, length)


def _windows(tokens: Sequence[int], length: int) -> Tensor:
    """Return the passages of a running text, one after another; what is left at its end is dropped."""
    count = len(tokens) // length
    return torch.tensor(tokens[: count * length], dtype=torch.int32).reshape(count, length)
