"""The clock, the counts of operations, and the counts of waits."""

from __future__ import annotations

import time

import pytest
import torch
from torch import nn

from gan_cli.benchmark.clock import PhaseClock
from gan_cli.benchmark.host_waits import HostWaits, count_waits
from gan_cli.benchmark.work import count_multiply_adds, matrix_rate, peak_memory

CPU = torch.device("cpu")


def test_an_inner_phase_does_not_count_for_the_outer(monkeypatch) -> None:
    times = iter([0.0, 1.0, 3.0, 7.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(times))
    clock = PhaseClock(CPU)
    with clock.phase("outer"), clock.phase("inner"):
        pass
    assert clock.seconds == {"outer": 1.0 + 4.0, "inner": 2.0}


def test_phases_add_up_and_end_with_an_error(monkeypatch) -> None:
    times = iter([0.0, 1.0, 10.0, 12.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(times))
    clock = PhaseClock(CPU)
    with pytest.raises(ValueError), clock.phase("a"):
        raise ValueError
    with clock.phase("a"):
        pass
    assert clock.seconds == {"a": 3.0}


def test_multiply_adds_of_a_convolution_and_its_backward_pass() -> None:
    layer = nn.Conv2d(3, 5, 3, padding=1)
    given = torch.randn(4, 3, 8, 8, requires_grad=True)
    forward = 4 * 5 * 64 * 27
    assert count_multiply_adds(lambda: layer(given)) == forward
    assert count_multiply_adds(lambda: layer(given).sum().backward()) == 3 * forward


def test_multiply_adds_where_a_penalty_needs_a_gradient_of_a_gradient() -> None:
    layer = nn.Linear(3, 2, bias=False)
    given = torch.randn(4, 3, requires_grad=True)

    def penalise() -> None:
        (gradient,) = torch.autograd.grad(layer(given).square().sum(), given, create_graph=True)
        gradient.square().sum().backward()

    assert count_multiply_adds(penalise) > count_multiply_adds(lambda: layer(given).square().sum().backward())


def test_the_rate_of_a_matrix_product_is_one_of_this_world() -> None:
    assert 1e7 < matrix_rate(torch.float32, CPU) < 1e15


def test_the_peak_of_memory_keeps_what_was_freed() -> None:
    before = peak_memory(CPU)
    kept = torch.ones(2**26)  # 256 MiB
    grown = peak_memory(CPU)
    del kept
    slack = 2**21  # Linux counts pages by thread, and adds them up in batches
    assert grown >= before and grown > 2**28 and peak_memory(CPU) >= grown - slack


@pytest.mark.parametrize(
    "read",
    [
        lambda x: x.sum().item(),
        lambda x: x.tolist(),
        lambda x: float(x.sum()),
        lambda x: bool(x.sum() > 0),
        lambda x: x.cpu(),
        lambda x: x.to("cpu"),
        lambda x: x.to(device=torch.device("cpu")),
        lambda x: x.numpy(),
        lambda x: x.nonzero(),
        lambda x: torch.equal(x, x),
        lambda x: torch.allclose(x, x),
        lambda x: x[x > 0],
        lambda x: torch.masked_select(x, x > 0),
    ],
)
def test_each_of_these_waits_once(read) -> None:
    assert count_waits(lambda: read(torch.ones(3)), CPU) == 1


def test_computing_waits_for_nothing() -> None:
    layer = nn.Linear(3, 2)
    given = torch.ones(4, 3)
    assert count_waits(lambda: layer(given).sum().backward(), CPU) == 0
    assert count_waits(lambda: given.to("cpu", non_blocking=True), CPU) == 0


def test_values_on_another_device_do_not_count() -> None:
    assert count_waits(lambda: torch.ones(3).tolist(), torch.device("meta")) == 0


def test_a_wait_in_the_backward_pass_is_seen() -> None:
    class Reads(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, grad):
            return grad * float(torch.ops.aten._local_scalar_dense(grad.sum()))

    told: list[str] = []
    given = torch.ones(2, requires_grad=True)
    with HostWaits(told.append):
        Reads.apply(given).sum().backward()
    assert told == ["aten::_local_scalar_dense"]
