"""torch's compiler is not loaded by a run, and is there as ever for who asks for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TINY = "trainer.steps=2 generator.base_channels=4 discriminator.base_channels=4 trainer.batch_size=8"

A_RUN = f"""
import sys
from gan_cli.cli import main
try:
    main(["train", *"{TINY}".split(), "run=here", *sys.argv[1:]])
except SystemExit as end:
    assert not end.code, end.code
heavy = "sklearn", "torch._inductor", "torch._dynamo.utils", "torch.onnx", "pandas", "scipy"
print([name for name in heavy if name in sys.modules])
"""

A_COMPILATION = """
import torch
import gan_cli.runtime
import torch._dynamo
from torch import nn
network = nn.Linear(3, 1)
optimizer = torch.optim.Adam(network.parameters(), lr=0.1)
assert "torch._dynamo.utils" not in __import__("sys").modules
compiled = torch.compile(network, backend="eager")
x = torch.ones(2, 3)
assert torch.equal(compiled(x), network(x))
compiled(x).sum().backward()
optimizer.step()
import torch._dynamo.config
assert torch._dynamo.is_compiling() is False and torch.compiler.is_compiling() is False
torch._dynamo.reset()
print(type(torch._dynamo).__name__, torch._dynamo.utils.counters["stats"]["unique_graphs"] >= 0)
"""


def output(code: str, folder: Path, *words: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()[-1]


@pytest.mark.parametrize("data", ["digits", "fake"])
def test_a_run_loads_nothing_that_it_does_not_need(tmp_path: Path, data: str) -> None:
    shape = ["data.shape=[1,8,8]", "data.num_samples=60"] if data == "fake" else []
    assert output(A_RUN, tmp_path, f"data={data}", *shape) == "[]"


def test_who_compiles_gets_the_compiler(tmp_path: Path) -> None:
    assert output(A_COMPILATION, tmp_path) == "module True"
