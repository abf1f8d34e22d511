"""Lists the files below a folder: data by their suffix, and skipped files by kind. Opens none of them."""

from __future__ import annotations

import logging
import os
import stat
import time
from collections import Counter
from collections.abc import Collection, Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from gan_cli.disk.reading import read_bytes, read_json
from gan_cli.errors import UserError
from gan_cli.marks import looks_like_run

log = logging.getLogger(__name__)

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff"}
    | {".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".avif", ".jp2", ".j2k", ".qoi"}
)

NO_SUFFIX = "without a suffix"
NO_FILE = "no file (a link to nothing, a pipe or a device)"
CLOSED = "folder that may not be read"
RUN, SWEEP = "run of gan train", "sweep of gan train"

_SYSTEM = tuple(map(Path, ("/proc", "/sys", "/dev")))
_SHARED_MEMORY = Path("/dev/shm")
_SPEAK_EVERY = 5.0  # seconds
_SETTINGS = 1 << 18  # bytes of a config that are read


@dataclass(frozen=True)
class Stamp:
    """Size of a file in bytes, and the time of its last change in nanoseconds."""

    size: int
    changed: int


@dataclass(frozen=True)
class Listing:
    """The files below a folder.

    Attributes:
        images: name relative to the folder, with forward slashes -> stamp; sorted by name. Other files than
            images, if other suffixes were asked for.
        skipped: kind -> number of skipped files or folders of this kind.
    """

    images: dict[str, Stamp]
    skipped: Counter[str] = field(default_factory=Counter)


def list_folder(
    root: Path, suffixes: Set[str] = SUFFIXES, what: str = "images", *, setting: str = "data.root"
) -> Listing:
    """List every visible file below `root`. Links are followed, and each folder is visited once.

    Folders of runs and sweeps of this program are skipped, and so are system folders (/proc, /sys, /dev).

    Args:
        root: the folder.
        suffixes: the suffixes of files that are data.
        what: what these files are, for messages.
        setting: the setting that names the folder, for messages.

    Raises:
        UserError: the folder does not exist, cannot be read, or is a file, a run or a system folder.
    """
    _refuse(root, what, setting)
    images: dict[str, Stamp] = {}
    skipped: Counter[str] = Counter()
    spoke = time.monotonic()
    for name, entry in _walk(root, skipped):
        suffix = PurePath(name).suffix.lower()
        found = _stamp(entry)
        if found is None:
            skipped[NO_FILE] += 1
        elif suffix in suffixes:
            images[name] = found
        else:
            skipped[suffix or NO_SUFFIX] += 1
        if time.monotonic() - spoke > _SPEAK_EVERY:
            spoke = time.monotonic()
            log.info("looking for %s below %s: %d so far", what, root, len(images))
    return Listing(dict(sorted(images.items())), skipped)


def _refuse(root: Path, what: str, setting: str) -> None:
    try:
        mode = root.stat().st_mode
        if stat.S_ISDIR(mode):
            names = os.listdir(root)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else str(error)) or "cannot be read"
        words = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read ({reason.lower()})"
        raise UserError(f"{setting}={root}: the folder {words}; name the folder of your {what}.") from error
    if not stat.S_ISDIR(mode):
        raise UserError(f"{setting}={root}: the folder is a file, not a folder; name the folder of your {what}.")
    if _is_system(root):
        raise UserError(f"{setting}={root}: this folder is the system's own; name the folder of your {what}.")
    if _is_run(root, names):
        raise UserError(
            f"{setting}={root}: this folder is a run of `gan train`, and its pictures are no data.\n"
            "Samples that it drew can be: name their folder, as `gan sample run=... out=fakes` writes one."
        )


def _is_system(folder: Path) -> bool:
    place = folder.resolve()
    return any(place.is_relative_to(top) for top in _SYSTEM) and not place.is_relative_to(_SHARED_MEMORY)


_TEXTS, _LABELS = "samples.txt", "labels.txt"
"""What `gan sample` writes of text: samples, and beside them their classes, which are no samples."""


def _walk(root: Path, skipped: Counter[str]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    visited: set[tuple[int, int]] = set()
    waiting = [(str(root), "")]
    while waiting:
        folder, prefix = waiting.pop()
        try:
            place = os.stat(folder)
            with os.scandir(folder) as found:
                entries = {entry.name: entry for entry in found}
        except OSError:
            skipped[CLOSED] += 1
            continue
        if (place.st_dev, place.st_ino) in visited or (prefix and _is_link_to_system(folder)):
            continue
        visited.add((place.st_dev, place.st_ino))
        if prefix and (own := _own(folder, entries)):
            skipped[own] += 1
            continue
        below = []
        for name, entry in sorted(entries.items()):
            if name.startswith((".", "__MACOSX")) or (name == _LABELS and _TEXTS in entries):
                continue
            if _is_folder(entry):
                below.append((entry.path, f"{prefix}{name}/"))
            else:
                yield prefix + name, entry
        waiting += reversed(below)


def _is_link_to_system(folder: str) -> bool:
    """Whether a folder is a system folder: only a link, or a folder at the root of the file system, can be one."""
    return (os.path.islink(folder) or os.path.dirname(folder) == "/") and _is_system(Path(folder))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links
        return False


def _own(folder: str, names: dict[str, os.DirEntry[str]]) -> str | None:
    """Return RUN or SWEEP if this program wrote the folder, else None."""
    if _is_run(Path(folder), names):
        return RUN
    is_sweep = "status.json" in names and read_json(Path(folder, "status.json")).get("kind") == "sweep"
    return SWEEP if is_sweep else None


def _is_run(folder: Path, names: Collection[str]) -> bool:
    """Whether a folder is a run, by its file names and by its config.yaml, since other programs write one, too."""
    if not looks_like_run(names):
        return False
    try:
        return b"_target_: gan_cli." in read_bytes(folder / "config.yaml", most=_SETTINGS)
    except (OSError, UserError):
        return False


def _stamp(entry: os.DirEntry[str]) -> Stamp | None:
    try:
        found = entry.stat()
    except OSError:
        return None
    return Stamp(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None
