from __future__ import annotations

import re
import subprocess
import sys

import pytest

from gan_cli.commands.inspect import abbreviate
from gan_cli.config.folders import PACKAGE

CLAIM_5 = ("model=dcgan", "data=fake", "data.shape=[3,64,64]")


def row(text: str, label: str) -> list[str]:
    """The words of the line that begins with `label`."""
    return next(line.split() for line in text.splitlines() if line.startswith(label))


def test_the_pair_of_radford_et_al(gan):
    result = gan("inspect", *CLAIM_5)
    assert result.code == 0, result.err
    assert row(result.out, "parameters") == ["parameters", "3,600,256", "2,765,568", "0.77"]
    assert row(result.out, "multiply-adds") == ["multiply-adds", "104,628,224", "103,817,216", "0.99"]
    assert row(result.out, "activations") == ["activations", "135,168", "122,881", "0.91"]
    assert result.out.startswith("dcgan-fake: 64x64, 3 channels\n")


def test_layers_face_their_mirror(gan, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    out = gan("inspect", *CLAIM_5).out
    heads = [line.split() for line in out.splitlines() if re.match(r"(Linear|Conv)", line)]
    assert heads == [
        ["Linear", "100→8192", "512x4x4", "843,776", "819,200", "Conv", "512→1", "1x1x1", "8,192", "8,192"],
        [
            *("ConvTranspose", "512→256", "256x8x8", "2,097,664", "33,554,432"),
            *("Conv", "256→512", "512x4x4", "2,098,176", "33,554,432"),
        ],
        [
            *("ConvTranspose", "256→128", "128x16x16", "524,544", "33,554,432"),
            *("Conv", "128→256", "256x8x8", "524,800", "33,554,432"),
        ],
        [
            *("ConvTranspose", "128→64", "64x32x32", "131,200", "33,554,432"),
            *("Conv", "64→128", "128x16x16", "131,328", "33,554,432"),
        ],
        [
            *("ConvTranspose", "64→3", "3x64x64", "3,072", "3,145,728"),
            *("Conv", "3→64", "64x32x32", "3,072", "3,145,728"),
        ],
    ]
    assert "BatchNorm, LeakyReLU" in out and "kernel 4, stride 2" in out and "Tanh" in out


@pytest.mark.parametrize("columns", [80, 100, 120])
@pytest.mark.parametrize(
    "typed",
    [
        CLAIM_5,
        ("model=hinge_resnet", "data=fake", "data.shape=[3,64,64]"),
        ("model=mlp", "data=ring"),
        ("model=sn_dcgan", "data=fake", "data.shape=[1,16000]", "discriminator.dropout=0.3"),
    ],
)
def test_fits_the_terminal(gan, monkeypatch, columns, typed):
    monkeypatch.setenv("COLUMNS", str(columns))
    out = gan("inspect", *typed).out
    lines = out.splitlines()
    assert max(map(len, lines)) <= columns
    assert "…" not in out
    named = [line for line in lines if "→" in line]
    assert all(re.search(r"\d+(→)\d+ ", line) for line in named), "a layer's channels stand on one line with its name"
    assert ("multiply-adds" in lines[2]) == (columns >= 116)


def test_width_without_a_terminal():
    environment = {"PATH": "", "GOMP_SPINCOUNT": "5000"}
    command = [sys.executable, "-m", "gan_cli", "inspect", *CLAIM_5]
    out = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=PACKAGE.parent, check=True
    ).stdout
    assert "2.1M" in out and "2,097,664" not in out  # the layout for less than 116 columns ...
    assert "3,600,256" in out and "2,765,568" in out  # ... whose sums are exact all the same


def test_nothing_is_written(gan, tmp_path):
    gan("inspect", *CLAIM_5)
    assert list(tmp_path.iterdir()) == []


def test_follows_the_settings(gan):
    out = gan("inspect", "model=mlp", "data=ring", "generator.widths=[3]", "discriminator.widths=[5]").out
    generator = 100 * 3 + 2 * 3 + 3 * 2 + 2  # no bias in front of batch norm
    discriminator = 2 * 5 + 5 + 5 + 1
    ratio = f"{discriminator / generator:.2f}"
    assert row(out, "parameters") == ["parameters", str(generator), str(discriminator), ratio]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (3072, "3.1k"),
        (999_949, "999.9k"),
        (999_950, "1.0M"),
        (2_097_664, "2.1M"),
        (33_554_432, "33.6M"),
        (1_845_493_760, "1.8G"),
    ],
)
def test_abbreviate(count, text):
    assert abbreviate(count) == text
