"""Turn Hydra configs into plain values: for a run, for the points of a sweep, and for help and messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from gan_cli.config.check import Node, check
from gan_cli.config.folders import config_dir

TECHNIQUES = "balance"
"""The group in which a recipe may leave settings of techniques that are not chosen."""

BY_NAME = (TECHNIQUES, "metric.measures", "telemetry.sinks")
"""Keys of groups whose parts have names; null switches a part off."""


def compose_full(verb: str, overrides: Sequence[str], folders: Sequence[Path] = ()) -> DictConfig:
    """The composed config of a verb, including its `hydra` node, without starting a run.

    Args:
        verb: the primary config.
        overrides: as typed, without sweeps.
        folders: the user's own config folders (`--config-dir`).
    """
    own = [f"hydra.searchpath=[{','.join(f'file://{folder.resolve()}' for folder in folders)}]"] if folders else []
    with initialize_config_dir(config_dir=str(config_dir()), version_base="1.3", job_name=verb):
        return compose(config_name=verb, overrides=[*overrides, *own], return_hydra_config=True)


def composed(verb: str, overrides: Sequence[str], folders: Sequence[Path] = ()) -> dict[str, Any]:
    """Full keys and values of a command's config, for messages; of the verb's defaults if it cannot be composed."""
    from gan_cli.config.runs import flatten

    for typed in (overrides, ()):
        try:
            return dict(flatten(plain(compose_full(verb, typed, folders))))
        except Exception:  # the error is reported elsewhere
            continue
    return {}


def plain(config: DictConfig) -> Node:
    """The job part of a composed config (one with its `hydra` node) as resolved plain values."""
    names = [str(name) for name in config if name != "hydra"]
    with _current(config):
        return _dictionary(OmegaConf.masked_copy(config, names))


@contextmanager
def _current(config: DictConfig) -> Iterator[None]:
    """Make `${hydra:...}` refer to this config."""
    outer = HydraConfig.instance().cfg
    HydraConfig.instance().set_config(config)
    try:
        yield
    finally:
        HydraConfig.instance().cfg = outer


def plain_job(config: DictConfig) -> Node:
    """The config that Hydra hands to a job, as resolved plain values."""
    return _dictionary(config)


def _dictionary(config: DictConfig) -> Node:
    values: Any = OmegaConf.to_container(config, resolve=True)
    found: Node = {str(key): value for key, value in values.items()}
    for place in BY_NAME:
        _switch_off(found, place)
    if TECHNIQUES in found:
        found[TECHNIQUES] = _chosen(found[TECHNIQUES])
    return found


def _switch_off(config: Node, place: str) -> None:
    """Remove the parts at a dotted key that are null; null for the whole group removes all of them."""
    node: Any = config
    *above, last = place.split(".")
    for key in above:
        node = node.get(key) if isinstance(node, dict) else None
    if not isinstance(node, dict) or last not in node:
        return
    parts = {} if node[last] is None else node[last]
    node[last] = {k: part for k, part in parts.items() if part is not None} if isinstance(parts, dict) else parts


def _chosen(techniques: Any) -> Any:
    """Remove settings without a class: a recipe set them for techniques that are not chosen."""
    if not isinstance(techniques, dict):
        return techniques
    return {name: node for name, node in techniques.items() if not isinstance(node, dict) or "_target_" in node}


def check_sweep(config: DictConfig) -> None:
    """Check `hydra.sweeper` and `hydra.launcher`, which are not part of the job's settings, against their classes.

    Raises:
        SettingError: names every problem.
    """

    def hydra(*, hydra: dict[str, Any]) -> None:
        """The root callable for the check."""

    parts = {name: OmegaConf.to_container(config.hydra[name], resolve=True) for name in ("sweeper", "launcher")}
    check({"hydra": parts}, hydra)


def run_folder(config: DictConfig) -> Path:
    """The folder that Hydra will make for a single run, absolute."""
    with _current(config):
        return Path(str(config.hydra.run.dir)).absolute()


def sweep_points(config: DictConfig) -> list[tuple[list[str], DictConfig]]:
    """Every point of a multirun: its overrides and its composed config. Call this only while Hydra runs."""
    parameters = config.hydra.sweeper.get("params") or {}
    typed = [f"{key}={value}" for key, value in parameters.items()] + list(config.hydra.overrides.task)
    batches = BasicSweeper.split_arguments(OverridesParser.create().parse_overrides(typed), None)
    loader = GlobalHydra.instance().config_loader()
    return [(point, loader.load_sweep_config(config, point)) for batch in batches for point in batch]


def job_folder() -> Path:
    """The folder that Hydra made for the running job."""
    return Path(HydraConfig.get().runtime.output_dir)


def job_overrides() -> list[str]:
    """The overrides of the running job."""
    return list(HydraConfig.get().overrides.task)


def sweep_folder() -> Path:
    """The folder of the sweep that the running job belongs to, absolute."""
    return Path(str(HydraConfig.get().sweep.dir)).absolute()


def is_sweep() -> bool:
    """Whether the running job is one of several of a multirun."""
    return str(HydraConfig.get().mode) == "RunMode.MULTIRUN"
