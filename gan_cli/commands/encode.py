"""`gan encode`: write the codes of a data set, by the encoder of a run, as an array for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

from annotated_types import Ge

from gan_cli.config.check import Node
from gan_cli.config.kinds import Builds
from gan_cli.data.base import Source

if TYPE_CHECKING:
    from omegaconf import DictConfig

SCHEMA = "gan_cli.commands.encode.encode"
"""The signature against which `configs/encode.yaml` is checked."""


class EmptyNode(TypedDict):
    """An empty node: nothing was chosen."""


def run(config: DictConfig) -> None:
    """Check the settings and write the codes."""
    from gan_cli.config.compose import plain_job

    encode(**plain_job(config))


def encode(
    *,
    run: str,
    data: Annotated[Node, Builds(Source)] | EmptyNode,
    split: Literal["train", "holdout"],
    checkpoint: Annotated[int, Ge(0)] | Literal["best"] | None,
    out: str | None,
    device: str,
    trust: bool,
) -> None:
    """Write the codes of a data set.

    Args:
        run: the run folder; the run must have an encoder.
        data: config node of the data to encode; empty uses the run's data set.
        split: which part of the data: `train`, or `holdout`, which no network trained on.
        checkpoint: step of the checkpoint, or `best`, the one that a metric chose; None uses the newest.
        out: the .npz file; None creates one inside the run folder.
        device: `auto` (a GPU if there is one), `cpu`, `cuda` or `cuda:<index>`.
        trust: allow the run to name classes that are not part of this program; this runs their code.

    Raises:
        UserError: the folder is no run, cannot be trusted or read, or has no encoder; the data do not fit.
    """
    from gan_cli.encoding.codes import codes_of, source_of, write_codes
    from gan_cli.errors import SettingError
    from gan_cli.session.trained import open_run
    from gan_cli.session.writable import wrong_file

    trained = open_run(Path(run), step=checkpoint, average=True, device=device, trust=trust)
    chosen: dict[str, Any] = dict(data)
    source = source_of(trained, chosen, run)
    file = Path(run) / "encoded" / f"step_{trained.step:08d}-{split}.npz" if out is None else Path(out)
    if problem := wrong_file("out", str(file) if out is None else out):
        raise SettingError.of([problem])
    found = codes_of(trained, source, split)
    print(f"{len(found.codes):,} codes of step {trained.step}:")
    print(f"  {write_codes(found, file)}")
