from __future__ import annotations

import json
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
        ["Linear", "100→8192", "512x4x4", "843,776", "819,200", "Conv", "512→1", "512x4x4", "8,192", "8,192"],
        [
            *("ConvTranspose", "512→256", "256x8x8", "2,097,664", "33,554,432"),
            *("Conv", "256→512", "256x8x8", "2,098,176", "33,554,432"),
        ],
        [
            *("ConvTranspose", "256→128", "128x16x16", "524,544", "33,554,432"),
            *("Conv", "128→256", "128x16x16", "524,800", "33,554,432"),
        ],
        [
            *("ConvTranspose", "128→64", "64x32x32", "131,200", "33,554,432"),
            *("Conv", "64→128", "64x32x32", "131,328", "33,554,432"),
        ],
        [
            *("ConvTranspose", "64→3", "3x64x64", "3,072", "3,145,728"),
            *("Conv", "3→64", "3x64x64", "3,072", "3,145,728"),
        ],
    ]
    assert "BatchNorm, LeakyReLU" in out and "kernel 4, stride 2" in out and "Tanh" in out


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(
    "typed",
    [
        CLAIM_5,
        ("model=hinge_resnet", "data=fake", "data.shape=[3,64,64]"),
        ("model=mlp", "data=ring"),
        ("model=sn_dcgan", "data=fake", "data.shape=[1,16000]", "discriminator.dropout=0.3"),
        ("model=dcgan", "data=fake", "data.shape=[1,32,32,32]"),
        ("model=mlp", "data=digits"),
        ("model=pacgan", "data=digits", "generator=mlp"),
    ],
)
def test_fits_the_terminal(gan, monkeypatch, columns, typed):
    monkeypatch.setenv("COLUMNS", str(columns))
    out = gan("inspect", *typed).out
    lines = out.splitlines()
    assert max(map(len, lines)) <= columns
    assert "…" not in out
    named = [line for line in lines if re.match(r"(Linear|Conv|Residual)", line)]
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


def ask(gan, *typed):
    """The JSON document, which is all that is printed."""
    result = gan("inspect", "--json", *typed)
    assert result.code == 0 and result.err == "", result.err
    return json.loads(result.out)


def test_json_of_the_pair_of_radford_et_al(gan):
    found = ask(gan, *CLAIM_5)
    unknown = dict.fromkeys(("num_classes", "sample_rate", "alphabet", "class_names"))
    assert found["data"] == {
        "shape": [3, 64, 64], "value_range": [-1.0, 1.0], "description": "64x64, 3 channels", **unknown
    }  # fmt: skip
    totals = {side: found[side]["totals"] for side in ("generator", "discriminator")}
    assert totals["generator"] == {"parameters": 3_600_256, "multiply_adds": 104_628_224, "activations": 135_168}
    assert totals["discriminator"] == {"parameters": 2_765_568, "multiply_adds": 103_817_216, "activations": 122_881}
    assert found["generator"]["layers"][1] == {
        "name": "up.0.conv",
        "kind": "ConvTranspose2d 512→256, 4, stride 2",
        "output_shape": [256, 8, 8],
        "parameters": 2_097_664,
        "multiply_adds": 33_554_432,
        "activations": 16_384,
        "followed_by": "BatchNorm2d, ReLU",
    }
    assert [layer["sees"] for layer in found["discriminator"]["layers"]] == [
        [4, 4],
        [10, 10],
        [22, 22],
        [46, 46],
        [64, 64],
    ]
    assert found["receptive_field"] == {
        "last_map": {"positions": [46, 46], "share": [46 / 64, 46 / 64]},
        "logit": {"positions": [64, 64], "share": [1.0, 1.0]},
    }
    assert found["ratios"]["parameters"] == found["symmetry"]["parameter_ratio"] == 2_765_568 / 3_600_256
    assert found["symmetry"]["score"] == 1.0 and "share" in found["symmetry"]["definition"]
    assert [maps["generator"] for maps in found["symmetry"]["maps"]] == [
        [512, 4, 4],
        [256, 8, 8],
        [128, 16, 16],
        [64, 32, 32],
    ]
    assert {rule["verdict"] for rule in found["dcgan_rules"]} == {"kept"} and len(found["dcgan_rules"]) == 6


def test_json_of_points(gan):
    found = ask(gan, "model=vanilla_mirrored", "data=ring")
    assert found["receptive_field"] is None and found["symmetry"]["score"] == 1.0
    assert {(rule["verdict"], rule["override"]) for rule in found["dcgan_rules"]} == {("not applicable", None)}
    assert "not applicable: rules for convolutions" in gan("inspect", "model=vanilla_mirrored", "data=ring").out


def test_json_where_dense_layers_see_all_at_once(gan):
    field = ask(gan, "model=mlp", "data=digits")["receptive_field"]
    assert field == {"last_map": None, "logit": {"positions": [8, 8], "share": [1.0, 1.0]}}


