"""300 tampered run folders before every verb: no traceback, no hang, nothing outside touched, nothing lost."""

from __future__ import annotations

import importlib
import os
import pkgutil
import shutil
import stat
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import SMALL
from tampering import World, tamper

import gan_cli
from gan_cli.cli import main

FOLDERS, BATCH = 300, 15
PATIENCE = 60.0
"""Seconds after which a verb hangs."""

VERBS: dict[str, Sequence[str]] = {
    "compare": ("compare", "here", "well", "../other", "csv=out.csv", "figure=map.png", "thumbnails=true"),
    "sample": ("sample", "run=here", "num=4", "film=true"),
    "evaluate": ("evaluate", "run=here", "num=20", "metric=[energy_distance]", "json=out.json"),
    "train": ("train", "run=here", "trainer.steps=6"),
}
MADE = ("out.csv", "out.json", "map.png", "map.pdf", "outputs")
APPENDED = ("train.log", ".lock")
REWRITTEN = ("status.json", "summary.json", "metrics.jsonl", "overrides.txt", "config.yaml", "data.json", "events.")
"""What a run that goes on writes anew."""

Entry = tuple[int, bytes | str]


def entries(folder: Path) -> dict[str, Entry]:
    """Each entry of a folder with its kind and its content; no link is followed, no pipe opened."""
    return dict(_entries(folder, folder))


def _entries(folder: Path, top: Path) -> Iterator[tuple[str, Entry]]:
    for item in os.scandir(folder):
        found = item.stat(follow_symlinks=False)
        kind, name = stat.S_IFMT(found.st_mode), os.path.relpath(item.path, top)
        if kind == stat.S_IFDIR:
            yield name, (kind, "")
            yield from _entries(Path(item.path), top)
        elif kind == stat.S_IFREG:
            yield name, (kind, Path(item.path).read_bytes())
        else:
            yield name, (kind, os.readlink(item.path) if kind == stat.S_IFLNK else "")


def load_all() -> None:
    """Import what the verbs import when they need it, so that no child has to."""
    for module in pkgutil.walk_packages(gan_cli.__path__, "gan_cli."):
        if module.name not in ("gan_cli.__main__", "gan_cli.hydra_plugin"):
            importlib.import_module(module.name)
    for name in ("tensorboard.summary.writer.record_writer", "tensorboard.plugins.hparams.api_pb2", "rich.live"):
        importlib.import_module(name)
    for name in ("matplotlib.backends.backend_agg", "sklearn.datasets", "torchvision.datasets", "hydra.main"):
        importlib.import_module(name)


def run(arguments: Sequence[str], log: Path) -> int | None:
    """A verb in a process of its own, which has all modules already; its exit code, None if it hangs."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            with log.open("wb") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
            code = 0
            main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException:
            import traceback

            traceback.print_exc()
            code = 71
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return None


def lost(before: dict[str, Entry], after: dict[str, Entry], verb: str, code: int) -> list[str]:
    """What a verb changed or took away that it may not."""
    changed = [name for name, entry in before.items() if after.get(name) != entry]
    if verb == "train" and code == 0:
        return [name for name in changed if not name.startswith((*APPENDED, *REWRITTEN, "checkpoints/", "samples/"))]
    return [name for name in changed if name not in APPENDED and not (verb == "train" and name.startswith("status"))]


@pytest.fixture(scope="module")
def stage(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to work in, with a run that is well, one that has other networks, and what is the person's own."""
    top = tmp_path_factory.mktemp("fuzz")
    load_all()
    (top / "victim").mkdir()
    (top / "victim" / "file").write_text("mine\n")
    (top / "work").mkdir()
    shutil.copytree(trained, top / "work" / "well")
    os.chdir(top / "work")
    assert run(["sample", "run=well", "num=2", "formats=[grid]"], top / "log") == 0, (top / "log").read_text()
    other = ("train", *SMALL, "run=other", "generator.base_channels=8", "optim.discriminator.lr=1e-3")
    assert run(other, top / "log") == 0, (top / "log").read_text()
    (top / "work" / "other").rename(top / "other")
    return top


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, FOLDERS, BATCH))
def test_tampered_folders(stage: Path, first: int) -> None:
    work, counts, wrong = stage / "work", Counter[str](), list[str]()
    world = World(stage / "victim", stage / "other")
    kept = {place: entries(place) for place in (stage / "victim", stage / "other", work / "well")}
    for seed in range(first, first + BATCH):
        here = work / "here"
        shutil.rmtree(here, ignore_errors=True)  # of a batch that was ended from outside
        shutil.copytree(work / "well", here)
        done = tamper(here, seed, world)
        for verb, arguments in VERBS.items():
            before = entries(here)
            code = run(arguments, stage / "log")
            said = (stage / "log").read_text(errors="replace")
            counts[f"{verb} {code}"] += 1
            faults = [] if code in (0, 2) else [f"code {code}"]
            faults += ["traceback"] if "Traceback" in said else []
            faults += [] if code is not None else ["hangs"]
            faults += [f"lost {name}" for name in lost(before, entries(here), verb, code or 0)]
            faults += [f"touched {place.name}" for place, was in kept.items() if entries(place) != was]
            faults += [f"left {path.name}" for path in work.iterdir() if path.name not in ("here", "well", *MADE)]
            if code == 2 and len([line for line in said.splitlines() if not line.startswith(("[", "  "))]) > 4:
                faults.append("many words")
            if faults:
                wrong.append(f"seed {seed} {verb}: {'; '.join(faults)} after {done}\n{said[-1500:]}")
            for name in MADE:
                shutil.rmtree(work / name) if (work / name).is_dir() else (work / name).unlink(missing_ok=True)
        shutil.rmtree(here)
    print(dict(sorted(counts.items())))
    assert not wrong, f"{len(wrong)} of {len(VERBS) * BATCH}:\n" + "\n".join(wrong)
