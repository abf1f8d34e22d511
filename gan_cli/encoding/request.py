"""The settings of `gan encode`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge

from gan_cli.config.data_node import DataNode, EmptyNode
from gan_cli.quality.reference import SplitName


@dataclass(frozen=True, kw_only=True)
class EncodingRequest:
    """What is encoded, and by which run; `configs/encode.yaml` is checked against these fields.

    Attributes:
        run: the run folder; the run must have an encoder.
        data: config node of the data to encode; empty uses the run's data set.
        split: which part of the data: `train`, or `holdout`, which no network trained on.
        checkpoint: step of the checkpoint, or `best`, the one that a metric chose; None uses the newest.
        out: the .npz file; None creates one inside the run folder.
        device: `auto` (a GPU if there is one), `cpu`, `cuda` or `cuda:<index>`.
        trust: allow the run to name classes that are not part of this program; this runs their code.
    """

    run: str
    data: DataNode | EmptyNode
    split: SplitName
    checkpoint: Annotated[int, Ge(0)] | Literal["best"] | None
    out: str | None
    device: str
    trust: bool

    def file(self, step: int) -> Path:
        """Return the file for the codes of a step."""
        if self.out is not None:
            return Path(self.out)
        return Path(self.run) / "encoded" / f"step_{step:08d}-{self.split}.npz"
