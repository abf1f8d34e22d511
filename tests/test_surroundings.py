"""Terminals, environments and places that a library would stumble over; text of others is shown as text."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gan_cli.config.folders import PACKAGE

SMALL = ("trainer.steps=2", "trainer.batch_size=4", "generator.base_channels=4", "discriminator.base_channels=4")
INSPECT = ("inspect", "generator.base_channels=4", "discriminator.base_channels=4")


def start(*command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`gan` in a process of its own, in an environment of its own; bytes, because that is what a terminal gets."""
    words = [sys.executable, "-m", "gan_cli", *command]
    settings = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), **environment}
    return subprocess.run(words, capture_output=True, env=settings, check=False, timeout=100)


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_an_output_that_cannot_show_every_letter(encoding: str) -> None:
    found = start(*INSPECT, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert found.returncode == 0, found.stderr
    text = found.stdout.decode(encoding)
    assert "generator" in text and "discriminator" in text and "rules of DCGAN" in text


def test_columns_of_nothing_and_a_backend_that_is_not_there(gan, monkeypatch, tmp_path: Path) -> None:
    for name, value in {"COLUMNS": "0", "LINES": "x", "MPLBACKEND": "foo"}.items():
        monkeypatch.setenv(name, value)
    result = gan(*INSPECT)
    assert result.code == 0 and max(map(len, result.out.splitlines())) > 60
    assert (
        gan("train", *SMALL, "data=ring", "model=mlp", "generator.widths=[4]", "discriminator.widths=[4]", "run=r").code
        == 0
    )
    assert (tmp_path / "r" / "samples" / "real.png").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_an_output_that_is_full() -> None:
    words = [sys.executable, "-m", "gan_cli", "--help"]
    with open("/dev/full", "wb") as full:
        settings = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
        found = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, env=settings, check=False, timeout=100)
    assert found.returncode == 2
    assert b"no space left on device" in found.stderr and len(found.stderr.splitlines()) <= 3


@pytest.mark.parametrize("name", ["[/x]", "[red]x", "[bold]", "a[link=x]b"])
def test_a_name_that_looks_like_markup_is_shown_as_it_is(gan, tmp_path: Path, name: str) -> None:
    assert f"{name}: 8x8" in gan(*INSPECT, f"name='{name}'").out
    result = gan("train", *SMALL, f"name='{name}'", f"run={name}/r")
    assert result.code == 0, result.err
    assert f"{name}/r" in result.err
    shown = gan("evaluate", f"run={name}/r", "num=20", "figures=false", "metric=energy_distance")
    assert shown.code == 0 and f"{name}/r" in shown.out


def test_a_current_folder_that_is_gone(gan, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for verb in ("train", "compare", "benchmark", "inspect"):
        result = gan(verb)
        assert result.code == 2
        assert result.err == f"gan {verb}: the current folder no longer exists; change to another: cd\n"


def test_escapes_in_a_strangers_files_do_not_reach_the_terminal(gan, here: Path, tmp_path: Path) -> None:
    config = here / "config.yaml"
    config.write_text(config.read_text().replace("name: ", 'name: "\\e[31mred\\a" #'))
    (here / "status.json").write_text((here / "status.json").read_text().replace('"done"', '"do\\u001b[31mne"'))
    wild = tmp_path / "x\x1b[31m"
    shutil.copytree(here, wild)
    for typed in (
        ("compare", str(wild)),
        ("sample", f"run={wild}", "num=2"),
        ("evaluate", f"run={wild}", "num=20", "figures=false"),
    ):
        result = gan(*typed)
        assert "\x1b" not in result.out + result.err and "\a" not in result.out + result.err
