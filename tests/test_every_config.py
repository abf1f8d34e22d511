"""Every YAML of every group, found by itself: says what it is, says all its settings, composes, builds and trains."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from found import data_of
from omegaconf import OmegaConf
from PIL import Image

from gan_cli.config.check import check
from gan_cli.config.compose import compose_full, plain
from gan_cli.config.folders import config_dir, groups, meaning
from gan_cli.config.signature import parameters_of, settings_of
from gan_cli.config.targets import resolve, resolve_trusted
from gan_cli.data.download.downloaded import Downloaded
from gan_cli.data.stacked_mnist import StackedMNIST
from gan_cli.help import verbs
from gan_cli.session.assemble import Parts
from gan_cli.session.experiment import experiment
from gan_cli.session.play import play
from gan_cli.session.preflight import rehearse

CHOICES = {
    f"{group}={choice}": path for group, paths in groups([config_dir()]).items() for choice, path in paths.items()
}
OURS = {override: path for override, path in CHOICES.items() if not override.startswith("hydra/")}
PRIMARIES = sorted(config_dir().glob("*.yaml"))

SMALL = [
    "trainer.steps=2",
    "trainer.batch_size=4",
    "telemetry.every=1",
    "telemetry.num_samples=4",
    "telemetry.samples_every=2",
    "generator.base_channels=4",
    "discriminator.base_channels=4",
    "runtime.device=cpu",
    "runtime.precision=float32",
]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    handlers = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers[:] = handlers
    torch.use_deterministic_algorithms(False)


def photographs(folder: Path) -> Path:
    folder.mkdir()
    for index in range(6):
        Image.new("RGB", (20 + index, 24), (40 * index, 100, 20)).save(folder / f"{index}.png")
    return folder


def grids(folder: Path) -> Path:
    folder.mkdir()
    np.savez(folder / "chairs.npz", voxels=np.random.default_rng(0).random((12, 12, 10, 8)) < 0.3)
    return folder


def recordings(folder: Path) -> Path:
    folder.mkdir()
    for index in range(6):
        soundfile.write(folder / f"{index}.flac", np.sin(np.arange(3000) * (0.1 + 0.02 * index)), 8000)
    return folder


def names(path: Path) -> Path:
    path.write_text("".join(f"{first}{last}\n" for first in ("Ann", "Bob", "Eve") for last in ("ie", "y", "son")))
    return path


def overrides_for(choice: str, folder: Path) -> list[str]:
    group, _, name = choice.partition("=")
    special = {
        "data=folder": [f"data.root={photographs(folder / 'photos')}", "data.size=16"],
        "data=voxels": [f"data.root={grids(folder / 'grids')}"],
        "data=text": [f"data.root={names(folder / 'names.txt')}"],
        "data=fake": ["data.num_samples=16"],
        "data=solids": ["data.num_samples=64"],  # too few for a classifier, which takes half a minute
        "data=chirps": ["data.num_samples=64"],
        "generator=harmonics": ["data=chirps", "data.num_samples=64", "discriminator=conv"],
        "generator=oscillators": ["data=chirps", "data.num_samples=64", "discriminator=conv"],
        "discriminator=spectrogram": ["data=chirps", "data.num_samples=64", "generator=conv"],
        "data=sounds": [f"data.root={recordings(folder / 'recordings')}", "data.length=1024"],
        "data=speech_commands": ["data.limit=48", "metric.measures.frechet_classifier=null"],
        "data=fsdd": ["metric.measures.frechet_classifier=null"],
        "balance=gradient_penalty": ["discriminator.norm=layer"],
        "balance=dragan": ["discriminator.norm=layer"],
        "balance=began": ["model=began"],
        "balance=cycle": ["encoder=conv"],
        "generator=text": ["data=colours", "discriminator=text"],
        "discriminator=text": ["data=colours", "generator=text"],
        "experiment=stacked_mnist": ["data.size=8", "data.num_samples=20"],
        "experiment=pair_64": ["metric.measures.frechet_classifier=null"],  # its classifier takes minutes at 64x64
    }
    if group == "model":
        special[choice] = list(data_of(name))
    narrow = [word for word in SMALL if not word.startswith(f"{group}.") or _has(CHOICES[choice], word)]
    return [f"balance=[{name}]" if group == "balance" else choice, *special.get(choice, []), *narrow]


def _has(path: Path, override: str) -> bool:
    """Whether a choice has the setting that an override of its group is for; a network may have no width."""
    return override.partition("=")[0].partition(".")[2] in path.read_text(encoding="utf-8")


def is_here(source: object) -> bool:
    """Whether the data can be had without a network."""
    source = source.digits if isinstance(source, StackedMNIST) else source
    return not isinstance(source, Downloaded) or source.is_here


@pytest.mark.parametrize("choice", OURS)
def test_composes_builds_and_trains(choice: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    typed = [*overrides_for(choice, tmp_path), f"run={folder}"]
    config = plain(compose_full("train", typed))
    if Parts(config).source().spec.ndim == 0:
        config = plain(compose_full("train", ["model=mlp", *typed]))
    check(config, experiment)
    rehearse(config)
    if not is_here(Parts(config).source()):
        pytest.skip("composed, checked and built; GAN_DATA_ROOT holds no data to train on")
    folder.mkdir()
    ending = play(config, [], folder)
    assert (ending.exit_code, ending.outcome.status, ending.outcome.step) == (0, "done", 2)
    assert (folder / "checkpoints" / "step_00000002.pt").is_file()


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_composes(verb: str) -> None:
    schema = resolve(__import__(f"gan_cli.commands.{verb}", fromlist=["SCHEMA"]).SCHEMA)
    given = ["run=somewhere"] if "run" in settings_of(schema) else []
    check(plain(compose_full(verb, given)), schema)


@pytest.mark.parametrize("path", [*PRIMARIES, *CHOICES.values()], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_first_line_says_what_it_is(path: Path) -> None:
    words = meaning(path).split()
    assert len(words) >= 3, f"{path}: the first comment line is its meaning in `gan <verb> --help`"
    assert len(meaning(path)) <= 120


def nodes_of(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping with a `_target_` inside a YAML file."""
    if isinstance(value, dict):
        if "_target_" in value:
            yield value
        for inner in value.values():
            yield from nodes_of(inner)


