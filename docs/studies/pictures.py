"""Makes the pictures of README and docs that are no screenshots: `python docs/studies/pictures.py <work> <out>`.

It trains the runs that they show in <work> (half an hour on two cores; MNIST from the folder GAN_DATA_ROOT, if that is
set) and writes the pictures to <out>.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image

MNIST = "data=mnist" + (f" data.root={os.environ['GAN_DATA_ROOT']}" if "GAN_DATA_ROOT" in os.environ else "")
NARROW = "generator.base_channels=16 discriminator.base_channels=16"
PLANTED = (
    "data=digits generator.base_channels=32 discriminator.base_channels=32 trainer.steps=1000 seed=1 runtime.threads=1"
)
PAIR = "-m experiment=strong_discriminator seed=1"
MADE = (
    "train model=dcgan data=digits discriminator.dropout=0.3 trainer.steps=3000 run=digits",
    f"train model=dcgan {MNIST} {NARROW} trainer.steps=4000 run=mnist",
    "train data=ring model=mlp trainer.steps=1000 run=ring",
    "train data=chirps run=chirps",
    f"train {PLANTED} run=healthy",
    f"train {PLANTED} optim.discriminator.lr=2e-3 optim.generator.lr=2e-5 run=d_wins",
    f"train {PLANTED} generator.latent_dim=2 run=collapse",
    f"train {PLANTED} data.limit=100 run=overfits",
    f"train {PLANTED} optim.discriminator.lr=1e-7 run=g_wins",
    f"train {PAIR} hydra.sweep.dir=pairs/digits",
    f"train {PAIR} {MNIST} trainer.steps=1500 hydra.sweep.dir=pairs/mnist",
    "train -m experiment=depth_map hydra/launcher=local hydra.sweep.dir=depths",
)
"""The commands that train the runs. A finished run is not repeated."""

TOUR = {
    "healthy": "healthy",
    "d_wins": "D wins: its rate a hundred times G's",
    "collapse": "mode collapse: two latent numbers",
    "overfits": "D overfits: 100 images",
    "g_wins": "G wins: D hardly learns",
}
PAIRS = {
    "pairs/digits/discriminator=mlp": "digits, dense G against dense D",
    "pairs/digits/discriminator=conv": "digits, dense G against convolutional D",
    "pairs/mnist/discriminator=mlp": "MNIST, dense G against dense D",
    "pairs/mnist/discriminator=conv": "MNIST, dense G against convolutional D",
}
"""Rows of docs/studies/tour.py: run -> title."""


def take(work: Path, out: Path) -> None:
    """Train the missing runs and write the pictures."""
    work.mkdir(parents=True, exist_ok=True)
    for command in MADE:
        gan(work, command)
    for name in ("digits", "mnist"):
        last = max((work / name / "samples").glob("step_*.png"))
        shutil.copy(last, out / f"{name}-dcgan.png")
    shutil.copy(max((work / "ring" / "samples").glob("step_*.png")), out / "points.png")
    calls = work / "chirps" / "samples"
    for name, drawn, part in (("chirps", max(calls.glob("step_*.png")), 1.0), ("chirps-real", calls / "real.png", 0.2)):
        whole = Image.open(drawn)
        whole.crop((0, 0, whole.width, int(whole.height * part))).quantize(64).save(out / f"{name}.png", optimize=True)
    for picture, rows in (("balance-tour.png", TOUR), ("strong-discriminator.png", PAIRS)):
        words = [word for run, title in rows.items() for word in (str(work / run), title)]
        subprocess.run(
            [sys.executable, str(Path(__file__).with_name("tour.py")), str(out / picture), *words], check=True
        )
    gan(work, f"compare depths figure={out / 'balance-map.png'} thumbnails=true")


def gan(work: Path, command: str) -> None:
    """Run a command in the folder with the runs."""
    print(f"gan {command}", flush=True)
    subprocess.run([sys.executable, "-m", "gan_cli", *shlex.split(command)], cwd=work, check=True)


if __name__ == "__main__":
    take(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute())
