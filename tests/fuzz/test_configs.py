"""300 tampered configs before every verb: no trace, no hang, nothing touched that is not the run's, right codes."""

from __future__ import annotations

import os
import resource
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tamper import Tampered, tampered
from watch import Seen, watch

COUNT = int(os.environ.get("GAN_FUZZ", "300"))
"""Configs for each verb; GAN_FUZZ_REPORT names a file for the counts and the faults."""

VERBS = {
    "sample": ("sample", "run=here", "num=2", "formats=[grid]"),
    "evaluate": ("evaluate", "run=here", "metric=[energy_distance]", "num=24"),
    "compare": ("compare", "here", "sound"),
    "train": ("train", "run=here", "trainer.steps=5"),
    "inspect": ("inspect", "--config-dir=mine", "experiment=theirs"),
}
LOG = "here/train.log"
"""Tells of what was refused late, once the run was opened."""
OWN = {
    "sample": "here/sampled",
    "evaluate": "here/evaluated",
    "train": "here",
    "compare": "(nothing)",
    "inspect": "(nothing)",
}
"""Where a verb writes."""

BYTES = 4 * 2**30
"""Address space beyond the present one: what asks for more is out of memory at once, not after minutes of swapping."""


@pytest.fixture
def bounded() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + BYTES, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.fixture(scope="module")
def two(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that will be tampered with, and a sound one beside it."""
    place = tmp_path_factory.mktemp("two")
    shutil.copytree(trained, place / "here")
    shutil.copytree(trained, place / "sound")
    config = yaml.safe_load((place / "sound/config.yaml").read_text())
    config["loss"]["smoothing"] = 0.25  # so that it is a row of its own
    (place / "sound/config.yaml").write_text(yaml.safe_dump(config))
    return place


def _place(two: Path, place: Path, made: Tampered, verb: str) -> None:
    """A fresh current folder with the tampered run in it, and something beside it that nobody may touch."""
    for folder in ("here", "sound"):
        shutil.rmtree(place / folder, ignore_errors=True)
        shutil.copytree(two / folder, place / folder)
    (place / "outside").mkdir(exist_ok=True)
    (place / "outside/kept.txt").write_text("kept")
    if verb == "inspect":
        (place / "mine/experiment").mkdir(parents=True, exist_ok=True)
        (place / "mine/experiment/theirs.yaml").write_bytes(b"# @package _global_\n" + made.text)
    else:
        (place / "here/config.yaml").write_bytes(made.text)


def _wrong(verb: str, made: Tampered, seen: Seen) -> list[str]:
    """All that is wrong with how a command took a config."""
    wrong = list(seen.wrong)
    if verb in ("sample", "evaluate", "train") and not made.readable and seen.code != 2:
        wrong.append(f"takes it, with {seen.code}")
    if verb == "compare" and (seen.code != 0 or "sound" not in seen.out):
        wrong.append(f"does not compare the sound one, with {seen.code}")
    return wrong


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("verb", VERBS)
def test_tampered_configs(
    verb: str,
    gan: Any,
    two: Path,
    tmp_path: Path,
    bounded: None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    config = yaml.safe_load((two / "here/config.yaml").read_text())
    monkeypatch.setenv("HOME", str(tmp_path / "outside"))
    monkeypatch.setenv("MPLCONFIGDIR", str(two / "matplotlib"))
    faults, codes = [], Counter[Any]()
    for number, made in enumerate(tampered(config, COUNT)):
        if verb == "inspect" and not made.readable:
            continue  # a person's own YAML is composed by Hydra, which takes aliases
        _place(two, tmp_path, made, verb)
        own = f"{OWN[verb]}/"
        seen = watch(gan, tmp_path, *VERBS[verb], log=LOG, forbidden=lambda key, own=own: not f"{key}/".startswith(own))
        codes[seen.code] += 1
        if wrong := _wrong(verb, made, seen):
            faults.append(f"{number} | {made.how[:100]} | {'; '.join(wrong)} | {seen.code} | {seen.err[-700:]!r}")
    told = f"{verb}: exit codes {dict(codes)}, {len(faults)} faults"
    with Path(os.environ.get("GAN_FUZZ_REPORT", os.devnull)).open("a") as report:
        report.write("\n".join([told, *faults, ""]))
    assert not faults, "\n".join([told, *faults])