def test_json_of_packs(gan):
    found = ask(gan, "model=dcgan", "balance=[packing]", "balance.packing.samples=4", "data=digits")
    assert found["discriminator"]["samples_per_logit"] == 4
    assert found["discriminator"]["layers"][0]["kind"].startswith("Conv2d 4→64")
    assert found["receptive_field"]["last_map"]["positions"] == [7, 7]
    assert ask(gan, "data=digits")["discriminator"]["samples_per_logit"] == 1


UNLIKE = ("model=dcgan", "data=digits", "generator.base_channels=32")


def test_symmetry_in_words(gan):
    assert "1.00: every hidden map of G returns in D, mirrored" in gan("inspect", "data=digits").out
    out = " ".join(gan("inspect", *UNLIKE).out.split())
    assert "0.00: 0 of 2 hidden maps return in the other network; not G's 64x2x2 against D's 128x2x2" in out


@pytest.mark.parametrize(
    "typed",
    [
        ("model=mlp", "data=digits"),
        ("model=hinge_resnet", "data=mnist"),
        ("model=r3gan", "data=digits"),
        ("model=began", "data=digits"),
        ("model=dcgan", "data=digits", "generator=mlp"),
        ("model=mlp", "data=digits", "discriminator.maxout=5"),
        ("data=digits", "generator.upsampling=linear"),
        ("data=digits", "generator.activation=tanh", "discriminator.activation=silu", "discriminator.stride=1"),
    ],
)
def test_each_override_mends_its_rule(gan, typed):
    broken = [rule for rule in ask(gan, *typed)["dcgan_rules"] if rule["verdict"] == "broken"]
    assert broken and all(rule["override"] for rule in broken)
    out = " ".join(gan("inspect", *typed).out.split())
    for rule in broken:
        assert f"mended by {rule['override']}" in out
        command = (*typed, *rule["override"].split())
        if rule["refused"]:
            assert gan("inspect", *command).code == 2
            continue
        after = {found["rule"]: found["verdict"] for found in ask(gan, *command)["dcgan_rules"]}
        assert after[rule["rule"]] == "kept", command


def test_an_override_that_a_technique_refuses_says_so(gan):
    (rule,) = (rule for rule in ask(gan, "model=wgan_gp", "data=digits")["dcgan_rules"] if rule["verdict"] == "broken")
    assert rule["override"] == "discriminator.norm=batch" and "batch norm ties the samples" in rule["refused"]
    out = " ".join(gan("inspect", "model=wgan_gp", "data=digits").out.split())
    assert "mended by discriminator.norm=batch, refused here: batch norm ties" in out


def test_all_overrides_together_make_a_dcgan(gan):
    typed = ("model=hinge_resnet", "data=mnist")
    overrides = [rule["override"] for rule in ask(gan, *typed)["dcgan_rules"] if rule["override"]]
    found = ask(gan, *typed, *" ".join(overrides).split())
    assert {rule["verdict"] for rule in found["dcgan_rules"]} == {"kept"} and found["symmetry"]["score"] == 1.0


@pytest.mark.parametrize(
    "technique", ["packing", "minibatch_stddev", "diff_augment", "adaptive_augment", "instance_noise"]
)
def test_a_dressed_discriminator_is_laid_out_too(gan, technique):
    found = ask(gan, "data=digits", f"balance=[{technique}]")
    assert found["receptive_field"]["logit"]["share"] == [1.0, 1.0]
    assert found["discriminator"]["totals"]["parameters"] > 0


def test_an_encoder_has_a_column(gan):
    result = gan("inspect", "model=ali", "data=digits")
    assert result.code == 0, result.err
    assert row(result.out, "per sample") == ["per", "sample", "generator", "discriminator", "encoder", "D", "/", "G"]
    assert row(result.out, "parameters")[1:4] == ["184,960", "355,841", "234,952"]
    assert "encoder ↑" in result.out and "Read G downwards and D and E upwards" in result.out
    assert "mended by encoder=null" in result.out, "D's dense layers are those that see codes"
    found = ask(gan, "model=ali", "data=digits")
    assert found["encoder"]["totals"]["parameters"] == 234_952
    assert [layer["output_shape"] for layer in found["encoder"]["layers"]] == [[64, 4, 4], [128, 2, 2], [200]]


def test_no_column_without_an_encoder(gan):
    result = gan("inspect", "data=digits")
    assert "encoder" not in result.out and "Read G downwards and D upwards" in result.out
    assert ask(gan, "data=digits")["encoder"] is None


@pytest.mark.parametrize("typed", [("train", "--json"), ("inspect", "--jsno")])
def test_json_is_refused_where_there_is_none(refused, typed):
    assert "--json" in refused(*typed)


def test_one_question_at_a_time(refused):
    assert "-m: gan inspect answers one question at a time" in refused("inspect", "--json", "-m", "seed=1,2")


def test_help_and_completion_know_the_flag(gan, monkeypatch):
    assert re.search(r"^  --json  +\S", gan("inspect", "--help").out, re.MULTILINE)
    assert "--json" not in gan("train", "--help").out
    for verb, known in (("inspect", True), ("train", False)):
        monkeypatch.setenv("COMP_LINE", f"gan {verb} --j")
        assert ("--json" in gan("-sc", "query=bash").out) is known
