"""Steps with compiled networks, by a compiler's back end that needs no GPU and no C++."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from real_run import open_run, settings_with
from torch import Tensor, nn

from gan_cli.config.check import Node
from gan_cli.runtime import Runtime

STEPS = 4


def weights_after(config: Node) -> Tensor:
    """Return all weights after some steps."""
    trainer, gan = open_run(config)
    for step in range(STEPS):
        trainer._execution.play(step)
    return torch.cat([p.detach().flatten() for side in gan.players.values() for p in side.network.parameters()])


@pytest.mark.parametrize(
    "techniques",
    [["ema"], ["r1", "gradient_penalty", "unrolled"]],
    ids=["averages", "gradients of gradients"],
)
def test_compiled_networks_train_to_the_same_weights(techniques: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    config = settings_with(techniques, "generator.norm=layer")
    plain = weights_after(config)
    compiled: list[nn.Module] = []

    def compile_(self: Runtime, network: nn.Module) -> object:
        compiled.append(network)
        return torch.compile(network, dynamic=False, backend="aot_eager")

    monkeypatch.setattr(Runtime, "compiled", compile_)
    found = weights_after(config)
    assert len(compiled) == 2
    assert torch.allclose(found, plain, atol=1e-6)
    assert not torch.equal(plain, weights_after({**config, "seed": 1}))


@pytest.mark.parametrize(("settings", "compiles"), [({}, False), ({"compile": "auto"}, False)])
def test_a_cpu_compiles_nothing(settings: dict[str, str], compiles: bool) -> None:
    network = nn.Linear(1, 1)
    assert (Runtime(device="cpu", **settings).compiled(network) is not network) is compiles  # type: ignore[arg-type]


def test_auto_compiles_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = Runtime(device="cpu", compile="auto")
    runtime.device = torch.device("cuda")
    asked: list[nn.Module] = []
    monkeypatch.setattr(torch, "compile", partial(lambda network, dynamic: asked.append(network)))
    network = nn.Linear(1, 1)
    runtime.compiled(network)
    assert asked == [network]
