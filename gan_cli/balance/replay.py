"""Old fakes among the new ones, so that the discriminator does not forget earlier samples of the generator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import torch
from annotated_types import Ge, Gt, Le
from torch import Tensor

from gan_cli.balance.base import Technique
from gan_cli.errors import SettingError
from gan_cli.game import Batch, Players


class Replay(Technique):
    """Takes a part of the fakes for the discriminator's update from a buffer of past fakes.

    Of b new fakes, b * share are replaced by fakes from random places of the buffer. The replaced fakes are then stored
    at other random places of it. Until the buffer is full the discriminator learns from new fakes only.
    Shrivastava et al. (2017), arXiv:1612.07828, section 2.3 (b/2).

    Args:
        size: number of samples in the buffer, >= 1, on the device; at most `size` fakes per batch are replaced.
        share: share of the fakes that are old, (0, 1].
    """

    def __init__(
        self,
        *,
        size: Annotated[int, Ge(1)] = 2048,
        share: Annotated[float, Gt(0), Le(1)] = 0.5,
    ) -> None:
        self.size = size
        self.share = share

    def attach(self, players: Players) -> None:
        """Allocate the buffer.

        Raises:
            SettingError: the discriminator sees codes, which the buffer does not keep.
        """
        if players.encoder is not None:
            raise SettingError("/encoder", "(any)", "replay keeps samples without their codes; leave it out of balance")
        device = next(players.generator.parameters()).device
        self._past = torch.zeros(self.size, *players.spec.shape, device=device)
        labelled = players.shares is not None
        self._labels = torch.zeros(self.size, dtype=torch.int64, device=device) if labelled else None
        self._stored = torch.zeros((), dtype=torch.int64, device=device)

    @torch.no_grad()
    def mix_fakes(self, fake: Batch) -> Batch:
        """Return the fakes, with old ones in the first places, and their labels if there are any."""
        count = min(max(1, round(len(fake) * self.share)), self.size)
        full = self._stored >= self.size
        places = self._draw(count)
        # filled in order at first; no place occurs twice, or the order of writing would matter
        filling = (self._stored + torch.arange(count, device=places.device)) % self.size
        stored_at = torch.where(full, self._draw(count), filling)
        self._stored.add_(count).clamp_(max=self.size)

        def exchange(past: Tensor, now: Tensor) -> Tensor:
            """Store the first of `now`, and return old ones in their places."""
            fresh = now[:count]
            recalled = torch.where(full, past[places], fresh)
            past.index_copy_(0, stored_at, fresh)
            return torch.cat([recalled, now[count:]])

        labels = fake.y if fake.y is None or self._labels is None else exchange(self._labels, fake.y)
        return Batch(exchange(self._past, fake.x), labels, fake.z)

    def _draw(self, count: int) -> Tensor:
        """Random, distinct places of the buffer."""
        return torch.rand(self.size, device=self._past.device).argsort()[:count]

    def scalars(self) -> dict[str, Tensor]:
        """How full the buffer is, from 0 to 1."""
        return {"balance/replay_filled": self._stored / self.size}

    def state_dict(self) -> dict[str, Any]:
        """The buffer, its labels if there are any, and the number of samples in it."""
        labels = {} if self._labels is None else {"labels": self._labels}
        return {"past": self._past, "stored": self._stored, **labels}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._past.copy_(state["past"])
        if self._labels is not None:
            self._labels.copy_(state["labels"])
        self._stored.copy_(state["stored"])
