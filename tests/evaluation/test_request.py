"""Where the pictures of an evaluation go."""

from __future__ import annotations

from pathlib import Path

import pytest

from gan_cli.evaluation.request import EvaluationRequest


def place(run: str, out: str | None = None) -> str:
    asked = EvaluationRequest(
        run=run, data={}, metric={"measures": {}}, num=2, split="holdout", seed=0, range=None, checkpoint=None,
        ema=True, json=None, figures=True, out=out, device="cpu",
    )  # fmt: skip
    return asked.place.as_posix()


def test_files_of_one_name_do_not_share_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "b", "fakes.v2", "run"):
        (tmp_path / folder).mkdir()
    (tmp_path / "run" / "config.yaml").touch()
    assert place("a/samples.npz") == "outputs/evaluate/a/samples"
    assert place("b/samples.npz") == "outputs/evaluate/b/samples"
    assert place("samples.npz") == f"outputs/evaluate/{tmp_path.name}/samples"
    assert place("fakes.v2") == place("fakes.v2/") == "outputs/evaluate/fakes.v2"
    assert place("a/../samples.npz") == f"outputs/evaluate/{tmp_path.name}/samples"
    assert place("../samples.npz") == f"outputs/evaluate/{tmp_path.parent.name}/samples"
    assert place("run") == "run/evaluated" and place("run", out="here") == "here"
