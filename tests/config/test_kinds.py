"""Each key of a config accepts classes of its own kind only."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from gan_cli.config.build import build
from gan_cli.config.check import CLASS, Node, check
from gan_cli.config.compose import compose_full, plain
from gan_cli.config.kinds import kind_of
from gan_cli.config.targets import resolve_trusted
from gan_cli.errors import SettingError
from gan_cli.networks.base import HasLatent
from gan_cli.session.assemble import _kind_at
from gan_cli.session.experiment import experiment
from gan_cli.spec import SampleSpec

CLASSES = {
    "loss": "gan_cli.losses.Hinge",
    "data": "gan_cli.data.digits.Digits",
    "optim.generator": "torch.optim.SGD",
    "balance.ema": "gan_cli.balance.ema.EMA",
    "telemetry.sinks.jsonl": "gan_cli.telemetry.jsonl.JsonlSink",
    "metric.measures.modes": "gan_cli.metrics.modes.Modes",
    "runtime": "gan_cli.runtime.Runtime",
    "trainer": "gan_cli.training.trainer.Trainer",
    "diagnosis": "gan_cli.diagnosis.diagnosis.Diagnosis",
    "metric": "gan_cli.quality.during_training.TrainingMetrics",
    "telemetry": "gan_cli.telemetry.recorder.Recorder",
    "generator": "gan_cli.networks.conv.ConvGenerator",
}
"""A key with a class that is right there."""

STRANGE = ("gan_cli.session.folder.Lock", "gan_cli.config.hooks.BeforeJobs", "gan_cli.spec.SampleSpec")
"""Classes that belong nowhere in a config."""


@cache
def _settings() -> Node:
    return plain(compose_full("train", ["metric=[modes]", "data=ring"]))


def _with(key: str, value: Any) -> Node:
    config: Node = copy.deepcopy(_settings())
    *above, last = key.split(".")
    node = config
    for name in above:
        node = node[name]
    node[last] = value
    return config


def _refusal(key: str, value: Any) -> str:
    with pytest.raises(SettingError) as caught:
        check(_with(key, value), experiment, resolver=resolve_trusted)
    return str(caught.value)


def _nodes(config: Node, prefix: str = "") -> Iterator[str]:
    for key, value in config.items():
        if isinstance(value, dict):
            yield from [prefix + key] if CLASS in value else []
            yield from _nodes(value, f"{prefix}{key}.")


@pytest.mark.parametrize("key", CLASSES)
def test_a_class_of_another_kind_is_refused_in_one_line_that_names_what_was_expected(key: str) -> None:
    for other, target in [*CLASSES.items(), *((None, target) for target in STRANGE)]:
        if other is not None and kind_of(_kind_at(other)) == kind_of(_kind_at(key)):
            continue
        message = _refusal(key, {CLASS: target})
        assert message.startswith(f"{key}.{CLASS}={target}: "), message
        assert "must be a " in message and len(message.splitlines()) == 1, message


def test_no_node_of_ours_may_be_of_any_class() -> None:
    """A key that takes nodes and says nothing of their kind would let a stranger build whatever we have."""
    keys = list(_nodes(_settings()))
    assert set(CLASSES) <= {*keys, "balance.ema"} and len(keys) > 12
    for key in keys:
        top = key.partition(".")[0]
        assert kind_of(_kind_at(top)) or kind_of(_kind_at(key)), key


@pytest.mark.parametrize("key", ["seed", "name", "data.modes", "trainer.steps", "trainer.stop_on"])
def test_no_class_is_built_where_a_plain_value_belongs(key: str) -> None:
    assert _refusal(key, {CLASS: "gan_cli.session.folder.Lock"}).startswith(f"{key}=")


@pytest.mark.parametrize("key", ["loss", "generator", "telemetry", "metric"])
def test_settings_without_a_class_are_read_by_nobody(key: str) -> None:
    assert "names no class" in _refusal(key, {"depth": 1})


def test_a_key_that_nothing_reads_is_refused_inside_a_group_of_nodes() -> None:
    assert _refusal("optim.lr", 1e-3) == (
        "optim.lr=0.001: no such setting; did you mean optim.generator.lr or optim.discriminator.lr?"
    )


def test_a_discriminator_in_the_place_of_the_generator_has_no_latent() -> None:
    node = {CLASS: "gan_cli.networks.mlp.MLPDiscriminator"}
    with pytest.raises(SettingError, match=r"generator\._target_=.*has no `latent`; must be a generator"):
        build("generator", node, SampleSpec((2,), None), of=HasLatent)


def test_a_class_that_cannot_be_called_says_so() -> None:
    with pytest.raises(SettingError, match=r"trainer\._target_=.*cannot be called with its settings: missing a requi"):
        build("trainer", {CLASS: "gan_cli.training.trainer.Trainer", "steps": 3})
