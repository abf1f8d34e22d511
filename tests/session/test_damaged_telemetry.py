"""Torn or damaged files of what a run told: named, passed over or mended; they stop no resume and no comparison."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

from gan_cli.session.stored_status import status_in, summary_in

GARBAGE: dict[str, bytes] = {
    "empty": b"",
    "zeros": bytes(4096),
    "half": b'{"status": "done", "step": 4, "points": [{"fol',
    "list": b"[1, 2, 3]",
    "binary": random.Random(0).randbytes(3000),
    "deep": b"[" * 200_000,
    "long number": b'{"step": ' + b"9" * 5000 + b"}",
    "wrong kinds": json.dumps(
        {
            **{
                "status": 3,
                "step": "four",
                "pid": "me",
                "host": None,
                "message": {},
                "verdict": [1],
                "points": {"a": 1},
            },
            **{"metrics": [1], "capacity": "much", "seconds": "long", "advice": 1, "kind": 7},
        }
    ).encode(),
    "wild numbers": json.dumps({"status": "done", "step": -5, "pid": 10**40, "seconds": -1}).encode(),
    "unknown words": json.dumps({"status": "winning", "verdict": {"state": "great", "since": "x"}}).encode(),
    "odd points": json.dumps(
        {"kind": "sweep", "points": [1, {}, {"folder": "../.."}, {"folder": 3}, {"folder": "a", "overrides": 1}]}
    ).encode(),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_nothing_is_believed_that_is_not_of_its_kind(tmp_path: Path, name: str) -> None:
    (tmp_path / "status.json").write_bytes(GARBAGE[name])
    (tmp_path / "summary.json").write_bytes(GARBAGE[name])
    for said in (status_in(tmp_path), summary_in(tmp_path)):
        assert isinstance(said.get("status", ""), str)
        assert isinstance(said.get("step", 0), int) and said.get("step", 0) >= 0
    points = status_in(tmp_path).get("points", [])
    assert points == ([{"folder": "a", "overrides": []}] if name == "odd points" else [])


@pytest.mark.parametrize("name", GARBAGE)
def test_a_run_goes_on_and_is_compared(gan, here: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(here, tmp_path / "other")
    for file in ("status.json", "summary.json"):
        (here / file).write_bytes(GARBAGE[name])
    compared = gan("compare", "here", "other")
    assert compared.code == 0, compared.err
    assert "2 runs" in compared.out
    result = gan("train", "run=here", "trainer.steps=5")
    assert result.code == 0, result.err
    assert json.loads((here / "status.json").read_text())["status"] == "done"
    damaged = name in ("empty", "zeros", "half", "list", "binary", "deep", "long number")
    assert ("status.json cannot be read; it is written again" in result.err) == damaged


@pytest.mark.parametrize("name", GARBAGE)
def test_a_damaged_metrics_file_loses_its_damaged_lines_only(gan, here: Path, name: str) -> None:
    path = here / "metrics.jsonl"
    first, *others = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + GARBAGE[name] + b"\n" + b"".join(others))
    result = gan("train", "run=here", "trainer.steps=5")
    assert result.code == 0, result.err
    assert [json.loads(line)["step"] for line in path.read_text().splitlines()] == [1, 2, 3, 4, 5]
    assert "of its lines cannot be read and are left out" in result.err


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_event_file_loses_its_damaged_records_only(gan, here: Path, seed: int) -> None:
    path = next(here.glob("events.out.tfevents.*"))
    data = bytearray(path.read_bytes())
    rng = random.Random(seed)
    if seed == 0:
        del data[len(data) * 2 // 3 :]
    else:
        for _ in range(5):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    result = gan("train", "run=here", "trainer.steps=5")
    assert result.code == 0, result.err
    (mended,) = here.glob("events.out.tfevents.*")
    events = list(LegacyEventFileLoader(str(mended)).Load())
    assert {event.step for event in events if event.summary.value} >= {5}
    assert seed == 0 or "is damaged; what cannot be read of it is left out" in result.err
