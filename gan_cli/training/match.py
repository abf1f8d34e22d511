"""All that a game is played with, handed over in one piece."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gan_cli.balance.base import Technique
from gan_cli.balance.diagnosis import Diagnosis
from gan_cli.balance.survey import Survey
from gan_cli.data.base import Feed
from gan_cli.runtime import Runtime
from gan_cli.spec import SampleSpec
from gan_cli.training.base import Examiner
from gan_cli.training.gan import Gan


@dataclass(frozen=True)
class Match:
    """All that a trainer is handed: the game's parts, the data, the machine, and those who look on."""

    spec: SampleSpec
    gan: Gan
    techniques: Mapping[str, Technique]
    survey: Survey
    diagnosis: Diagnosis
    open_feed: Callable[[int], Feed]
    runtime: Runtime
    examiner: Examiner
