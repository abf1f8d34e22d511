"""What a search is told to make small or large, held against what its runs are going to measure."""

from __future__ import annotations

from collections.abc import Sequence

from gan_cli.config.check import Node
from gan_cli.config.schema import did_you_mean
from gan_cli.errors import SettingError
from gan_cli.session.assemble import Parts

METRIC = "metric/"
"""What the tags of metrics begin with."""

GAUGES = ("accuracy", "balance", "grad_norm", "logits", "loss", "lr", "penalty", "time")
"""What all other tags begin with; which of them a run writes follows from its loss, data and techniques."""


def refuse_unmeasured(objectives: Sequence[str], config: Node) -> None:
    """Refuse objectives that no run of these settings can have.

    Args:
        objectives: tags such as `metric/energy_distance` or `balance/distance`.
        config: settings of one of the runs.

    Raises:
        SettingError: none at all, or one that is not measured.
    """
    measures = (config.get("metric") or {}).get("measures", {})
    parts = Parts(config)
    measured = [METRIC + result for name in measures for result in parts.build(f"metric.measures.{name}").results]
    there_are = f"there are {', '.join(measured) or 'no metrics (metric=[])'}, and gauges such as balance/distance"
    if not objectives:
        raise SettingError("/hydra.sweeper.objective", [], f"names no figure; {there_are}")
    for tag in objectives:
        is_gauge = "/" in tag and tag.partition("/")[0] in GAUGES
        if tag not in measured and not is_gauge:
            hint = did_you_mean(tag, measured)
            raise SettingError("/hydra.sweeper.objective", tag, f"a run does not measure it{hint}; {there_are}")
