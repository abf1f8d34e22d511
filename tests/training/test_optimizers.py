from __future__ import annotations

import pytest
import torch
from found import OPTIMIZERS

from gan_cli.training.gan import Player, descend
from gan_cli.training.optimizers import SGD, Adam, RMSprop

START = torch.zeros((), dtype=torch.int64)


def quadratic(optimizer_class: type, **settings: float) -> torch.Tensor:
    """Three steps on x^2 / 2 from x = 1."""
    x = torch.nn.Parameter(torch.ones(1))
    optimizer = optimizer_class([x], **settings)
    for _ in range(3):
        optimizer.zero_grad()
        (x.square().sum() / 2).backward()
        optimizer.step()
    return x.detach()


def test_sgd_by_hand() -> None:
    torch.testing.assert_close(quadratic(SGD, lr=0.1), torch.tensor([0.9**3]))


def test_adam_moves_by_its_rate() -> None:
    # with a gradient of one sign, Adam's first steps are almost exactly lr long
    torch.testing.assert_close(quadratic(Adam, lr=0.01), torch.tensor([0.97]), atol=1e-3, rtol=0)


def test_rmsprop_by_hand() -> None:
    x, square = 1.0, 0.0
    for _ in range(3):
        square = 0.99 * square + 0.01 * x * x
        x -= 1e-3 * x / (square**0.5 + 1e-8)
    torch.testing.assert_close(quadratic(RMSprop, lr=1e-3), torch.tensor([x]))


@pytest.mark.parametrize("optimizer_class", OPTIMIZERS)
def test_a_gate_holds_a_network_where_it_is(optimizer_class: type) -> None:
    network = torch.nn.Linear(2, 1)
    player = Player(network, optimizer_class(network.parameters(), lr=0.1))
    before = network.weight.detach().clone()
    inputs = torch.ones(4, 2)
    descend([player], network(inputs).mean(), step=START, clip=None, gates=[torch.ones(()), torch.zeros(())])
    assert torch.equal(network.weight, before)
    descend([player], network(inputs).mean(), step=START, clip=None, gates=[torch.ones(())])
    assert not torch.equal(network.weight, before)


@pytest.mark.parametrize("optimizer_class", OPTIMIZERS)
def test_a_rate_may_begin_at_nothing(optimizer_class: type) -> None:
    moved = []
    for rate in ({"start": 0.0, "end": 0.2, "steps": 10}, 0.1):
        network = torch.nn.Linear(2, 1)
        torch.nn.init.ones_(network.weight)
        player = Player(network, optimizer_class(network.parameters(), lr=rate))
        for step in (0, 5):
            before = network.weight.detach().clone()
            descend([player], network(torch.ones(4, 2)).mean(), step=torch.tensor(step), clip=None)
            moved.append(network.weight.detach() - before)
    assert torch.equal(moved[0], torch.zeros(1, 2))
    torch.testing.assert_close(moved[1], moved[3], atol=1e-6, rtol=1e-5)  # half way to 0.2


def test_momentum_begins_with_the_first_step_that_is_not_held() -> None:
    network = torch.nn.Linear(2, 1)
    optimizer = SGD(network.parameters(), lr=0.1, momentum=0.9)
    player = Player(network, optimizer)
    descend([player], network(torch.ones(4, 2)).mean(), step=START, clip=None, gates=[torch.zeros(())])
    assert all(not state["momentum_buffer"].any() for state in optimizer.state.values()) and optimizer.state
    before = network.weight.detach().clone()
    descend([player], network(torch.ones(4, 2)).mean(), step=START, clip=None, gates=[torch.ones(())])
    torch.testing.assert_close(before - network.weight.detach(), torch.full((1, 2), 0.1))


def test_layers_that_their_author_has_frozen_stay_so() -> None:
    network = torch.nn.Sequential(torch.nn.Linear(2, 2).requires_grad_(False), torch.nn.Linear(2, 1))
    player = Player(network, Adam(network.parameters()))
    with player.frozen():
        assert not any(weights.requires_grad for weights in network.parameters())
    assert [weights.requires_grad for weights in network.parameters()] == [False, False, True, True]


def test_clipping_bounds_the_step_but_not_the_report() -> None:
    network = torch.nn.Linear(2, 1, bias=False)
    player = Player(network, SGD(network.parameters(), lr=1.0))
    before = network.weight.detach().clone()
    norm = descend([player], (network(torch.tensor([[3.0, 4.0]]))).sum(), step=START, clip=1.0, gates=[])
    torch.testing.assert_close(norm, torch.tensor(5.0))
    torch.testing.assert_close(before - network.weight.detach(), torch.tensor([[0.6, 0.8]]), atol=1e-5, rtol=0)
