"""The user's own texts: one file, one folder or class folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any

from annotated_types import Ge

from gan_cli.data.names import counted, shown
from gan_cli.data.own.folder_summary import classes_told, describe_skipped
from gan_cli.data.place import expanded
from gan_cli.data.tokens.coded_lines import Unit
from gan_cli.data.tokens.corpus import By, Corpus, Cut, Rare
from gan_cli.data.tokens.text_files import TEXTS, TextFiles, open_texts
from gan_cli.data.tokens.texts import Length, Texts
from gan_cli.errors import SettingError, UserError

_HEAVY = 16.0  # MiB of a batch of 64 from which on its memory is told


class Text(Texts):
    """Your own text: `data=text data.root=names.txt`.

    Files are UTF-8. Of a folder, .txt, .text, .csv, .tsv, .md, .rst, .tex and .log files are read; a single file may
    have any name. If there are two or more sub-folders, each is a class, as in `data=folder`. Files that are no text
    are skipped and named. Letters are composed (NFC), tabs become spaces, control characters and empty lines are left
    out. Nothing in a file is taken for a header or a comment. Lines that occur several times are held out together.

    Args:
        root: file, or folder of the files. It must be given: None is an error.
        unit: what a token is: `char`, or `word` (words and punctuation marks).
        by: `line` makes a sample of each line, filled up or cut; `window` makes samples of the running text.
        length: tokens per sample; None: 32 characters, or 8 words.
        stride: tokens from the start of a window to that of the next; None: `length`, so that no two windows overlap.
            Not for `by=line`.
        lowercase: turn capitals into small letters.
        rare: what becomes of tokens beyond `vocabulary`: one `token` for all of them, or their lines are dropped
            (`drop`).
        classes: class folders to keep, by number or by name, such as [0, 2] or [verse, prose]; their labels become 0,
            1. None keeps all.
        shared: settings of `Texts`.

    Raises:
        SettingError: no file or folder is given, or its name has an unknown user or is not UTF-8; `stride` with lines.
    """

    def __init__(
        self,
        *,
        root: str | None = None,
        unit: Unit = "char",
        by: By = "line",
        length: Length | None = None,
        stride: Annotated[int, Ge(1)] | None = None,
        lowercase: bool = False,
        rare: Rare = "token",
        classes: list[int | str] | None = None,
        **shared: Any,
    ) -> None:
        if not root:
            raise SettingError("root", root, "name your text file, or the folder of your texts: data.root=names.txt")
        if stride is not None and by == "line":
            raise SettingError("stride", stride, "is for windows; use data.by=window, or null")
        super().__init__(unit=unit, by=by, length=length or (32 if unit == "char" else 8), **shared)
        self._cut = replace(self._cut, stride=stride, rare=rare)
        self._root = expanded(root)
        self.title = f"data.root={shown(str(self._root))}"
        self._lowercase = lowercase
        self._classes = classes

    @property
    def class_names(self) -> tuple[str, ...]:
        return self._found.layout.classes

    def prepare(self) -> None:
        """Read the texts, and check that they can be learnt.

        Raises:
            UserError: there is no such file, folder or class, no text in it, or all lines are equal.
        """
        _ = self.spec

    def texts(self) -> list[list[str]]:
        return self._texts

    @cached_property
    def _found(self) -> TextFiles:
        return open_texts(self._root, self._classes, lowercase=self._lowercase)

    @cached_property
    def _texts(self) -> list[list[str]]:
        texts = self._found.by_class()
        lines = [line for text in texts for line in text]
        if not lines:
            raise UserError(f"{self.title}: there is nothing in it but empty lines; name another file or folder.")
        if self._cut.by == "line" and len(set(lines)) == 1:
            raise UserError(f"{self.title}: {_alike(lines)}")
        return texts

    def _notes(self, corpus: Corpus) -> Iterator[str]:
        found = self._found
        files = found.files.values()
        yield f"{counted(sum(map(len, self._texts)), 'line')} of {counted(len(files), 'file')}"
        if names := self.class_names:
            labels = [label for label, text in enumerate(self._texts) for _ in text]
            yield classes_told(names, labels).removeprefix(", ")
        yield from found.layout.remarks
        if empty := sum(file.empty for file in files):
            yield f"{counted(empty, 'empty line')} left out"
        if unseen := sum(file.unseen for file in files):
            yield f"{counted(unseen, 'control character')} left out"
        yield from _about_tokens(corpus, self._cut)
        if found.skipped:
            yield f"skipped {describe_skipped(found.skipped, TEXTS.remedies)}"


def _about_tokens(corpus: Corpus, cut: Cut) -> Iterator[str]:
    """Yield what was left out of the lines, and what a large alphabet costs."""
    if corpus.cut:
        lost = 100.0 * corpus.lost / corpus.tokens
        yield f"{counted(corpus.cut, 'line')} cut at data.length={cut.length}, {lost:.2g} % of the text"
    if corpus.dropped:
        yield f"{counted(corpus.dropped, 'line')} with tokens beyond data.vocabulary={cut.vocabulary} dropped"
    if corpus.unknown:
        share = 100.0 * corpus.unknown / corpus.tokens
        yield f"{counted(corpus.unknown, 'token')} ({share:.2g} %) beyond data.vocabulary={cut.vocabulary} became one"
    each = 64 * 4 * cut.length / 2**20  # MiB of one token in a batch
    if each * len(corpus.alphabet) > _HEAVY:
        yield f"a batch of 64 takes {each * len(corpus.alphabet):,.0f} MiB (data.vocabulary=512: {each * 512:,.0f})"


def _alike(lines: Sequence[str]) -> str:
    """Say what is wrong with lines that are all equal, and what to do."""
    if len(lines) > 1:
        return f"all {len(lines):,} lines are equal ({shown(lines[0][:40])}): nothing to learn; name another text."
    length = f"{len(lines[0]):,} characters"
    return f"the text is one line of {length}, and data.by=line makes one sample of it; use data.by=window."
