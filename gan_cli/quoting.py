"""Quotes overrides with paths for commands that people paste into a shell."""

from __future__ import annotations

import re
import shlex

_PLAIN = re.compile(r"(?!null$)[\w./+@%:=,\[\] -]+")


def override(key: str, value: str) -> str:
    """Return the override `key=value` for a path, quoted for Hydra if it has special characters, and for the shell."""
    if _PLAIN.fullmatch(value):
        return shlex.quote(f"{key}={value}")
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return shlex.quote(f"{key}='{quoted}'")
