"""Computes the codes of a data set with the encoder of a run, block by block, and writes them as arrays."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gan_cli.config.check import Node
from gan_cli.data.base import Source, Split, samples_at, split_of
from gan_cli.disk.writing import make_folder, replace_file
from gan_cli.errors import SettingError
from gan_cli.quality.reference import SplitName
from gan_cli.session.chosen_data import source_beside
from gan_cli.session.trained import BATCH, Trained


@dataclass(frozen=True)
class Codes:
    """The codes of a data set.

    Attributes:
        codes: float32 (N, latent.dim), in the order of the data.
        labels: int64 (N,), or None if the data have none.
    """

    codes: Tensor
    labels: Tensor | None


def source_of(trained: Trained, data: Node, run: str) -> Source:
    """Return the data to encode: those of a config node, or of the run if the node is empty.

    Raises:
        SettingError: the run has no encoder.
        UserError: the samples have another shape than those of the run.
    """
    if trained.players.encoder is None:
        raise SettingError("run", run, "has no encoder; train one with model=bigan or encoder=conv")
    return source_beside(trained, data, run)


def codes_of(trained: Trained, source: Source, part: SplitName) -> Codes:
    """Read a part of the data and return its codes.

    Raises:
        SettingError: there are no held-out samples.
        UserError: the data cannot be read.
    """
    source.prepare()
    split: Split = split_of(source)
    samples = split.train if part == "train" else split.holdout
    if samples is None:
        raise SettingError("split", part, "the data hold no samples out; use split=train")
    codes, labels = [], []
    for start in range(0, len(samples), BATCH):
        block = samples_at(samples, list(range(start, min(start + BATCH, len(samples)))), source.spec)
        codes.append(trained.encode(block.x))
        labels += [] if block.y is None else [block.y]
    return Codes(torch.cat(codes), torch.cat(labels) if labels else None)


def write_codes(found: Codes, file: Path) -> str:
    """Write an .npz file with `codes`, and `labels` if there are any; return a line that describes it."""
    make_folder(file.absolute().parent)
    arrays = {"codes": found.codes.numpy()} | ({} if found.labels is None else {"labels": found.labels.numpy()})
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    replace_file(file, [buffer.getvalue()])
    told = ", ".join(f"{name} {array.dtype} {'x'.join(map(str, array.shape))}" for name, array in arrays.items())
    return f"{file}, {told}"
