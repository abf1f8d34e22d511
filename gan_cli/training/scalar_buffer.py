"""The values of the last steps, kept on the device until they are all read at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan_cli.training.state_check import StateMismatchError

_CULPRITS = (
    ("logits/real", "discriminator"),
    ("logits/fake", "generator"),
    ("loss/discriminator", "discriminator"),
    ("grad_norm/discriminator", "discriminator"),
    ("loss/generator", "generator"),
    ("grad_norm/generator", "generator"),
)
"""Tags in the order of computation, with the network at fault if this value is the first one that is not finite."""


@dataclass(frozen=True)
class Divergence:
    """The first step whose values are not finite, and the network at fault."""

    step: int
    network: str
    tag: str


class ScalarBuffer:
    """A window of rows of 0-d tensors, one row per step.

    Reading it costs one transfer for the whole window. Only then does the host wait for the device.
    """

    def __init__(self) -> None:
        self._tags: list[str] = []
        self._rows: list[Tensor] = []
        self._read: list[Tensor] = []  # the older rows, on the CPU

    def add(self, values: Mapping[str, Tensor]) -> None:
        """Add the values of one step; the tags are the same at every step.

        Raises:
            StateMismatchError: the rows so far, which a checkpoint contained, have other tags.
        """
        tags = list(values)
        if len(self) and tags != self._tags:
            raise StateMismatchError("the checkpoint does not fit config.yaml: the rows of its window have other tags")
        self._tags = tags
        self._rows.append(torch.stack([value.float() for value in values.values()]))

    def __len__(self) -> int:
        return len(self._read) + len(self._rows)

    def divergence(self, last_step: int) -> Divergence | None:
        """Return the first row that is not finite, or None. Waits for the device.

        Args:
            last_step: the step of the newest row.
        """
        if not len(self):
            return None
        table = self._table()
        bad = ~torch.isfinite(table)
        for row in torch.nonzero(bad.any(dim=1)).flatten().tolist()[:1]:
            step = last_step - len(self) + 1 + row
            broken = {tag for tag, is_bad in zip(self._tags, bad[row].tolist(), strict=True) if is_bad}
            for tag, network in _CULPRITS:
                if tag in broken:
                    return Divergence(step, network, tag)
        return None

    def means(self) -> dict[str, float]:
        """Mean of every tag over the window, in float64. Waits for the device."""
        means = self._table().double().mean(dim=0).tolist()
        return dict(zip(self._tags, means, strict=True))

    def clear(self) -> None:
        """Start a new window."""
        self._rows.clear()
        self._read.clear()

    def _table(self) -> Tensor:
        if self._rows:
            self._read += list(torch.stack(self._rows).cpu())
            self._rows.clear()
        return torch.stack(self._read)

    def state_dict(self) -> dict[str, Any]:
        """Return the rows so far and their tags."""
        return {"tags": self._tags, "rows": self._table() if len(self) else None}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue with the rows of a saved window.

        Raises:
            ValueError: the rows do not fit the tags.
        """
        tags, rows = list(state["tags"]), state["rows"]
        if rows is not None and (rows.ndim != 2 or rows.shape[1] != len(tags) or not rows.is_floating_point()):
            raise ValueError("the rows of the window do not fit its tags")
        self._tags = tags
        self._rows, self._read = [], [] if rows is None else list(rows.float().cpu())
