"""Hydra's own settings: which of them have an effect here, and what to type instead of the others."""

from __future__ import annotations

from collections.abc import Iterator

from hydra.core.override_parser.types import Override

from gan_cli.arguments import Arguments
from gan_cli.errors import Problem

_REFUSED = {
    "hydra.run": "a run's folder is named by run=...",
    "hydra.job.chdir": "paths are those of the folder that you work in",
    "hydra.mode": "a sweep is asked for by -m",
    "hydra.launcher.n_jobs": "jobs at a time are set by workers=...",
    "hydra.sweep.subdir": "the folder of a point follows from its values; hydra.sweep.dir=... names the sweep's",
}
_OBEYED = ("hydra/job_logging", "hydra/hydra_logging", "hydra.job_logging", "hydra.hydra_logging", "hydra.searchpath")
_NAMED = ("launcher", "sweeper", "sweep.dir", "logging", "searchpath")
_OBEYED_IN_SWEEPS = ("hydra/launcher", "hydra/sweeper", "hydra.launcher", "hydra.sweeper", "hydra.sweep.dir")

OF_SWEEPS = ("sweep_name", "workers")
"""Our own settings that concern Hydra's sweeps."""

ACTS_ON_SWEEPS = "acts on a sweep only; add -m"


def refused_of_hydra(override: Override, typed: Arguments) -> Iterator[Problem]:
    """Yield what is wrong with an override of Hydra's own settings, such as one that would have no effect here."""
    key, value = override.key_or_group, str(override.input_line).partition("=")[2]
    if remedy := next((why for name, why in _REFUSED.items() if _under(name, key)), None):
        yield Problem(key, value, f"not supported; {remedy}")
    elif any(_under(name, key) for name in _OBEYED_IN_SWEEPS):
        if not (typed.multirun or typed.flags):
            yield Problem(key, value, ACTS_ON_SWEEPS)
    elif not any(_under(name, key) for name in _OBEYED):
        yield Problem(key, value, f"no such setting; of Hydra's own settings gan supports {', '.join(_NAMED)}")
    if "/" in key and value.lower() in ("null", ""):
        yield Problem(key, value, "needs a choice; leave it out for the default")


def _under(name: str, key: str) -> bool:
    return key == name or key.startswith(f"{name}.")
