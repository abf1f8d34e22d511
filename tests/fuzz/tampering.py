"""Run folders tampered with by a seed: removed, cut, flipped, swapped, replaced by links, pipes and others' files."""

from __future__ import annotations

import os
import random
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

Act = Callable[[Path, random.Random, "World"], None]


class World:
    """What lies around a tampered folder.

    Args:
        victim: a folder of the person's own, which nothing may touch.
        other: another run, whose files may be mixed in.
    """

    def __init__(self, victim: Path, other: Path) -> None:
        self.victim = victim
        self.other = other


def remove(path: Path, rng: random.Random, world: World) -> None:
    clear(path)


def cut(path: Path, rng: random.Random, world: World) -> None:
    data = content(path)
    clear(path)
    path.write_bytes(data[: rng.randrange(len(data) + 1)])


def flip(path: Path, rng: random.Random, world: World) -> None:
    data = bytearray(content(path))
    for _ in range(rng.randrange(1, 9)):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    clear(path)
    path.write_bytes(data)


def zero(path: Path, rng: random.Random, world: World) -> None:
    data = bytearray(content(path))
    start = rng.randrange(len(data) + 1)
    data[start : start + 300] = bytes(len(data[start : start + 300]))
    clear(path)
    path.write_bytes(data)


def garbage(path: Path, rng: random.Random, world: World) -> None:
    clear(path)
    path.write_bytes(rng.randbytes(rng.choice([0, 1, 50, 5000])))


def line_out(path: Path, rng: random.Random, world: World) -> None:
    lines = content(path).splitlines(keepends=True)
    if lines:
        del lines[rng.randrange(len(lines))]
    clear(path)
    path.write_bytes(b"".join(lines))


def number_changed(path: Path, rng: random.Random, world: World) -> None:
    data = content(path)
    digits = [place for place, byte in enumerate(data) if chr(byte).isdigit()]
    if digits:
        place = rng.choice(digits)
        new = rng.choice([b"", b"-1", b"1e999", b"9" * 30, b"x", b"[]", b"null"])
        data = data[:place] + new + data[place + 1 :]
    clear(path)
    path.write_bytes(data)


def link(path: Path, rng: random.Random, world: World) -> None:
    clear(path)
    path.symlink_to(rng.choice([world.victim / "file", world.victim / "new", world.victim, Path("/dev/zero"), path]))


def second_name(path: Path, rng: random.Random, world: World) -> None:
    clear(path)
    os.link(world.victim / "file", path)


def folder(path: Path, rng: random.Random, world: World) -> None:
    clear(path)
    path.mkdir()
    if rng.random() < 0.5:
        (path / "mine").write_text("1")


def pipe(path: Path, rng: random.Random, world: World) -> None:
    clear(path)
    os.mkfifo(path)


def bind(path: Path, rng: random.Random, world: World) -> None:
    clear(path)
    before = os.getcwd()
    os.chdir(path.parent)  # the name of a socket may have 107 bytes
    try:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(path.name[:60])
    finally:
        os.chdir(before)


def rights(path: Path, rng: random.Random, world: World) -> None:
    path.chmod(rng.choice([0o000, 0o200, 0o444, 0o777]))


def of_another(path: Path, rng: random.Random, world: World) -> None:
    candidates = [one for one in sorted(world.other.rglob("*")) if one.is_file() and one.suffix == path.suffix]
    if candidates:
        data = rng.choice(candidates).read_bytes()
        clear(path)
        path.write_bytes(data)


def swapped(path: Path, rng: random.Random, world: World) -> None:
    beside = [one for one in sorted(path.parent.iterdir()) if one != path and not one.is_dir()]
    if beside and not path.is_dir():
        second, aside = rng.choice(beside), path.with_name("aside")
        path.rename(aside)
        second.rename(path)
        aside.rename(second)


def renamed(path: Path, rng: random.Random, world: World) -> None:
    names = ["step_00000009.pt", "step_x.pt", "step_99999999999.pt", "best.pt", "step_00000009.png", "[red]", "a\nb"]
    target = path.with_name(rng.choice(names))
    if not target.exists() and not target.is_symlink():
        path.rename(target)


ACTS: tuple[Act, ...] = (
    *(remove, cut, cut, flip, flip, zero, garbage, line_out, number_changed, number_changed, link, link, link),
    *(second_name, folder, pipe, bind, rights, of_another, swapped, renamed),
)


def tamper(here: Path, seed: int, world: World) -> list[str]:
    """One to four acts on a run folder; what was done, in words."""
    rng = random.Random(seed)
    done = []
    for _ in range(rng.choice([1, 1, 2, 2, 3, 4])):
        entries = sorted(path for path in here.rglob("*") if not path.is_symlink())
        if not entries:
            break
        path, act = rng.choice(entries), rng.choice(ACTS)
        done.append(f"{act.__name__} {path.relative_to(here)}")
        act(path, rng, world)
    return done


def content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def clear(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
