"""What is drawn of a sound at some moments, its frames: how many, how loud, and what lies between them."""

from __future__ import annotations

import math
from typing import Annotated

import torch
from annotated_types import Ge, Le
from torch import Tensor, nn

from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

Hop = Annotated[int, Ge(2), Le(1024)]
"""Values from one frame to the next."""

_FEWEST = 4
_STEEP = math.log(10.0)
"""Exponent by which a sigmoid becomes an amplitude, as in DDSP, so that small ones are not all the same."""


def frames_of(spec: SampleSpec, hop: int) -> int:
    """Return the number of frames of a clip.

    Raises:
        SettingError: they are too few for a network to draw.
    """
    frames = -(-spec.spatial[0] // hop)
    if frames < _FEWEST:
        remedy = f"clips have {spec.spatial[0]} values; use at most {spec.spatial[0] // _FEWEST}"
        raise SettingError("hop", hop, remedy)
    return frames


def amplitude(drawn: Tensor) -> Tensor:
    """Turn what a network draws as loudness, any number, into an amplitude in (0, 1), of the same shape."""
    return drawn.sigmoid().pow(_STEEP)


class BetweenFrames(nn.Module):
    """Interpolates linearly from frame to frame, (*, frames) -> (*, length), and holds the first and the last one.

    It equals `torch.nn.functional.interpolate` with `align_corners=False`, cut to the length. `upsampling.Linear` does
    the same along every axis, and is slower for hops beyond about four.

    Args:
        hop: values from one frame to the next.
        length: values that are kept, at most frames * hop.
    """

    def __init__(self, hop: int, length: int) -> None:
        super().__init__()
        self.shares: Tensor
        self._begin = (hop + 1) // 2
        self._length = length
        shares = (torch.arange(hop) + (0.5 if hop % 2 == 0 else 0.0)) / hop
        self.register_buffer("shares", shares, persistent=False)

    def forward(self, drawn: Tensor) -> Tensor:
        """(*, frames) -> (*, length)."""
        held = torch.cat([drawn[..., :1], drawn, drawn[..., -1:]], dim=-1)
        lines = (held[..., :-1, None] + held.diff(dim=-1)[..., None] * self.shares).flatten(-2)
        return lines.narrow(-1, self._begin, self._length)
