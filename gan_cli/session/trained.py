"""Open a trained run for use. The folder is not trusted, and the networks are loaded from one checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from gan_cli.config.check import Node
from gan_cli.config.runs import load_run, on_run
from gan_cli.config.targets import resolver
from gan_cli.data.base import Source
from gan_cli.errors import SettingError, UserError
from gan_cli.game import Batch, GeneratorInput, evaluating, joined
from gan_cli.networks.base import HasLatent, Latent
from gan_cli.runtime import Runtime
from gan_cli.session.assemble import Parts, attach
from gan_cli.session.experiment import experiment
from gan_cli.session.folder_safety import refuse_unsafe_folder
from gan_cli.spec import SampleSpec
from gan_cli.training import checkpoint
from gan_cli.training.gan import Gan
from gan_cli.training.state_check import refuse_mismatch, restoring, spec_of, without_former

BATCH = 256


@dataclass(frozen=True)
class Trained:
    """A trained run, loaded from one checkpoint.

    Attributes:
        config: the run's settings.
        step: step of the checkpoint.
        spec: kind of sample.
        latent: the distribution that the generator draws from.
        averaged: whether samples come from an average of weights rather than from the trained network itself.
        source: its data set, not yet read.
        runtime: the device and precision.
        players: the two trained networks.
    """

    config: Node
    step: int
    spec: SampleSpec
    latent: Latent
    averaged: bool
    source: Source
    runtime: Runtime
    players: Gan
    _network: torch.nn.Module

    def sample(self, drawn: GeneratorInput) -> Batch:
        """Generate samples in batches of at most `BATCH`; float32, on the CPU."""
        with self.runtime.autocast(self.spec), evaluating(self._network):
            parts = [self.players.fake(part.to(self.runtime.device), by=self._network) for part in drawn.split(BATCH)]
            return joined([part.to("cpu") for part in parts])

    def encode(self, samples: Tensor) -> Tensor:
        """Samples (N, *spec.shape) -> codes (N, latent.dim), float32, on the CPU; the run must have an encoder."""
        encoder = self.players.encoder
        assert encoder is not None
        with self.runtime.autocast(self.spec), evaluating(encoder):
            parts = [self.players.encode(part.to(self.runtime.device)) for part in torch.split(samples, BATCH)]
        return torch.cat([part.cpu() for part in parts if part is not None])


def open_run(
    folder: Path, *, step: int | Literal["best"] | None, average: bool, device: str, trust: bool = False
) -> Trained:
    """Open a run folder for use.

    Args:
        folder: a run folder.
        step: step of the checkpoint; None for the newest readable one, `best` for the one that a metric chose.
        average: prefer averaged weights if the run has them.
        device: as in `runtime.device`; it may differ from the device of the training.
        trust: let its config name classes that are not ours.

    Raises:
        UserError: not a run, not trusted, or without a usable checkpoint.
    """
    refuse_unsafe_folder(folder)
    settings = load_run(folder, experiment, trust=trust)
    config = {**settings, "runtime": {**settings["runtime"], "device": device}}
    state = _state(folder, step)
    if state is None:
        raise UserError(f"run={folder}: it has no checkpoint yet; `{on_run('train', folder, config)}` trains it")
    parts = Parts(config, resolver(trust=trust))
    try:
        runtime = parts.runtime()
    except SettingError as error:
        raise SettingError("device", device, error.problems[0].remedy) from error
    with checkpoint.explaining_mismatch(folder, state["step"]):
        spec = spec_of(state)
        _refuse_mismatch(parts, spec, state)
        techniques = parts.techniques()
        gan = parts.gan(spec, runtime, techniques)
        attach(techniques, gan)
        saved = without_former(state["techniques"], techniques)
        refuse_mismatch("techniques", saved, {name: t.state_dict() for name, t in techniques.items()})
        with restoring("state"):
            for name, player in gan.learners.items():
                player.network.load_state_dict(state["gan"][name]["network"])
            for name, technique in techniques.items():
                technique.load_state_dict(saved[name])
    averages = [technique.sampling_network() for technique in techniques.values()] if average else []
    network = next((network for network in averages if network is not None), gan.generator)
    averaged = network is not gan.generator
    return Trained(config, state["step"], spec, gan.latent, averaged, parts.source(), runtime, gan, network)


def _refuse_mismatch(parts: Parts, spec: SampleSpec, state: Mapping[str, Any]) -> None:
    """Refuse saved networks that differ from those of the config, before the latter use any memory."""
    with torch.device("meta"):
        generator, discriminator = parts.networks(spec, parts.techniques())
        assert isinstance(generator, HasLatent)
        encoder = parts.encoder(spec, generator.latent)
    networks = {"generator": generator, "discriminator": discriminator}
    networks |= {} if encoder is None else {"encoder": encoder}
    with restoring("state"):
        saved = {name: {"network": state["gan"][name]["network"]} for name in networks}
        techniques = state["techniques"].keys()
    refuse_mismatch("state.gan", saved, {name: {"network": net.state_dict()} for name, net in networks.items()})
    refuse_mismatch("techniques", dict.fromkeys(techniques), dict.fromkeys(parts.techniques()))


def _state(folder: Path, step: int | Literal["best"] | None) -> dict[str, Any] | None:
    if step == "best":
        return checkpoint.load_best(folder)
    return checkpoint.load_newest(folder) if step is None else checkpoint.load(folder, step)
