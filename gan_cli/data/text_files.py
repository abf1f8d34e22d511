"""Finds and reads the user's files of text: one file, one folder or class folders; names those that are no text."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_cli.data.folder_summary import describe_skipped
from gan_cli.data.layout import Classes, Layout, layout_of
from gan_cli.data.names import listed, shown
from gan_cli.data.text_reading import LARGEST, TextFile, lines_in
from gan_cli.data.walk import Listing, Stamp, list_folder
from gan_cli.errors import UserError

log = logging.getLogger(__name__)

SUFFIXES = frozenset({".txt", ".text", ".csv", ".tsv", ".md", ".rst", ".tex", ".log"})
"""The suffixes of files in a folder that are read."""

REMEDIES = {
    **dict.fromkeys((".pdf", ".docx", ".doc", ".odt", ".rtf", ".epub", ".html"), "save it as .txt"),
    **dict.fromkeys((".gz", ".zip", ".xz", ".bz2", ".zst"), "unpack it"),
    **dict.fromkeys((".json", ".jsonl"), "write its texts into a .txt, one a line"),
}
"""How other files can be used."""


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
    listing = _listing(root)
    layout = layout_of(list(listing.images), "file").keep(classes)
    total = sum(listing.images[name].size for name in layout.names)
    if total > LARGEST:
        most = f"{LARGEST / 2**20:.0f}"
        raise UserError(
            f"data.root={root}: {total / 2**20:,.0f} MiB of text are more than the {most} that are read.\n"
            "Name a part of it: head -c 50M <file> > part.txt"
        )
    folder = root.parent if root.is_file() else root
    files: dict[int, TextFile] = {}
    broken: dict[str, str] = {}
    for row, name in enumerate(layout.names):
        try:
            files[row] = lines_in(folder / name, lowercase=lowercase)
        except OSError as error:
            broken[name] = (error.strerror or str(error)).lower()
        except ValueError as error:
            broken[name] = str(error)
    _tell_broken(root, broken, layout.names)
    return TextFiles(layout, files, listing.skipped)


def _listing(root: Path) -> Listing:
    """Return the files by name. A root that is a file is alone."""
    if root.is_file():
        found = root.stat()
        return Listing({root.name: Stamp(found.st_size, found.st_mtime_ns)})
    if not root.exists():
        raise UserError(f"data.root={root}: there is no such file or folder; name your text file, or its folder.")
    listing = list_folder(root, SUFFIXES, "texts")
    if not listing.images:
        skipped = describe_skipped(listing.skipped, REMEDIES)
        raise UserError(
            f"data.root={root}: there is no text in this folder{skipped and f' (skipped {skipped})'}.\n"
            "Expected .txt, .csv, .md, .rst or .tex files, in it or in one sub-folder per class."
        )
    return listing


def _tell_broken(root: Path, broken: Mapping[str, str], names: Sequence[str]) -> None:
    """Log which files were skipped. Raise an error if all were."""
    if not broken:
        return
    name, reason = min(broken.items())
    if len(broken) == len(names):
        which, first = f"none of the {len(names):,} files is text", f"first: {shown(name)}: "
        if len(names) == 1:
            which, first = "it cannot be read as text", ""
        raise UserError(
            f"data.root={root}: {which} ({first}{reason}).\n"
            "Save it as UTF-8, such as by: iconv -f latin1 -t utf-8 <file> > new.txt"
        )
    told = "skipped %d of %d files that are no text: %s (%s: %s)"
    log.warning(told, len(broken), len(names), listed(sorted(broken)), shown(name), reason)