def load(path: Path) -> list[dict[str, Any]]:
    return list(nodes_of(OmegaConf.to_container(OmegaConf.load(path), resolve=False)))


WITH_TARGET = {choice: path for choice, path in OURS.items() if load(path)}


def test_most_files_name_a_class() -> None:
    assert len(WITH_TARGET) >= 25


@pytest.mark.parametrize("choice", WITH_TARGET)
def test_every_setting_is_written_out(choice: str) -> None:
    for node in load(WITH_TARGET[choice]):
        target = resolve_trusted(node["_target_"])
        given = {name: value for name, value in node.items() if name != "_target_"}
        assert set(given) == set(settings_of(target)), "exactly the settings of the signature"
        parameters = parameters_of(target)
        for name, value in given.items():
            default = parameters[name].default
            if default is not inspect.Parameter.empty:
                assert value == (list(default) if isinstance(default, tuple) else default), name
                assert isinstance(value, type(default)) or isinstance(default, tuple), (
                    f"{name}: spell it as {default!r}"
                )


def test_yaml_has_no_word_that_means_true_or_false() -> None:
    """`n`, `y`, `on`, `off`, `yes` and `no` as keys would be read as booleans."""
    for path in [*PRIMARIES, *CHOICES.values()]:
        lines = path.read_text(encoding="utf-8").splitlines()
        keys = {line.strip().partition(":")[0].lower() for line in lines if not line.lstrip().startswith("#")}
        assert not keys & {"n", "y", "on", "off", "yes", "no"}, path
