"""400 bad command lines: no trace, no hang, right codes, nothing touched that is not the command's, no folder left."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from mistyped import Mistyped, mistyped
from PIL import Image
from watch import Seen, watch

from gan_cli.disk import place as places

COUNT = int(os.environ.get("GAN_FUZZ", "400"))
SEED = int(os.environ.get("GAN_FUZZ_SEED", "0"))
"""How many commands, and which; GAN_FUZZ_REPORT names a file for the counts and the faults."""

LOG = "here/train.log"
"""Tells of what was refused late, once the run was opened."""


def _lay_out(place: Path, trained: Path) -> None:
    """A fresh current folder: a run, a home, pictures, a link in a circle, and what nobody may touch."""
    for each in place.iterdir():
        shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
    shutil.copytree(trained, place / "here")
    for folder in ("home", "outside", "photos"):
        (place / folder).mkdir()
    (place / "outside/kept.txt").write_text("kept")
    for number in range(4):
        Image.new("L", (8, 8), 60 * number).save(place / f"photos/{number}.png")
    (place / "loop").symlink_to("loop")


def _is_anothers(key: str) -> bool:
    return key.startswith(("outside", "photos", "here/config.yaml", "here/checkpoints", "loop"))


def _wrong(made: Mistyped, seen: Seen) -> list[str]:
    wrong = list(seen.wrong)
    if made.wrong and seen.code != 2:
        wrong.append(f"takes it, with {seen.code}")
    if (place_left := "multirun") in {key.partition("/")[0] for key in seen.changed}:
        wrong.append(f"leaves {place_left}")
    return wrong


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_mistyped_commands(
    gan: Any, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "here and now"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setenv("HOME", str(place / "home"))
    monkeypatch.setenv("MPLCONFIGDIR", str(trained.parent / "matplotlib"))
    faults, codes = [], Counter[Any]()
    for number, made in enumerate(mistyped(COUNT, SEED)):
        _lay_out(place, trained)
        places._fences.clear()  # of a process; each command would have one of its own
        seen = watch(gan, place, *made.words, log=LOG, forbidden=_is_anothers)
        codes[seen.code] += 1
        if wrong := _wrong(made, seen):
            typed = " ".join(ascii(word)[1:-1][:60] for word in (made.words[0], *made.words[-3:]))
            faults.append(f"{number} | {made.how}: {typed} | {'; '.join(wrong)} | {seen.code} | {seen.err[-700:]!r}")
    told = f"{COUNT} commands: exit codes {dict(codes)}, {len(faults)} faults"
    with Path(os.environ.get("GAN_FUZZ_REPORT", os.devnull)).open("a") as report:
        report.write("\n".join([told, *faults, ""]))
    assert not faults, "\n".join([told, *faults])
