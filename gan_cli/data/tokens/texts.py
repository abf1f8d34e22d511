"""The base class of data sets of text. A subclass gives the lines."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated

from annotated_types import Ge, Le

from gan_cli.data.base import Split
from gan_cli.data.names import counted
from gan_cli.data.select import Holdout, Limit, split_holdout
from gan_cli.data.tokens.coded_lines import Unit
from gan_cli.data.tokens.corpus import By, Corpus, Cut, corpus_of
from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

log = logging.getLogger(__name__)

Length = Annotated[int, Ge(2), Le(1024)]
Vocabulary = Annotated[int, Ge(4), Le(4096)]


class Texts:
    """A data set of text, each sample a row of tokens: characters or words.

    Args:
        unit: what a token is: `char`, or `word` (words and punctuation marks).
        by: `line` makes a sample of each line, filled up or cut; `window` makes samples of the running text.
        length: tokens per sample.
        vocabulary: largest number of different tokens; rarer ones become one token.
        holdout: share in [0, 1) that is held out of training: of the lines, or of the end of the running text.
        limit: number of the remaining samples to train on, drawn at random, the same in every run; None uses all.

    Raises:
        SettingError: too few samples are left.
    """

    title: str
    """What the log calls the set."""

    def __init__(
        self,
        *,
        unit: Unit = "char",
        by: By = "line",
        length: Length = 32,
        vocabulary: Vocabulary = 1024,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        self._cut = Cut(unit, by, length, vocabulary, holdout)
        self._limit = limit

    @property
    def spec(self) -> SampleSpec:
        """The spec of rows of tokens, with the alphabet that the lines have."""
        alphabet, names = self._corpus.alphabet, self.class_names
        shape = (len(alphabet), self._cut.length)
        return SampleSpec(shape, (0.0, 1.0), len(names) or None, alphabet=alphabet, class_names=names or None)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes; none if the texts have none."""
        return ()

    def prepare(self) -> None:
        """Do nothing: the texts are on this machine."""

    def load(self) -> Split:
        """Return the rows of tokens."""
        corpus = self._corpus
        train, holdout = corpus.split.train, corpus.split.holdout
        if self._limit is not None:
            train = split_holdout(train, 0.0, self._limit).train
        held = 0 if holdout is None else len(holdout)
        said = f"{self.title}: {len(corpus.alphabet):,} tokens; {len(train):,} train, {held:,} held out"
        log.info("%s", "; ".join([said, *self._notes(corpus)]))
        digest = hashlib.sha256()
        for lines in self.texts():
            digest.update(("\n".join(lines) + "\n").encode())
        return Split(train, holdout, digest.hexdigest())

    def lines(self) -> list[str]:
        """Return the lines of all texts, none of them empty."""
        raise NotImplementedError

    def texts(self) -> list[list[str]]:
        """Return the lines of each class, none of them empty; of all texts if there are no classes."""
        return [self.lines()]

    def _notes(self, corpus: Corpus) -> Iterator[str]:
        """Yield what was done to the texts, for the log."""
        if corpus.cut:
            yield f"{counted(corpus.cut, 'line')} cut"
        if corpus.unknown:
            yield f"{counted(corpus.unknown, 'token')} too rare"

    @cached_property
    def _corpus(self) -> Corpus:
        found = corpus_of(self.texts(), self._cut, labelled=bool(self.class_names))
        if not len(found.split.train):
            raise SettingError("/data.length", self._cut.length, "leaves no sample to train on; use a smaller length")
        return found
