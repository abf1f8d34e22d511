"""`gan sample`: draw samples from a trained run, as a grid, as single pictures and as an array."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge, MinLen

if TYPE_CHECKING:
    from omegaconf import DictConfig

Format = Literal["grid", "png", "npz"]

SCHEMA = "gan_cli.commands.sample.sample"
"""The signature that `configs/sample.yaml` is held against."""


def run(config: DictConfig) -> None:
    """Check the settings and draw."""
    from gan_cli.config.compose import plain_job

    sample(**plain_job(config))


def sample(
    *,
    run: str,
    num: Annotated[int, Ge(1)],
    seed: Annotated[int, Ge(0)],
    checkpoint: Annotated[int, Ge(0)] | Literal["best"] | None,
    ema: bool,
    formats: Annotated[list[Format], MinLen(1)],
    out: str | None,
    device: str,
) -> None:
    """Draw samples from a run and write them.

    Args:
        run: a run folder.
        num: how many.
        seed: of the latent vectors; the same seed draws the same samples.
        checkpoint: step of the checkpoint, or `best`, the one that a metric chose; None takes the newest.
        ema: take the averaged weights where the run has them.
        formats: `grid` (one picture), `png` (one file each; images only), `npz` (one array).
        out: folder to write to; None makes one inside the run folder.
        device: auto, cpu, cuda or cuda:<index>.

    Raises:
        UserError: the folder is no run, or cannot be trusted or read.
    """
    from gan_cli.session.trained import open_run
    from gan_cli.telemetry.export import write

    trained = open_run(Path(run), step=checkpoint, average=ema, device=device)
    weights = "ema" if trained.averaged else "raw"
    name = f"step_{trained.step:08d}-{weights}-seed_{seed}-num_{num}"
    folder = Path(out) if out else Path(run) / "sampled" / name
    written = write(trained.sample(trained.latent.draw_seeded(num, seed)), trained.spec, folder, formats)
    print(f"{num} samples of step {trained.step} ({weights} weights, seed {seed}):")
    for line in written:
        print(f"  {line}")
