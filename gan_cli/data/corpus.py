"""From texts to rows of tokens: characters or words, lines or windows, with the held-out part cut off before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import torch
from torch import Tensor

from gan_cli.data.base import Split, Table
from gan_cli.data.select import split_holdout

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
        split: tables of rows, int32 (N, length); training and held-out ones share no line, or no passage.
        cut: number of lines that were longer than a row and lost their end.
        unknown: number of tokens that are too rare for the alphabet.
    """

    alphabet: tuple[str, ...]
    split: Split
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

    Raises:
        SettingError: no line would be left to train on.
    """
    tokens = [tokens_of(line, unit) for line in lines]
    alphabet = _alphabet(tokens, vocabulary)
    numbers = {token: number for number, token in enumerate(alphabet)}
    rare = numbers.get(UNKNOWN, 0)
    coded = [[numbers.get(token, rare) for token in line] for line in tokens]
    unknown = sum(token not in numbers for line in tokens for token in line)
    if by == "line":
        split = split_holdout(Table(_rows(coded, length)), holdout)
        return Corpus(alphabet, split, sum(len(line) > length for line in coded), unknown)
    space = [numbers[" "]] if unit == "char" and " " in numbers else []
    running = list(chain.from_iterable([*line, *space] for line in coded))
    border = len(running) - round(len(running) * holdout)
    train, kept = (Table(_windows(part, length)) for part in (running[:border], running[border:]))
    return Corpus(alphabet, Split(train, kept if len(kept) else None), 0, unknown)


def _alphabet(lines: Iterable[Sequence[str]], most: int) -> tuple[str, ...]:
    """Return the padding and the most frequent tokens; the last one is for all others, if there are any."""
    counts = Counter(chain.from_iterable(lines))
    ranked = sorted(counts, key=lambda token: (-counts[token], token))
    return (PADDING, *ranked) if len(ranked) < most else (PADDING, *ranked[: most - 2], UNKNOWN)


def _rows(lines: Iterable[Sequence[int]], length: int) -> Tensor:
    """Return lines as rows, cut or filled with padding."""
    rows = [[*line[:length], *[0] * (length - len(line))] for line in lines]
    return torch.tensor(rows, dtype=torch.int32).reshape(-1, length)


def _windows(tokens: Sequence[int], length: int) -> Tensor:
    """Return the passages of a running text, one after another; what is left at its end is dropped."""
    count = len(tokens) // length
    return torch.tensor(tokens[: count * length], dtype=torch.int32).reshape(count, length)
