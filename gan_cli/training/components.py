"""All parts that training needs, in one object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gan_cli.balance.base import Technique
from gan_cli.data.base import Feed
from gan_cli.diagnosis.diagnosis import Diagnosis
from gan_cli.diagnosis.pass_gauges import PassGauges
from gan_cli.runtime import Runtime
from gan_cli.spec import SampleSpec
from gan_cli.training.base import Evaluator
from gan_cli.training.gan import Gan
from gan_cli.world import ALONE, World


@dataclass(frozen=True)
class Components:
    """All parts that a trainer needs: networks, techniques, data, runtime, gauges, diagnosis, evaluator, processes."""

    spec: SampleSpec
    gan: Gan
    techniques: Mapping[str, Technique]
    pass_gauges: PassGauges
    diagnosis: Diagnosis
    open_feed: Callable[[int], Feed]
    runtime: Runtime
    evaluator: Evaluator
    world: World = ALONE
