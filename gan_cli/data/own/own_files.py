"""A person's own files as a data set: which they are, which cannot be read, and what is said about those."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from gan_cli.data.names import listed, shown
from gan_cli.data.own.folder_summary import describe_skipped
from gan_cli.data.own.walk import Listing, Stamp, list_folder
from gan_cli.errors import UserError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FileKind:
    """What files a data set takes.

    Attributes:
        what: what they are, in a message: `voxels or meshes`.
        none: what a folder without them lacks: `voxels`.
        expected: the formats, in a message: `Expected .npy or .stl`.
        suffixes: their suffixes, in lower case.
        remedies: suffix of other files -> how those can be used.
        any_name: whether a file that is named itself may have any suffix.
        repair: what to do if no file can be read.
    """

    what: str
    none: str
    expected: str
    suffixes: Set[str]
    remedies: Mapping[str, str]
    any_name: bool = False
    repair: str = "save yours again, or name another data.root"


def list_own(root: Path, kind: FileKind) -> tuple[Path, Listing]:
    """Return the folder of the files, and those below it. A root that is a file is alone.

    Raises:
        UserError: there is no such folder or file, or nothing of this kind.
    """
    if root.is_file():
        found = root.stat()
        suffix = root.suffix.lower()
        if suffix not in kind.suffixes and not kind.any_name:
            why = kind.remedies.get(suffix, "not supported")
            raise UserError(f"data.root={root}: {suffix or 'a file without a suffix'} is {why}.\n{kind.expected}.")
        return root.parent, Listing({root.name: Stamp(found.st_size, found.st_mtime_ns)})
    listing = list_folder(root, kind.suffixes, kind.what)
    if not listing.images:
        skipped = describe_skipped(listing.skipped, kind.remedies)
        raise UserError(
            f"data.root={root}: there are no {kind.none} in this folder{skipped and f' (skipped {skipped})'}.\n"
            f"{kind.expected} files, in it or in one sub-folder per class."
        )
    return root, listing


def tell_broken(root: Path, broken: Mapping[str, str], total: int, kind: FileKind) -> None:
    """Log which files cannot be read, with an example.

    Args:
        root: the folder or file that the user named.
        broken: name -> reason.
        total: number of all files.
        kind: what files the set takes.

    Raises:
        UserError: none can be read.
    """
    if not broken:
        return
    name, reason = min(broken.items())
    if len(broken) == total:
        which = "it" if total == 1 else f"none of the {total:,} files"
        first = "" if total == 1 else "first: "
        raise UserError(
            f"data.root={root}: {which} can{'not' * (total == 1)} be read ({first}{shown(name)}: {reason}).\n"
            f"{kind.expected} files; {kind.repair}."
        )
    told = "skipped %d of %d files that cannot be read: %s (%s: %s)"
    log.warning(told, len(broken), total, listed(sorted(broken)), shown(name), reason)


def reason_of(error: BaseException) -> str:
    """Return in one line, without the path, why a file cannot be read."""
    text = str(error.strerror or error) if isinstance(error, OSError) else str(error)
    return shown((text.splitlines() or [""])[0].rstrip(".")) or type(error).__name__


def without_broken(names: Sequence[str], broken: Mapping[str, str]) -> list[str]:
    """Return the names of the files that were read."""
    return [name for name in names if name not in broken]
