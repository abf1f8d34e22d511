"""The GPU check itself: its smallest form on the CPU, and what it says where there is no GPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

CHECK = Path(__file__).with_name("check.py")


def check(folder: Path, *flags: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(CHECK), *flags],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so_and_ends_with_2(tmp_path) -> None:
    result = check(tmp_path)
    assert (result.returncode, result.stderr) == (2, "")
    assert result.stdout == "gpu-check: no GPU here that torch can use; nothing was checked\n"
    assert list(tmp_path.iterdir()) == []


def test_the_smallest_form_on_the_cpu(tmp_path) -> None:
    result = check(tmp_path, "--device", "cpu", "--smallest", OUT="")
    found = json.loads((tmp_path / "outputs/gpu-check/gpu.json").read_text())
    assert result.returncode == 0, result.stdout + (tmp_path / "outputs/gpu-check/gpu.log").read_text()
    assert found["ok"] and found["complete"]
    assert list(found["parts"]) == [
        "device",
        "deterministic",
        "steps",
        "profile",
        "together",
        "train",
        "benchmark",
        "tests",
    ]
    assert all(part["ok"] for part in found["parts"].values())
    assert found["parts"]["deterministic"]["tensors"] > 20
    assert found["parts"]["steps"]["ms"]["8x8"]["off"] > 0
    assert found["parts"]["together"]["ms"]["8x8"]["2"] > 0
    assert found["parts"]["train"]["steps"] == 6 and found["parts"]["train"]["metric/energy_distance"] > -1
    assert found["parts"]["benchmark"]["ratio_28"] > 0
    assert found["parts"]["tests"]["passed"] == 1
    assert {"gpu.json", "gpu.log", "final_grid.png"} == {p.name for p in (tmp_path / "outputs/gpu-check").iterdir()}


@pytest.mark.slow
def test_a_part_that_fails_does_not_end_the_others(tmp_path) -> None:
    broken = tmp_path / "here"
    broken.mkdir()
    (broken / "torchvision.py").write_text("raise ImportError('broken')\n")  # what the plain loop imports
    out = tmp_path / "out"
    result = check(tmp_path, "--device", "cpu", "--smallest", OUT=str(out), PYTHONPATH=str(broken))
    found = json.loads((out / "gpu.json").read_text())
    assert result.returncode == 1 and not found["ok"] and found["complete"]
    assert found["parts"]["device"]["ok"] and found["parts"]["deterministic"]["ok"]
    assert not found["parts"]["benchmark"]["ok"] and found["parts"]["benchmark"]["error"]
    assert "benchmark     FAILED" in result.stdout
