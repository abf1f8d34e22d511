"""JSON that every program can read."""

from __future__ import annotations

import json
import math
from pathlib import Path

from gan_cli.disk.json_text import json_text
from gan_cli.session.folder import write_json

WILD = {"a": math.nan, "b": [1.5, -math.inf, (math.inf, 2)], "c": {"d": math.nan, "e": None, "f": "nan"}, "g": True}
TAME = {"a": None, "b": [1.5, None, [None, 2]], "c": {"d": None, "e": None, "f": "nan"}, "g": True}


def test_what_json_lacks_is_null(tmp_path: Path) -> None:
    assert json.loads(json_text(WILD)) == TAME
    write_json(tmp_path / "x.json", WILD)
    assert "NaN" not in (tmp_path / "x.json").read_text() and json.loads((tmp_path / "x.json").read_text()) == TAME


def test_nobody_writes_json_in_another_way() -> None:
    """json.dumps is left to lines for our own processes, to settings, and to metrics.jsonl, which has words for nan."""
    package = Path(__file__).parents[2] / "gan_cli"
    users = {path.relative_to(package).as_posix() for path in package.rglob("*.py") if "json.dump" in path.read_text()}
    assert users <= {
        "disk/json_text.py",
        "telemetry/jsonl.py",
        "session/preflight.py",
        "session/rehearsal.py",
        "benchmark/answers.py",
        "benchmark/process.py",
    }
