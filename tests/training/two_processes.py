"""Two processes that train together, each case also trained in one process, and how far the results lie apart.

Run as a program, this module is one of the two processes; the first writes a JSON document.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

TESTS = Path(__file__).resolve().parents[1]
SIZE = 2
PAIRS = "accuracy/pairwise"


@dataclass(frozen=True)
class Case:
    """A training, in float64 or in float32.

    Attributes:
        techniques: the balancing techniques.
        overrides: further settings.
        steps: number of training steps.
        double: whether to compute in float64.
    """

    techniques: Sequence[str] = ()
    overrides: Sequence[str] = ()
    steps: int = 5
    double: bool = True


@dataclass(frozen=True)
class Comparison:
    """What came out of a case.

    Attributes:
        alike: whether both processes have the same weights, to the last bit.
        states_alike: whether their techniques have the same states.
        distance: norm of the difference between the weights of two processes and of one, over the norm of the latter.
        readings: largest difference of a step's values from those of one process, over their size or 1; without
            `accuracy/pairwise`, which compares the samples of a process with each other.
    """

    alike: bool
    states_alike: bool
    distance: float
    readings: float


def compare(cases: Mapping[str, Case]) -> dict[str, Comparison]:
    """Train every case in two processes and in one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    document = json.dumps({name: asdict(case) for name, case in cases.items()})
    size = {"WORLD_SIZE": str(SIZE), "LOCAL_WORLD_SIZE": str(SIZE)}
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1", **size}
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    started = [
        subprocess.Popen(
            [sys.executable, __file__, document],
            env={**os.environ, **shared, "PYTHONPATH": path, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in range(SIZE)
    ]
    answer, *_ = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0] * SIZE
    return {name: Comparison(**found) for name, found in json.loads(answer).items()}


def main() -> None:
    from gan_cli.launched import launched
    from gan_cli.processes import joined

    cases = {name: Case(**case) for name, case in json.loads(sys.argv[1]).items()}
    one = launched()
    assert one is not None
    with joined(one) as world:
        found = {name: asdict(_compared(case, world)) for name, case in cases.items()}
        if world.first:
            print(json.dumps(found), flush=True)


def _compared(case: Case, world: Any) -> Comparison:
    from gan_cli.world import ALONE

    weights, states, values = _trained(case, world)
    alike, states_alike = (len(set(world.gathered(_digest(each)))) == 1 for each in (weights, states))
    if not world.first:
        return Comparison(alike, states_alike, 0.0, 0.0)
    reference, _, expected = _trained(case, ALONE)
    distance = float((weights - reference).norm() / reference.norm())
    readings = ((values - expected).abs() / expected.abs().clamp(min=1.0)).max()
    return Comparison(alike, states_alike, distance, float(readings))


def _digest(tensor: Tensor) -> str:
    return hashlib.sha256(tensor.contiguous().numpy().tobytes()).hexdigest()


def _trained(case: Case, world: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Return all weights, the techniques' states, and the values of every step."""
    from real_run import open_run, settings, settings_with

    single = torch.Tensor.float
    if case.double:
        torch.set_default_dtype(torch.float64)
        torch.Tensor.float = torch.Tensor.double  # type: ignore[method-assign]
    try:
        config = settings_with(case.techniques, *case.overrides) if case.techniques else settings(*case.overrides)
        trainer, gan = open_run(config, world)
        trainer._components.runtime.seed_global(config["seed"], f"process {world.rank}")
        rows = []
        for step in range(case.steps):
            played = trainer._execution.play(step)
            rows.append(torch.stack([value.double() for tag, value in played.items() if tag != PAIRS]))
        state = {name: technique.state_dict() for name, technique in trainer._components.techniques.items()}
        leaves = (leaf for leaf in tree_leaves(state) if isinstance(leaf, Tensor))
        tensors = [leaf.detach().double().flatten() for leaf in leaves]
        weights = torch.cat(
            [p.detach().double().flatten() for side in gan.players.values() for p in side.network.parameters()]
        )
        return weights, torch.cat([torch.zeros(0), *tensors]), torch.stack(rows)
    finally:
        torch.Tensor.float = single  # type: ignore[method-assign]
        torch.set_default_dtype(torch.float32)


if __name__ == "__main__":
    main()
