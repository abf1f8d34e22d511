"""What was typed for a run, read back: overrides as Hydra's grammar reads them, without composing anything."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import islice
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from gan_cli.errors import spell

MOST_LINES = 1_000
LONGEST = 10_000
"""Characters of an override that is read; nobody types more, and brackets of brackets exhaust the parser."""


def typed_values(lines: Iterable[str]) -> dict[str, Any]:
    """Key and plain value of each override, as `1e-4` is 0.0001 and `[ema,r1]` a list; the last one of a key counts.

    A list is given as a person types it, so that it is one value; what cannot be read is left out.
    """
    return dict(pair for line in islice(lines, MOST_LINES) if (pair := _read(line.strip())) is not None)


@cache
def _read(line: str) -> tuple[str, Any] | None:
    if len(line) > LONGEST:
        return None
    try:
        override = OverridesParser.create().parse_override(line)
        value = None if override.is_sweep_override() else override.value()
    except (HydraException, ValueError, RecursionError):
        return None
    if override.is_sweep_override() or not override.key_or_group:
        return None
    return override.key_or_group, spell(value) if isinstance(value, (list, dict)) else value
