"""The settings of `gan cure`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le


@dataclass(frozen=True, kw_only=True)
class CureRequest:
    """The settings of `gan cure`; `configs/cure.yaml` is checked against this signature.

    Attributes:
        run: the run folder.
        workers: attempts at a time; `auto`: one per GPU, or else per core, as memory allows.
        json: file for the results; None writes no file.
        trust: allow the run's config to name classes from outside this program; their code is then executed.
    """

    run: str
    workers: Annotated[int, Ge(1), Le(1024)] | Literal["auto"] = "auto"
    json: str | None = None
    trust: bool = False
