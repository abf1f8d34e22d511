"""What the discriminator of a run on chirps has learned of calls: the table of docs/kinds.md.

    python docs/studies/calls.py <run folder>

New calls are made whose pitch, movement, rhythm and timbre are known. A linear model reads each from the features of
D's hidden layers (those of the metric `probe`), learned on 1,000 calls, tested on 600 others; beside it the same from
the features of the same network untrained, and from the values of the clips themselves. Pitch and rhythm are
regressions, and the table has their R^2, the share of the variance that is explained; movement and timbre are classes,
with the accuracy.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from gan_cli.data import chirps
from gan_cli.game import Batch
from gan_cli.metrics.hidden import hidden_features
from gan_cli.session.trained import open_run

LEARNED, TESTED = 1000, 600
PURE = (1.0,)
"""A timbre without multiples of the tone."""


def calls(count: int, length: int, seed: int) -> tuple[Tensor, dict[str, np.ndarray]]:
    """Return clips (N, 1, length), and of each its pitch in octaves, movement, rhythm (trill, warble) and timbre."""
    random = np.random.RandomState(seed)
    registers = list(chirps._REGISTERS.values())
    clips, known = torch.empty(count, 1, length), np.zeros((4, count))
    usual = chirps._HARMONICS
    for row in range(count):
        call = chirps.Calls(1, length, random)
        movement, register, pure = row % 4, row // 4 % 2, row // 8 % 2
        pitch = call.pitch + chirps.SHAPES[movement](call)
        chirps._HARMONICS = PURE if pure else usual
        clips[row, 0] = chirps._heard(call, registers[register] * pitch.exp2())[0]
        known[:, row] = (
            np.log2(registers[register]) + call.pitch.item(),
            movement,
            call.speed.item() if movement >= 2 else np.nan,
            pure,
        )
    chirps._HARMONICS = usual
    return clips, dict(zip(("pitch", "movement", "rhythm", "timbre"), known, strict=True))


def score(features: np.ndarray, target: np.ndarray, *, regression: bool) -> float:
    """Return R^2 or accuracy on the calls that the model was not learned from."""
    model = RidgeCV(np.logspace(0, 6, 13)) if regression else LogisticRegression(C=0.01, max_iter=1000)
    known = np.isfinite(target)
    learned, tested = known & (np.arange(len(target)) < LEARNED), known & (np.arange(len(target)) >= LEARNED)
    fitted = make_pipeline(StandardScaler(), model).fit(features[learned], target[learned])
    return float(fitted.score(features[tested], target[tested]))


def main(folder: Path) -> None:
    """Print the table."""
    trained = open_run(folder, step=None, average=False, device="cpu")
    players: Any = trained.players
    clips, known = calls(LEARNED + TESTED, trained.spec.spatial[0], seed=1)
    found: dict[str, np.ndarray] = {"trained D": hidden_features(players, Batch(clips)).numpy()}
    torch.manual_seed(0)
    for module in players.discriminator.modules():
        reset: Callable[[], None] | None = getattr(module, "reset_parameters", None)
        if reset is not None:
            reset()
    found["the same untrained"] = hidden_features(players, Batch(clips)).numpy()
    found["values"] = clips.flatten(1).numpy()
    print("| features of | pitch, R^2 | movement | rhythm, R^2 | timbre |\n|---|---|---|---|---|")
    for name, features in found.items():
        row = [score(features, target, regression=what in ("pitch", "rhythm")) for what, target in known.items()]
        print(f"| {name}, {features.shape[1]:,} | " + " | ".join(f"{value:.2f}" for value in row) + " |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
