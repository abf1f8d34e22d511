"""A random shift of the maps of sound inside a discriminator."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_cli.errors import SettingError
from gan_cli.networks.geometry import spell_size
from gan_cli.networks.kinds import require_sound
from gan_cli.spec import SampleSpec


class PhaseShuffle(nn.Module):
    """Shifts maps (N, C, length) in time by a random whole number in [-reach, reach], the same for all of a batch.

    The end that becomes free is filled by reflection. Transposed convolutions leave a comb at a fixed phase; a
    discriminator that cannot rely on the phase cannot win by the comb alone. Donahue et al. (2019), arXiv:1802.04208,
    section 3.3. Like dropout, it acts in training only.

    Args:
        reach: largest shift, at least 1 and less than the length of the maps.
    """

    def __init__(self, reach: int) -> None:
        super().__init__()
        self.reach = reach

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, length) -> (N, C, length)."""
        if not self.training:
            return maps
        length, reach = maps.shape[2], self.reach
        start, end = maps[..., 1 : reach + 1].flip(2), maps[..., -reach - 1 : -1].flip(2)
        shift = torch.randint(0, 2 * reach + 1, (), device=maps.device)
        read = torch.arange(length, device=maps.device) + shift
        return torch.cat([start, maps, end], 2).gather(2, read.expand_as(maps))

    def extra_repr(self) -> str:
        return f"reach={self.reach}"


def require_phases(reach: int, spec: SampleSpec, shortest: int) -> None:
    """Refuse a shift of maps that have no phase, or are too short for it.

    Raises:
        SettingError: the data are no sound, or the shortest map that is shifted is not longer than the shift.
    """
    if reach == 0:
        return
    require_sound(spec, setting="phase_shuffle", value=reach, does="shifts")
    if reach >= shortest:
        remedy = f"must be less than the shortest map that is shifted, {spell_size((shortest,))}"
        raise SettingError("phase_shuffle", reach, remedy)
