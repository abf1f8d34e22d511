"""Finds the images below a folder, by file names and image headers: which are data, and which are not and why."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gan_cli.data.image.files import visit
from gan_cli.data.image.header import Header, read_header
from gan_cli.data.image.pillow_warnings import taken_warning
from gan_cli.data.own.walk import Listing, Stamp, list_folder
from gan_cli.errors import UserError
from gan_cli.marks import COMPOSITE, SAMPLE

GRID = "picture that gan composed"
DRAWN = "sample that gan drew"

_REMEMBERED = 4  # folders whose headers are cached, because one command asks for them many times
_recent: dict[Path, tuple[Listing, FolderScan]] = {}


@dataclass(frozen=True)
class FolderScan:
    """The images below a folder.

    Attributes:
        root: the folder.
        headers: headers of the images that are data, by name, sorted.
        stamps: size and time of change of the same images, by name.
        broken: image files that cannot be read, with the reason.
        warnings: warnings of Pillow about images that it can read, by name.
        skipped: kind -> number of skipped files and folders of this kind.
    """

    root: Path
    headers: dict[str, Header]
    stamps: dict[str, Stamp]
    broken: dict[str, str]
    warnings: dict[str, str]
    skipped: Counter[str]


def scan_folder(root: Path, *, setting: str = "data.root") -> FolderScan:
    """Read the header of every image below a folder, or return the cached result if no file has changed.

    Images that this program wrote are left out. If there are no other images, its single samples are used.

    Args:
        root: the folder.
        setting: the setting that names it, for messages.

    Raises:
        UserError: the folder cannot be read, or is a run or a system folder.
    """
    listing, place = list_folder(root, setting=setting), root.absolute()
    before = _recent.pop(place, None)
    found = before[1] if before is not None and before[0] == listing else _scan(root, listing)
    _recent[place] = listing, found
    for old in list(_recent)[:-_REMEMBERED]:
        del _recent[old]
    return found


def _scan(root: Path, listing: Listing) -> FolderScan:
    names = list(listing.images)
    looks: dict[str, tuple[Header, str]] = {}

    def look(row: int) -> None:
        taken_warning()
        looks[names[row]] = read_header(root / names[row]), taken_warning()

    broken = {names[row]: reason for row, reason in visit(range(len(names)), look, "looked at").items()}
    headers = {name: looks[name][0] for name in names if name not in broken}
    kept, skipped = _data(headers), Counter(listing.skipped)
    for name in headers.keys() - kept:
        skipped[GRID if headers[name].mark == COMPOSITE else DRAWN] += 1
    return FolderScan(
        root=root,
        headers={name: header for name, header in headers.items() if name in kept},
        stamps={name: listing.images[name] for name in names if name in kept},
        broken=broken,
        warnings={name: looks[name][1] for name in names if name in kept and looks[name][1]},
        skipped=skipped,
    )


def list_images(root: Path, *, setting: str = "data.root") -> list[str]:
    """Return the sorted names of all images below a folder that are data, broken ones included, with forward slashes.

    Raises:
        UserError: as in `scan_folder`.
    """
    found = scan_folder(root, setting=setting)
    return sorted([*found.headers, *found.broken])


def identity(stamps: Mapping[str, Stamp], names: Iterable[str]) -> str:
    """Return a digest of the names and sizes of some files, in order. It identifies the set."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode("utf-8", "surrogateescape") + b"\0%d\n" % stamps[name].size)
    return digest.hexdigest()


def refuse_empty(found: FolderScan, skipped: str) -> None:
    """Raise an error if a folder has no image to train on.

    Args:
        found: the images in the folder.
        skipped: description of the skipped files.

    Raises:
        UserError: there is no image that can be read.
    """
    if found.headers:
        return
    if found.broken:
        name, reason = next(iter(found.broken.items()))
        raise broken_all(found.root, len(found.broken), name, reason)
    raise UserError(
        f"data.root={found.root}: there is no image in this folder{skipped and f' (skipped {skipped})'}.\n"
        "Expected .jpg, .png, .webp, .bmp, .gif or .tiff files, in it or in one sub-folder per class."
    )


def broken_all(root: Path, count: int, name: str, reason: str) -> UserError:
    """Return the error for a set in which no image can be read."""
    return UserError(
        f"none of the {count} images in {root} can be read (first: {name}: {reason}).\n"
        "Open one in an image viewer, and name another data.root."
    )


def _data(headers: dict[str, Header]) -> set[str]:
    others = {name for name, header in headers.items() if header.mark not in (COMPOSITE, SAMPLE)}
    return others or {name for name, header in headers.items() if header.mark == SAMPLE}
