"""What a folder holds, by its entries and by the headers of its images: which are data, and which are not and why."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gan_cli.data.files import visit
from gan_cli.data.header import Header, read_header
from gan_cli.data.hearing import heard
from gan_cli.data.walk import Listing, Stamp, list_folder
from gan_cli.errors import UserError
from gan_cli.marks import COMPOSITE, SAMPLE

GRID = "picture that gan composed"
DRAWN = "sample that gan drew"

_REMEMBERED = 4  # folders of which a process keeps the headers, for the many times that a command asks for them
_recent: dict[Path, tuple[Listing, Found]] = {}


@dataclass(frozen=True)
class Found:
    """What lies below a folder.

    Attributes:
        root: the folder.
        headers: of the images that are data, by name, sorted.
        stamps: of the same.
        broken: images that hold none, with the reason.
        warnings: what Pillow had to say of images that it reads all the same.
        passed: kind -> how many files and folders of it are no data.
    """

    root: Path
    headers: dict[str, Header]
    stamps: dict[str, Stamp]
    broken: dict[str, str]
    warnings: dict[str, str]
    passed: Counter[str]


def survey(root: Path) -> Found:
    """Look at every file of a folder, at the header only; a folder whose entries are unchanged is only listed again.

    What this program drew is left out; but where there are single samples of it and no other images, they are meant.

    Raises:
        UserError: no folder that can be read, or one of the program's own.
    """
    listing, place = list_folder(root), root.absolute()
    before = _recent.pop(place, None)
    found = before[1] if before is not None and before[0] == listing else _looked_at(root, listing)
    _recent[place] = listing, found
    for old in list(_recent)[:-_REMEMBERED]:
        del _recent[old]
    return found


def _looked_at(root: Path, listing: Listing) -> Found:
    names = list(listing.images)
    looks: dict[str, tuple[Header, str]] = {}

    def look(row: int) -> None:
        heard()
        looks[names[row]] = read_header(root / names[row]), heard()

    broken = {names[row]: reason for row, reason in visit(range(len(names)), look, "looked at").items()}
    headers = {name: looks[name][0] for name in names if name not in broken}
    kept, passed = _data(headers), Counter(listing.passed)
    for name in headers.keys() - kept:
        passed[GRID if headers[name].mark == COMPOSITE else DRAWN] += 1
    return Found(
        root=root,
        headers={name: header for name, header in headers.items() if name in kept},
        stamps={name: listing.images[name] for name in names if name in kept},
        broken=broken,
        warnings={name: looks[name][1] for name in names if name in kept and looks[name][1]},
        passed=passed,
    )


def list_images(root: Path) -> list[str]:
    """Names of all images below a folder that are data, with forward slashes, sorted; broken ones are among them.

    Raises:
        UserError: as `survey`.
    """
    found = survey(root)
    return sorted([*found.headers, *found.broken])


def identity(found: Found, names: Iterable[str]) -> str:
    """What tells a set of files from another: a digest of their names and sizes, in order."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode("utf-8", "surrogateescape") + b"\0%d\n" % found.stamps[name].size)
    return digest.hexdigest()


def refuse_empty(found: Found, passed: str) -> None:
    """Refuse a folder without any image to train on.

    Args:
        found: what it holds.
        passed: what was passed over, in words.

    Raises:
        UserError: there is none.
    """
    if found.headers:
        return
    if found.broken:
        name, reason = next(iter(found.broken.items()))
        raise broken_all(found.root, len(found.broken), name, reason)
    raise UserError(
        f"data.root={found.root}: there is no image in this folder{passed and f' (passed over {passed})'}.\n"
        "Expected .jpg, .png, .webp, .bmp, .gif or .tiff files, in it or in one sub-folder per class."
    )


def broken_all(root: Path, count: int, name: str, reason: str) -> UserError:
    """The refusal of a set of which nothing can be read."""
    return UserError(
        f"none of the {count} images in {root} can be read (first: {name}: {reason}).\n"
        "Open one in an image viewer, and name another data.root."
    )


def _data(headers: dict[str, Header]) -> set[str]:
    others = {name for name, header in headers.items() if header.mark not in (COMPOSITE, SAMPLE)}
    return others or {name for name, header in headers.items() if header.mark == SAMPLE}
