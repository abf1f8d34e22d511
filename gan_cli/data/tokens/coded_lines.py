"""Lines as numbers of their tokens, in arrays, so that large texts are quick to read and take little memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Unit = Literal["char", "word"]
Numbers = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]

_WORD = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")


@dataclass(frozen=True)
class CodedLines:
    """Lines, one after another.

    Attributes:
        tokens: the different tokens.
        numbers: the place in `tokens` of each token of all lines, (T,).
        sizes: number of tokens of each line, (L,).
    """

    tokens: tuple[str, ...]
    numbers: Numbers
    sizes: Counts

    @property
    def counts(self) -> Counts:
        """How often each token occurs."""
        return np.bincount(self.numbers, minlength=len(self.tokens))

    @property
    def line_of(self) -> Counts:
        """The line of each token."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def renumbered(self, tokens: tuple[str, ...], numbers: Numbers) -> CodedLines:
        """Return the same lines with other tokens; `numbers` has the new number of each old token."""
        return CodedLines(tokens, numbers[self.numbers], self.sizes)

    def keep(self, lines: npt.NDArray[np.bool_]) -> CodedLines:
        """Return some of the lines, by a truth value for each."""
        return CodedLines(self.tokens, self.numbers[lines[self.line_of]], self.sizes[lines])

    def rows(self, length: int) -> Numbers:
        """Return each line as a row (L, length), cut, or filled up with zeros."""
        places = np.arange(length)
        starts = self.sizes.cumsum() - self.sizes
        found = self.numbers[np.minimum(starts[:, None] + places, len(self.numbers) - 1)]
        return np.where(places < self.sizes[:, None], found, 0).astype(np.int32)

    def running(self, first: int, last: int, space: int | None) -> Numbers:
        """Return the text of the lines from `first` to before `last`, with a space behind each, if there is one."""
        starts = np.concatenate([[0], self.sizes.cumsum()])
        passage, sizes = self.numbers[starts[first] : starts[last]], self.sizes[first:last]
        return passage if space is None else np.insert(passage, sizes.cumsum(), space)


def tokens_of(text: str, unit: Unit) -> list[str]:
    """Return the tokens of a text: its characters, or its words and single punctuation marks."""
    return list(text) if unit == "char" else _WORD.findall(text)


def coded(lines: Sequence[str], unit: Unit) -> CodedLines:
    """Return lines as numbers of their tokens."""
    if unit == "char":
        points = np.frombuffer("".join(lines).encode("utf-32-le"), dtype="<u4").astype(np.int64)
        there = np.flatnonzero(np.bincount(points))
        places = np.zeros(there[-1] + 1 if len(there) else 1, dtype=np.int32)
        places[there] = np.arange(len(there))
        sizes = np.fromiter(map(len, lines), np.int64, len(lines))
        return CodedLines(tuple(map(chr, there)), places[points], sizes)
    known: dict[str, int] = {}
    parts = [[known.setdefault(token, len(known)) for token in tokens_of(line, unit)] for line in lines]
    sizes = np.fromiter(map(len, parts), np.int64, len(parts))
    numbers = np.fromiter((number for part in parts for number in part), np.int32, int(sizes.sum()))
    return CodedLines(tuple(known), numbers, sizes)
