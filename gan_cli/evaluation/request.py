"""What `gan evaluate` is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypedDict

from annotated_types import Ge

from gan_cli.config.check import Node
from gan_cli.config.kinds import Builds
from gan_cli.data.base import Source
from gan_cli.evaluation.foreign_samples import is_foreign
from gan_cli.metrics.base import Metric
from gan_cli.quality.reference import SplitName

DataNode = Annotated[Node, Builds(Source)]
"""A data set's node."""


class Nothing(TypedDict):
    """An empty node: what was not chosen."""


class Chosen(TypedDict):
    """What is to be measured: nodes by name."""

    measures: Mapping[str, Annotated[Node, Builds(Metric)]]


@dataclass(frozen=True, kw_only=True)
class EvaluationRequest:
    """What is to be judged, and how: the signature that `configs/evaluate.yaml` is held against.

    Attributes:
        run: a run folder, an .npy or .npz file, or a folder of images.
        data: node of the data set to compare with; empty takes the run's own.
        metric: what to measure: nodes by name under `measures`.
        num: samples of each kind, at most.
        split: real samples to compare with: `holdout`, which no network trained on, or `train`.
        seed: of the latent vectors, and of which samples of a file are drawn; the same seed gives the same figures.
        range: values for black and white of samples in a file; None tells them from type and values.
        checkpoint: step of the checkpoint, or `best`, the one that a metric chose; None takes the newest.
        ema: take the averaged weights where the run has them.
        json: file for the figures; None writes none.
        figures: whether to draw pictures.
        out: folder of the pictures; None makes one inside the run folder, or in outputs/evaluate.
        device: `auto` (a GPU if there is one), `cpu`, `cuda` or `cuda:<index>`.
        trust: let the run name classes that are not of this program, whose code is then run.
    """

    run: str
    data: DataNode | Nothing
    metric: Chosen
    num: Annotated[int, Ge(2)]
    split: SplitName
    seed: Annotated[int, Ge(0)]
    range: tuple[float, float] | None
    checkpoint: Annotated[int, Ge(0)] | Literal["best"] | None
    ema: bool
    json: str | None
    figures: bool
    out: str | None
    device: str
    trust: bool = False

    @property
    def folder(self) -> Path:
        """What `run` names."""
        return Path(self.run)

    @property
    def place(self) -> Path:
        """Where pictures go: into the run folder; of other samples below outputs/evaluate, by their file's name."""
        if self.out is not None:
            return Path(self.out)
        return Path("outputs/evaluate") / self.folder.stem if is_foreign(self.folder) else self.folder / "evaluated"
