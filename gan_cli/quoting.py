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


def command_on(verb: str, run: str, trust: str = "") -> str:
    """Return the command that applies a verb to a run folder; `trust` is `trust=true` if it needs that."""
    return f"gan {verb} {override('run', run)} {trust}".rstrip()
