"""What a run needs of memory at the least: never more than it really takes, and absurd settings are refused at once."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from found import command, data_of
from torch import nn

from gan_cli import memory
from gan_cli.config.check import Node, check
from gan_cli.config.compose import compose_full, plain
from gan_cli.config.folders import config_dir, groups
from gan_cli.game import Batch, GeneratorInput
from gan_cli.session.assemble import Parts
from gan_cli.session.experiment import experiment
from gan_cli.session.footprint import kept_for_backward, moments_of, refuse_too_large
from gan_cli.shortage import MemoryNeededError

RECIPES = sorted(set(groups([config_dir()])["model"]) - {"none"})
SMALL = ("data=fake", "data.num_samples=48", "trainer.batch_size=8")


@cache
def settings(*overrides: str) -> Node:
    config = plain(compose_full("train", overrides))
    check(config, experiment)
    return config


def saved(network: nn.Module, inputs: torch.Tensor) -> int:
    """Values that autograd keeps of a forward pass, each once; weights apart."""
    own = {p.untyped_storage().data_ptr() for p in network.parameters()}
    kept: dict[int, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        place = tensor.untyped_storage().data_ptr()
        if place not in own:
            kept[place] = tensor.untyped_storage().nbytes() // tensor.element_size()
            alive.append(tensor)
        return tensor

    alive: list[torch.Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        network(inputs)
    return sum(kept.values())


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_is_counted_is_at_most_what_autograd_keeps(recipe: str) -> None:
    data = ("data=ring",) if recipe == "mlp" else command((*SMALL, "data.shape=[1,32,32]"), data_of(recipe))
    parts = Parts(settings(f"model={recipe}", *data, "trainer.batch_size=8"))
    spec = parts.source().spec
    for side in ("generator", "discriminator"):
        network: nn.Module = parts.build(side, spec)
        shape = (8, network.latent.dim) if side == "generator" else (8, *spec.shape)  # type: ignore[attr-defined]
        given = GeneratorInput(torch.randn(shape)) if side == "generator" else Batch(torch.randn(shape))
        counted = kept_for_backward(network, given)
        assert 0 < counted <= saved(network, torch.randn(shape)), side


@pytest.mark.parametrize(("optim", "moments"), [("adam", 2), ("sgd", 0), ("rmsprop", 1)])
def test_moments_are_those_of_the_optimizer(optim: str, moments: int) -> None:
    weights = nn.Parameter(torch.zeros(2))
    assert moments_of(Parts(settings(f"optim={optim}")).build("optim.generator", [weights])) == moments


@pytest.mark.parametrize(
    "overrides",
    [
        ("trainer.batch_size=4000000000",),
        ("telemetry.num_samples=1000000000",),
        ("generator.max_channels=16384", "generator.base_channels=16384"),
        ("discriminator.max_channels=16384", "discriminator.base_channels=16384"),
        ("data=fake", "data.shape=[3,60000,60000]"),
        ("data=ring", "model=mlp", "trainer.batch_size=4000000000"),
        ("data=ring", "model=mlp", f"generator.widths=[{','.join(['16384'] * 16)}]"),
    ],
    ids=" ".join,
)
def test_what_cannot_fit_is_refused_before_a_folder_is_made(refused, monkeypatch, overrides: tuple[str, ...]) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 24 * 2**30)
    message = refused("train", "run=here", *overrides)
    assert "out of memory: at least " in message
    assert "24 GiB are free" in message
    assert f"Make smaller: {overrides[-1].replace('=', ' (now ')})" in message


def test_the_point_of_a_sweep_that_cannot_fit_is_named(refused, monkeypatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 24 * 2**30)
    message = refused("train", "-m", "trainer.batch_size=8,4000000000", "hydra.sweep.dir=here")
    assert "the point trainer.batch_size=4000000000: out of memory: at least" in message


def test_samples_that_cannot_fit_are_refused(trained, refused, monkeypatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 24 * 2**30)
    for asked in ("num=1000000000", "num=4000000000"):
        message = refused("sample", f"run={trained}", asked, "out=there")
        assert "out of memory: at least" in message
        assert f"Make smaller: num (now {asked.partition('=')[2]})" in message


def test_on_a_gpu_only_what_is_made_before_it_counts(monkeypatch) -> None:
    config = settings(*SMALL, "data.shape=[1,32,32]")
    parts = Parts(config)
    spec = parts.source().spec
    networks = [parts.build(side, spec) for side in ("generator", "discriminator")]
    made = 4 * sum(p.numel() for network in networks for p in network.parameters())
    monkeypatch.setattr("gan_cli.runtime._device", lambda name: torch.device("cuda"))
    shown = 2 * 4 * 64 * spec.numel
    monkeypatch.setattr(memory, "free_memory", lambda: made + shown)
    refuse_too_large(config, spec)
    monkeypatch.setattr(memory, "free_memory", lambda: made + shown - 1)
    with pytest.raises(MemoryNeededError):
        refuse_too_large(config, spec)
