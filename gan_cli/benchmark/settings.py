"""The settings of `gan benchmark`: those of a run, and what it is compared with."""

from __future__ import annotations

from typing import Any

from gan_cli.session.experiment import experiment


class RunSettings:
    """The settings of a run, as the base of those of a command that has more. Nothing is ever built from it."""

    __init__ = experiment


RunSettings.__doc__ = experiment.__doc__


class BenchmarkSettings(RunSettings):
    """The top level of the config of `gan benchmark`: it is checked against this signature, and nothing is built.

    Args:
        vs: what the training is compared with. `plain`: the loop of tutorials. Else overrides: the same command with
            these, such as `vs='runtime.capture=off'` or `vs='[loss=hinge,balance=[]]'`. `none`: only measured.
    """

    def __init__(self, *, vs: str | list[str] | None = "plain", **shared: Any) -> None:
        """Do nothing: only the signature is used."""
