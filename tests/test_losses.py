"""Adversarial losses: hand-computed numbers, direction of the gradient, ideal values, stability."""

import math

import pytest
import torch
from found import LOSSES

from gan_cli.losses import Hinge, LeastSquares, Minimax, NonSaturating, Relativistic, Wasserstein

by_name = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)

LOG3 = math.log(3.0)  # s(log 3) = 3/4, softplus(log 3) = log 4, softplus(-log 3) = log(4/3)


def logits(*values: float) -> torch.Tensor:
    return torch.tensor(values, requires_grad=True)


@pytest.mark.parametrize(
    ("loss", "discriminator", "generator"),
    [
        # D(x) = log 3 (3/4 real), D(G(z)) = -log 3 (1/4 real)
        (NonSaturating(), 2 * math.log(4 / 3), math.log(4)),
        (NonSaturating(smoothing=0.1), 0.9 * math.log(4 / 3) + 0.1 * math.log(4) + math.log(4 / 3), math.log(4)),
        (Minimax(), 2 * math.log(4 / 3), -math.log(4 / 3)),
        (Minimax(smoothing=0.1), 0.9 * math.log(4 / 3) + 0.1 * math.log(4) + math.log(4 / 3), -math.log(4 / 3)),
        (LeastSquares(), (LOG3 - 1) ** 2 + LOG3**2, (LOG3 + 1) ** 2),
        (LeastSquares(smoothing=0.2), (LOG3 - 0.8) ** 2 + LOG3**2, (LOG3 + 1) ** 2),
        (Hinge(), 0.0, LOG3),
        (Wasserstein(), -2 * LOG3, LOG3),
        (Relativistic(), math.log(1 + 1 / 9), math.log(10)),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, float) else "",
)
def test_hand_computed_values(loss, discriminator, generator):
    real, fake = torch.tensor([LOG3]), torch.tensor([-LOG3])
    assert loss.discriminator(real, fake).item() == pytest.approx(discriminator, rel=1e-5, abs=1e-6)
    assert loss.generator(fake, real).item() == pytest.approx(generator, rel=1e-5, abs=1e-6)


def test_losses_are_means_over_the_batch():
    real, fake = torch.tensor([2.0, 0.0]), torch.tensor([0.5, -0.5, -3.0])
    assert Hinge().discriminator(real, fake).item() == pytest.approx((0 + 1) / 2 + (1.5 + 0.5 + 0) / 3)
    assert LeastSquares().discriminator(real, fake).item() == pytest.approx((1 + 1) / 2 + (0.25 + 0.25 + 9) / 3)


@by_name
def test_discriminator_raises_real_and_lowers_fake_logits(loss):
    real, fake = logits(0.1, 0.2), logits(0.3, 0.4)
    value = loss.discriminator(real, fake)
    assert value.shape == ()
    value.backward()
    assert (real.grad < 0).all()
    assert (fake.grad > 0).all()


@by_name
def test_generator_raises_fake_logits(loss):
    fake = logits(0.3, -0.4)
    value = loss.generator(fake, torch.tensor([0.1, 0.2]) if loss.compares_pairs else None)
    assert value.shape == ()
    value.backward()
    assert (fake.grad < 0).all()


def test_only_minimax_saturates_where_the_discriminator_is_sure():
    slopes = {}
    for loss in (NonSaturating(), Minimax()):
        fake = logits(-10.0)
        loss.generator(fake).backward()
        slopes[type(loss)] = abs(fake.grad.item())
    assert slopes[NonSaturating] == pytest.approx(1.0, abs=1e-4)
    assert slopes[Minimax] == pytest.approx(math.exp(-10), rel=1e-3)


@by_name
def test_ideal_is_the_loss_of_a_discriminator_that_cannot_tell(loss):
    undecided = torch.full((4,), loss.real_cut)
    value = loss.discriminator(undecided, undecided).item()
    assert value == pytest.approx(0.0 if loss.ideal is None else loss.ideal)


def test_published_ideals():
    assert Wasserstein().ideal is None
    ideals = [loss().ideal for loss in (NonSaturating, Minimax, LeastSquares, Hinge, Relativistic)]
    assert ideals == pytest.approx([math.log(4), math.log(4), 0.5, 2.0, math.log(2)])


@pytest.mark.parametrize("loss", [NonSaturating(smoothing=0.2), Minimax(smoothing=0.2), LeastSquares(smoothing=0.2)])
def test_ideal_with_smoothing_is_the_minimum_at_equal_distributions(loss):
    answers = torch.linspace(-3, 3, 6001)
    values = torch.stack([loss.discriminator(answer, answer) for answer in answers[:, None]])
    assert values.min().item() == pytest.approx(loss.ideal, abs=1e-5)


def test_smoothing_pulls_sure_real_logits_back_and_leaves_fakes_alone():
    for loss, optimum in ((NonSaturating(smoothing=0.1), math.log(9)), (LeastSquares(smoothing=0.1), 0.9)):
        real, fake = logits(optimum), logits(-2.0)
        loss.discriminator(real, fake).backward()
        assert real.grad.item() == pytest.approx(0.0, abs=1e-6)
        plain = logits(-2.0)
        type(loss)().discriminator(logits(optimum), plain).backward()
        assert fake.grad.item() == plain.grad.item()


@by_name
@pytest.mark.parametrize("size", [100.0, -100.0])
def test_stable_at_large_logits(loss, size):
    real, fake = logits(size), logits(-size)
    (loss.discriminator(real, fake) + loss.generator(fake, real)).backward()
    assert torch.isfinite(real.grad).all()
    assert torch.isfinite(fake.grad).all()
    # far on the wrong side a loss must be large, not clipped as a sigmoid followed by a logarithm would
    assert loss.discriminator(torch.tensor([-100.0]), torch.tensor([100.0])).item() >= 199.9


def test_relativistic_pairs_by_position():
    real, fake = torch.tensor([5.0, -5.0]), torch.tensor([4.0, -4.0])
    expected = (math.log1p(math.exp(-1)) + math.log1p(math.exp(1))) / 2
    assert Relativistic().discriminator(real, fake).item() == pytest.approx(expected)
    with pytest.raises(ValueError, match="compares pairs"):
        Relativistic().generator(fake)


@by_name
def test_a_cut_is_claimed_only_where_one_logit_means_something(loss):
    assert (loss.probability is None) == (type(loss).__name__ in {"Wasserstein", "Relativistic"})
    assert loss.real_cut == (0.5 if isinstance(loss, LeastSquares) else 0.0)
    if loss.probability is not None:
        torch.testing.assert_close(loss.probability(torch.tensor([loss.real_cut])), torch.tensor([0.5]))
