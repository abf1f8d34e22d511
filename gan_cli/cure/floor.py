"""What real data score in the figure that ranks the attempts."""

from __future__ import annotations

import logging

from gan_cli.comparison.ranking import PREFIX, Measure
from gan_cli.config.build import build
from gan_cli.config.check import Node
from gan_cli.config.targets import resolver
from gan_cli.data.base import split_of
from gan_cli.errors import UserError
from gan_cli.metrics.base import Metric, MetricInputs
from gan_cli.quality.reference import open_reference, part_to_compare_with
from gan_cli.session.assemble import Parts

log = logging.getLogger(__name__)


def real_data_floor(config: Node, by: Measure | None, *, trust: bool = False) -> float | None:
    """Measure other real samples in place of generated ones, as many as the runs of a config use.

    Args:
        config: the settings of a run.
        by: the figure.
        trust: let the settings name classes that are not ours.

    Returns:
        The figure of real data; None if it is no metric, or is not known for real data.
    """
    if by is None or not by.tag.startswith(PREFIX):
        return None
    metric = _metric(config, by.name, trust=trust)
    try:
        return None if metric is None else _measured(config, metric, by.name, trust=trust)
    except (UserError, OSError) as error:
        log.warning("the figure of real data is not known: %s", error)
        return None


def _metric(config: Node, result: str, *, trust: bool) -> Metric | None:
    for name, node in config["metric"]["measures"].items():
        metric: Metric = build(f"metric.measures.{name}", node, of=Metric, resolver=resolver(trust=trust))
        if result in metric.results:
            return metric if metric.has_floor else None
    return None


def _measured(config: Node, metric: Metric, result: str, *, trust: bool) -> float | None:
    parts = Parts(config, resolver(trust=trust))
    source, runtime = parts.source(), parts.runtime()
    split = split_of(source)
    of = part_to_compare_with(config["metric"]["split"], split)
    reference = open_reference(source, split, num=config["metric"]["num"], of=of, device=runtime.device)
    inputs = MetricInputs(reference, reference.other)
    return None if metric.lacks(inputs) is not None else metric.measure(inputs).get(result)
