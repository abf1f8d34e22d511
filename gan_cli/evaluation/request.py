"""The settings of `gan evaluate`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypedDict

from annotated_types import Ge

from gan_cli.config.check import Node
from gan_cli.config.data_node import DataNode, EmptyNode
from gan_cli.config.kinds import Builds
from gan_cli.external.samples import is_external
from gan_cli.metrics.base import Metric
from gan_cli.quality.reference import SplitName


class ChosenMetrics(TypedDict):
    """The chosen metrics: their config nodes by name."""

    measures: Mapping[str, Annotated[Node, Builds(Metric)]]


@dataclass(frozen=True, kw_only=True)
class EvaluationRequest:
    """The samples and settings of an evaluation; `configs/evaluate.yaml` is checked against these fields.

    Attributes:
        run: a run folder, an .npy or .npz file, or a folder of images; of sound, text and voxels also files of their
            own formats, as `data=sounds`, `text` and `voxels` read them.
        data: config node of the data set to compare with; empty uses the run's data set.
        metric: the metrics: config nodes by name under `measures`.
        num: largest number of samples of each kind.
        split: real samples to compare with: `holdout`, which no network trained on, or `train`.
        seed: seed of the latent vectors, and of the choice of samples in a file; the same seed gives the same results.
        range: values of black and white of samples in files; None infers them from the type and the values.
        checkpoint: step of the checkpoint, or `best` for the one with the best metric; None uses the newest.
        ema: use the averaged weights if the run has them.
        json: file for the results; None writes no file.
        figures: whether to draw pictures.
        out: folder of the pictures; None uses a folder inside the run folder, or in outputs/evaluate.
        device: `auto` (a GPU if there is one), `cpu`, `cuda` or `cuda:<index>`.
        trust: allow the run's config to name classes from outside this program; their code is then executed.
    """

    run: str
    data: DataNode | EmptyNode
    metric: ChosenMetrics
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
        """The path in `run`."""
        return Path(self.run)

    @property
    def place(self) -> Path:
        """Folder of the pictures: `out`, else `evaluated` in the run folder.

        Of samples in a folder it is outputs/evaluate/<name>; of a file, whose name may be `samples.npz` as all others',
        outputs/evaluate/<name of its folder>/<name>.
        """
        if self.out is not None:
            return Path(self.out)
        if not is_external(self.folder):
            return self.folder / "evaluated"
        named = Path(os.path.abspath(self.folder))
        return Path("outputs/evaluate") / (named.name if named.is_dir() else f"{named.parent.name}/{named.stem}")
