"""Run the plain loop like a separate script: in its own process, which has none of our process-wide settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch

from gan_cli.config.check import Node
from gan_cli.config.folders import PACKAGE
from gan_cli.data.base import Table, split_of
from gan_cli.errors import UserError
from gan_cli.own_code import search_folders, set_search_folders
from gan_cli.session.assemble import Parts

OURS = ("GOMP_SPINCOUNT",)
"""Environment variables that `gan` sets for itself; the plain loop runs without them, as a user's script would."""


class PlainProcess:
    """The process of the plain loop, which runs one turn per request. Between turns it waits for input and uses no CPU.

    Args:
        config: a checked config with plain values.
        batch_size: real samples per step.
        workers: worker processes of the loop's DataLoader.
        environment: environment variables of the parent process.
    """

    def __init__(self, config: Node, *, batch_size: int, workers: int, environment: Mapping[str, str]) -> None:
        kept = {name: value for name, value in environment.items() if name not in OURS}
        # -P removes the current folder from the path, so that no file in it is imported by accident; PYTHONPATH adds
        # the folder of this package again
        kept["PYTHONPATH"] = os.pathsep.join(filter(None, (str(PACKAGE.parent), kept.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=kept
        )
        own = [str(folder) for folder in search_folders()]
        self._ask({"config": config, "batch_size": batch_size, "workers": workers, "folders": own})

    def run(self, steps: int) -> float:
        """Train for a number of steps and return the seconds that they took, as measured by the loop itself.

        Raises:
            UserError: the process ended; its error message is on stderr.
        """
        return float(self._ask({"steps": steps}))

    def _ask(self, question: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            raise UserError(f"benchmark: the plain loop's process ended with code {self._process.wait()}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the input of the process, which ends it."""
        self._process.communicate()


def answer() -> None:
    """Run the child process: the first line on stdin is what to train, each later line is a number of steps."""
    from gan_cli.benchmark.plain_loop import PlainLoop  # it loads torchvision, which no other process needs

    first = json.loads(sys.stdin.readline())
    config = first["config"]
    set_search_folders(map(Path, first["folders"]))
    runtime = {**config["runtime"], "precision": "float32", "channels_last": False}
    parts = Parts({**config, "runtime": runtime})
    torch.manual_seed(config["seed"])
    machine, source = parts.runtime(), parts.source()
    table = split_of(source).train
    if not isinstance(table, Table):
        raise UserError("data: too large for this comparison; choose a smaller data.size")
    gan = parts.gan(source.spec, machine, {})
    loop = PlainLoop(gan, table, batch_size=first["batch_size"], device=machine.device, workers=first["workers"])
    print("0", flush=True)
    for line in sys.stdin:
        print(loop.run(json.loads(line)["steps"]), flush=True)


if __name__ == "__main__":
    answer()
