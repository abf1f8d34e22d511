"""Gauges: hand-computed accuracies and norms, against naive versions, without waiting for the device."""

import pytest
import torch
from torch import nn

from gan_cli.diagnosis.step_gauges import grad_norm, measure, pairwise_accuracy


def test_hand_computed():
    gauges = measure(torch.tensor([2.0, 1.0, -1.0, 0.5]), torch.tensor([-2.0, 1.0]), cut=0.0)
    assert {tag: value.item() for tag, value in gauges.items()} == pytest.approx(
        {
            "logits/real": 0.625,
            "logits/fake": -0.5,
            "accuracy/real": 0.75,
            "accuracy/fake": 0.5,
            "accuracy/discriminator": 0.625,
            "accuracy/pairwise": (4 + 1 + 0.5) / 8,  # all beat -2; 2 beats 1; 1 ties with 1
        }
    )
    assert all(value.shape == () and value.dtype == torch.float32 for value in gauges.values())


def test_the_cut_moves_and_is_on_no_side():
    gauges = measure(torch.tensor([0.4, 0.5, 0.6]), torch.tensor([0.4, 0.5, 0.6]), cut=0.5)
    assert gauges["accuracy/real"].item() == pytest.approx(1 / 3)
    assert gauges["accuracy/fake"].item() == pytest.approx(1 / 3)


@pytest.mark.parametrize(("reals", "fakes"), [(1, 1), (7, 5), (64, 64)])
def test_pairwise_accuracy_equals_the_count_over_all_pairs(reals, fakes):
    draw = torch.Generator().manual_seed(reals)
    real = torch.randint(-4, 6, (reals,), generator=draw).float()  # many ties
    fake = torch.randint(-6, 4, (fakes,), generator=draw).float()
    naive = ((real[:, None] > fake) + 0.5 * (real[:, None] == fake)).mean()
    assert pairwise_accuracy(real, fake).item() == pytest.approx(naive.item())


def test_half_precision_logits_are_widened():
    real = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.bfloat16, requires_grad=True)
    gauges = measure(real, -real, cut=0.0)
    assert gauges["logits/real"].item() == 2.5
    assert gauges["accuracy/pairwise"].item() == 1.0
    assert not any(value.requires_grad for value in gauges.values())


def test_grad_norm_of_gradients_and_of_parameters():
    assert grad_norm([torch.tensor([3.0]), torch.tensor([[0.0, 4.0]])]).item() == 5.0
    with_gradient, without = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    (with_gradient * torch.tensor([6.0, 8.0])).sum().backward()
    assert grad_norm([with_gradient, without]).item() == 10.0
    assert grad_norm(iter([without])).item() == 0.0


def test_nothing_is_read_on_the_host():
    # tensors on `meta` have no values: .item(), bool() and .cpu() raise
    real, fake = torch.randn(8, device="meta"), torch.randn(8, device="meta")
    assert all(value.shape == () for value in measure(real, fake, cut=0.0).values())
    assert grad_norm([real, fake]).shape == ()
