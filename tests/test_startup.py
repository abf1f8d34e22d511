"""Something is said within a second of the start, before torch is loaded, however long that takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gan_cli import startup

SLOW_TORCH = """
import sys, time
print("torch begins", file=sys.stderr, flush=True)
time.sleep(20)
"""


@pytest.mark.parametrize("typed", [("train",), ("train", "-m", "seed=0,1"), ("sample", "run=x")])
def test_the_first_line_stands_before_torch_is_loaded(tmp_path: Path, typed: tuple[str, ...]) -> None:
    (tmp_path / "torch.py").write_text(SLOW_TORCH)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "gan_cli", *typed]
    started = time.monotonic()
    with subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        waited = time.monotonic() - started
        second = process.stderr.readline()
        process.kill()
    assert re.fullmatch(r"\[\d\d:\d\d:\d\d\] loading torch\n", first)
    assert second == "torch begins\n"
    assert waited < 3.0  # a second on a machine that has nothing else to do


def test_it_is_said_once_and_not_where_torch_is_there_already(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "_settled", startup.threading.Event())
    startup.announce_torch()
    assert capsys.readouterr().err == ""
    monkeypatch.delitem(sys.modules, "torch")
    startup.announce_torch()
    startup.announce_torch()
    assert capsys.readouterr().err.count("loading torch") == 1


def test_what_was_refused_at_once_is_not_followed_by_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "_settled", startup.threading.Event())
    monkeypatch.setattr(startup, "_PATIENCE", 0.05)
    monkeypatch.delitem(sys.modules, "torch")
    startup.expect_torch()
    startup.cancel_announcement()
    time.sleep(0.2)
    assert capsys.readouterr().err == ""
