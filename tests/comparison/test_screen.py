"""A comparison on screens of any width: nothing is cut inside a word, the verdict is whole, each row has its folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from run_folders import swept_run, write_run, write_sweep

from gan_cli.arguments import split_arguments
from gan_cli.comparison.compare import comparisons
from gan_cli.comparison.screen import Line, screen
from gan_cli.comparison.table import best
from gan_cli.diagnosis.verdict import name_of

WIDTHS = (40, 60, 80, 100, 130, 200)
STATES = ("discriminator_dominates", "mode_collapse", "balanced", "generator_dominates")


@pytest.fixture
def sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four groups of two seeds, with metrics to spare and one that failed."""
    monkeypatch.chdir(tmp_path)
    folder = Path("outputs/sweep/dcgan-digits/pair")
    points = []
    for place, state in enumerate(STATES):
        at = {
            "generator.base_channels": 8 * (1 + place % 2),
            "balance": ("[ema]", "[ema,r1,instance_noise]")[place // 2],
        }
        more = {f"metric/{name}": 0.5 for name in ("modes", "high_quality", "reverse_kl", "recall")}
        points += [
            swept_run(
                folder, {**at, "seed": seed}, energy=0.1 * place - 0.02 + 0.001 * seed, verdict=state, values=more
            )
            for seed in (0, 1)
        ]
    points.append(
        {"folder": "x", "overrides": ["generator.base_channels=32", "balance=[ema]"], "status": "failed",
         "reason": "out of memory on the second convolution of the discriminator"}
    )  # fmt: skip
    return write_sweep(folder, points)


def spoken(lines: list[Line]) -> list[str]:
    return [f"{line.label}  {line.text}".strip() if line.label else line.text for line in lines]


def shown(folder: Path, width: int) -> list[str]:
    (found,) = comparisons([folder])
    return spoken(list(screen(found, width)))


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_screen_but_paths_and_commands(sweep: Path, width: int) -> None:
    long = [line for line in shown(sweep, width) if len(line) > width]
    assert all("outputs/sweep/" in line or line.endswith("pair/x") for line in long), long


@pytest.mark.parametrize("width", WIDTHS)
def test_every_word_is_whole_at_any_width(sweep: Path, width: int) -> None:
    """What a wide screen says, a narrow one says in the same words, but for what it names as left out."""
    text = " ".join(" ".join(shown(sweep, width)).split())
    for state in STATES:
        assert text.count(name_of(state)) >= 1, (width, state)
    for word in ("energy_distance", "[ema,r1,instance_noise]", "out of memory on the second convolution"):
        assert word in text, (width, word)
    # a title breaks before its dots alone
    assert re.search(r"generator\.base_channels|generator .*\.base_channels", text)


def test_a_middling_screen_names_the_columns_that_it_leaves_out(sweep: Path) -> None:
    heads = {width: shown(sweep, width) for width in (80, 200)}
    hidden = next(line for line in heads[80] if line.startswith("not shown: "))
    assert {"D/G", "time", "modes"} <= set(re.split(r"[ ,;:]+", hidden + " ".join(heads[80])))
    assert "D/G" in " ".join(heads[200]) and "D/G" not in " ".join(" ".join(heads[200]).partition("not shown")[2:])


def test_a_narrow_screen_has_a_card_for_each_group(sweep: Path) -> None:
    lines = shown(sweep, 40)
    assert [line for line in lines if re.fullmatch(r"\d+\.", line)] == ["1.", "2.", "3.", "4.", "5."]
    card = lines[lines.index("1.") : lines.index("2.")]
    assert "verdict  discriminator dominates" in card
    assert any(line.startswith("folder  outputs/sweep/dcgan-digits/pair/") for line in card)


@pytest.mark.parametrize("width", [40, 200])
def test_each_row_names_its_folder_and_the_best_has_a_line_that_samples_it(sweep: Path, width: int) -> None:
    (found,) = comparisons([sweep])
    said = shown(sweep, width)
    for group in found.groups:
        assert any(str(found.leader(group).folder) in line for line in said)
    assert found.best is not None
    run = found.best[1]
    assert run.values["metric/energy_distance"] == -0.02
    told = dict(best(found))
    assert told["best run"] == str(run.folder)
    verb, _, typed = told["sample"].rpartition(" ")
    assert verb == "gan sample"
    (override,) = split_arguments(shlex.split(typed)).overrides
    assert OverridesParser.create().parse_override(override).value() == str(run.folder)
    assert any(told["sample"] in line for line in said)


def test_a_distance_below_zero_is_at_the_floor(sweep: Path) -> None:
    (found,) = comparisons([sweep])
    assert "at the floor of real data" in dict(best(found))["best"]
    assert any(line.startswith("below zero  at the floor of real data") for line in shown(sweep, 200))


def test_what_a_stranger_named_is_shown_as_text(tmp_path: Path) -> None:
    write_run(tmp_path / "a\x1b[31m", {"generator.depth": 1}, ["x.y=\x1b[31m"])
    write_run(tmp_path / "b", {"generator.depth": 2}, ["x.y=[/red]"])
    text = "\n".join(shown(tmp_path, 200))
    assert "\x1b" not in text and "\\x1b[31m" in text and "[/red]" in text
