"""Holds out rows so that none of them is a training row too, though a set may have the same row many times."""

from __future__ import annotations

import numpy as np
import torch

from gan_cli.data.base import Split, Table
from gan_cli.data.select import split_holdout
from gan_cli.errors import SettingError


def split_distinct(table: Table, holdout: float) -> Split:
    """Split a set of rows into held-out and training ones: the same ones in every run; equal rows stay together.

    Without equal rows the result is that of `split_holdout`.

    Args:
        table: the whole set, samples (N, length).
        holdout: share in [0, 1) that is held out of training; a share above 0 holds out at least one row.

    Raises:
        SettingError: no row would be left to train on.
    """
    if holdout == 0.0:
        return Split(table, None)
    kinds: dict[bytes, int] = {}
    which = np.array([kinds.setdefault(row.tobytes(), len(kinds)) for row in table.samples.numpy()], dtype=np.int64)
    if len(kinds) == len(table):
        return split_holdout(table, holdout)
    # kinds in a random order, until they have enough rows
    order = np.random.RandomState(0).permutation(len(kinds))
    sizes = np.bincount(which)[order].cumsum()
    enough = int(np.searchsorted(sizes, max(1, round(len(table) * holdout)))) + 1
    if enough >= len(kinds):
        remedy = f"leaves none of {len(kinds)} different rows to train on; use a smaller share, or 0"
        raise SettingError("/data.holdout", holdout, remedy)
    kept = torch.from_numpy(np.isin(which, order[:enough]))
    return Split(table.take((~kept).nonzero().flatten()), table.take(kept.nonzero().flatten()))
