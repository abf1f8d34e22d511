"""A trained run, opened for use: read with distrust, its networks as one checkpoint left them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from gan_cli.config.check import Node
from gan_cli.config.runs import load_run
from gan_cli.config.targets import resolve_trusted
from gan_cli.errors import SettingError, UserError
from gan_cli.networks.base import Latent
from gan_cli.runtime import Runtime
from gan_cli.session.assemble import Parts, attach, experiment
from gan_cli.spec import SampleSpec
from gan_cli.training import checkpoint
from gan_cli.training.gan import evaluate

BATCH = 256


@dataclass(frozen=True)
class Trained:
    """The generator of a run.

    Attributes:
        config: the run's settings.
        step: the checkpoint's step.
        spec: what a sample is.
        latent: what the generator draws from.
        averaged: whether the network is an average of weights rather than the trained one itself.
    """

    config: Node
    step: int
    spec: SampleSpec
    latent: Latent
    averaged: bool
    _network: torch.nn.Module
    _runtime: Runtime

    def sample(self, z: Tensor) -> Tensor:
        """Latent vectors (N, latent_dim) on the CPU -> samples (N, *shape), float32 on the CPU, in modest batches."""
        with self._runtime.autocast(self.spec):
            parts = [evaluate(self._network, part.to(self._runtime.device)).cpu() for part in torch.split(z, BATCH)]
        return torch.cat(parts)


def open_run(folder: Path, *, step: int | None, average: bool, device: str) -> Trained:
    """Open a run folder for sampling.

    Args:
        folder: a run folder.
        step: the checkpoint's step; None takes the newest that can be read.
        average: prefer averaged weights where the run has them.
        device: as in `runtime.device`; the run may have been trained on another.

    Raises:
        UserError: not a run, not trusted, or without a usable checkpoint.
    """
    settings = load_run(folder, experiment)
    config = {**settings, "runtime": {**settings["runtime"], "device": device}}
    state = checkpoint.load_newest(folder) if step is None else checkpoint.load(folder, step)
    if state is None:
        raise UserError(f"run={folder}: it has no checkpoint yet; `gan train run={folder}` trains it")
    parts = Parts(config, resolve_trusted)
    try:
        runtime = parts.runtime()
    except SettingError as error:
        raise SettingError("device", device, error.problems[0].remedy) from error
    spec = SampleSpec(**state["spec"])
    techniques = parts.techniques()
    gan = parts.gan(spec, runtime, techniques)
    attach(techniques, gan)
    try:
        gan.generator.load_state_dict(state["gan"]["generator"]["network"])
        for name, technique in techniques.items():
            technique.load_state_dict(state["techniques"][name])
    except (RuntimeError, KeyError) as error:
        raise UserError(f"run={folder}: the checkpoint of step {state['step']} does not fit config.yaml") from error
    averages = [technique.sampling_network() for technique in techniques.values()] if average else []
    network = next((network for network in averages if network is not None), gan.generator)
    return Trained(config, state["step"], spec, gan.latent, network is not gan.generator, network, runtime)
