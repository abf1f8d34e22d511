"""Finds and reads the user's files of text: one file, one folder or class folders; names those that are no text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gan_cli.data.own.layout import Classes, Layout, layout_of
from gan_cli.data.own.own_files import FileKind, list_own, reason_of, tell_broken
from gan_cli.data.tokens.text_reading import LARGEST, TextFile, lines_in
from gan_cli.errors import UserError

TEXTS = FileKind(
    what="texts",
    none="texts",
    expected="Expected UTF-8 in .txt, .csv, .md, .rst or .tex",
    suffixes=frozenset({".txt", ".text", ".csv", ".tsv", ".md", ".rst", ".tex", ".log"}),
    remedies={
        **dict.fromkeys((".pdf", ".docx", ".doc", ".odt", ".rtf", ".epub", ".html"), "save it as .txt"),
        **dict.fromkeys((".gz", ".zip", ".xz", ".bz2", ".zst"), "unpack it"),
        **dict.fromkeys((".json", ".jsonl"), "write its texts into a .txt, one a line"),
    },
    any_name=True,
    repair="convert yours, such as by: iconv -f latin1 -t utf-8 <file> > new.txt",
)


@dataclass(frozen=True)
class TextFiles:
    """Files of text.

    Attributes:
        layout: the files of the wanted classes with their labels.
        files: those that could be read, by their place in `layout.names`.
        skipped: kind -> number of files of other kinds.
    """

    layout: Layout
    files: Mapping[int, TextFile]
    skipped: Counter[str]

    def by_class(self) -> list[list[str]]:
        """Return the lines of each class; of all files if there are no classes."""
        found: list[list[str]] = [[] for _ in self.layout.classes or ("",)]
        for row, file in self.files.items():
            found[self.layout.labels[row] if self.layout.labels else 0] += file.lines
        return found


def open_texts(root: Path, classes: Classes | None, *, lowercase: bool) -> TextFiles:
    """Read one file, or all texts in a folder. Files that are no text are skipped and named in the log.

    Args:
        root: the file or folder.
        classes: class folders to keep; None keeps all.
        lowercase: turn capitals into small letters.

    Raises:
        UserError: there is no such file, folder or class, no file that is text, or more text than is read.
    """
    if not root.exists():
        raise UserError(f"data.root={root}: there is no such file or folder; name your text file, or its folder.")
    folder, listing = list_own(root, TEXTS)
    layout = layout_of(list(listing.images), "file").keep(classes)
    total = sum(listing.images[name].size for name in layout.names)
    if total > LARGEST:
        most = f"{LARGEST / 2**20:.0f}"
        raise UserError(
            f"data.root={root}: {total / 2**20:,.0f} MiB of text are more than the {most} that are read.\n"
            "Name a part of it: head -c 50M <file> > part.txt"
        )
    files: dict[int, TextFile] = {}
    broken: dict[str, str] = {}
    for row, name in enumerate(layout.names):
        try:
            files[row] = lines_in(folder / name, lowercase=lowercase)
        except (OSError, ValueError) as error:
            broken[name] = reason_of(error)
    tell_broken(root, broken, len(layout.names), TEXTS)
    return TextFiles(layout, files, listing.skipped)
