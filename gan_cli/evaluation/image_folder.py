"""Some images of a folder as samples: all must have the size of the data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gan_cli.data.files import visit
from gan_cli.data.images import decode, size_of
from gan_cli.errors import UserError
from gan_cli.spec import SampleSpec


def pictures(
    folder: Path, names: Sequence[str], spec: SampleSpec, rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint8]:
    """Decode images into uint8 (N, 3, H, W), gray ones too.

    Args:
        folder: where they lie.
        names: all images below it.
        spec: of the data.
        rows: which of them.

    Raises:
        UserError: one cannot be read, or has another size.
    """
    wanted = (spec.spatial[0], spec.spatial[1])
    chosen = [names[row] for row in rows.tolist()]
    found = np.empty((len(chosen), 3, *wanted), dtype=np.uint8)
    unlike: dict[int, str] = {}

    def read(row: int) -> None:
        size = size_of(folder / chosen[row])
        if size != wanted:
            unlike[row] = f"{size[0]}x{size[1]}"
            return
        found[row] = decode(folder / chosen[row], channels=3, size=wanted).numpy()

    broken = visit(range(len(chosen)), read)
    if broken:
        row = min(broken)
        raise UserError(f"run={folder}: {chosen[row]} cannot be read ({broken[row]}){_more(broken)}; take it out")
    if unlike:
        row = min(unlike)
        raise UserError(
            f"run={folder}: {chosen[row]} is {unlike[row]}, but the data are {wanted[0]}x{wanted[1]}{_more(unlike)};\n"
            "all images must have that size: resize them, or set data.size"
        )
    return found


def _more(rows: dict[int, str]) -> str:
    return f" (and {len(rows) - 1:,} more)" if len(rows) > 1 else ""
