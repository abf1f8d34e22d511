"""Try out a run before any file is written, to find settings that do not fit together.

Classes of this program are built on the meta device, which has no values and costs no memory. The user's own code may
need values. So a run with own classes is built on the CPU and plays one training step.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from gan_cli.balance.base import Technique
from gan_cli.config.check import CLASS, Node
from gan_cli.config.kinds import wanted
from gan_cli.config.runs import own_classes
from gan_cli.errors import Problem, SettingError, UserError
from gan_cli.game import SIDES, Batch
from gan_cli.launched import launched
from gan_cli.memory import FLOAT, refuse_beyond
from gan_cli.networks.base import GivesLogits, HasLatent
from gan_cli.own_code import describe_exception, last_own_line
from gan_cli.runtime import Runtime
from gan_cli.session.assemble import CONDITION, Parts, attach
from gan_cli.spec import SampleSpec
from gan_cli.training.gan import Gan, Player
from gan_cli.training.step import Game


def rehearse(config: Node, known: dict[str, SampleSpec] | None = None) -> SampleSpec:
    """Build everything that can be built without data or memory, to find settings that do not fit together.

    Args:
        config: the settings.
        known: kinds of sample that this command has found already, by the settings of the data. Listing a large folder
            takes seconds, and the points of a sweep mostly share one.

    Returns:
        The kind of sample that the networks were built for.

    Raises:
        SettingError: names all settings that are legal alone but not together, or not with this data.
    """
    parts = Parts(config)
    own = own_classes(config)
    problems: list[Problem] = []

    def attempt(build: Callable[[], Any], device: str = "cpu" if own else "meta") -> Any:
        try:
            with torch.device(device):
                return build()
        except SettingError as error:
            problems.extend(error.problems)

    spec = attempt(lambda: _spec(parts, known), "cpu")  # a source may compute its shape and classes
    for side in SIDES:
        if spec is not None:
            attempt(partial(parts.build, side, spec))
        attempt(partial(parts.build, f"optim.{side}", [nn.Parameter(torch.zeros(1))]))
    more = [CONDITION] * bool(config.get(CONDITION))
    for key in ("runtime", "loss", "diagnosis", "metric", *more, *(f"balance.{name}" for name in config["balance"])):
        attempt(partial(parts.build, key))
    if not problems:
        attempt(lambda: _play_a_step(parts, spec, own) if own else _introduce(parts, spec))
    if problems:
        raise SettingError.of(problems)
    assert isinstance(spec, SampleSpec)
    return spec


def _spec(parts: Parts, known: dict[str, SampleSpec] | None) -> SampleSpec:
    data = json.dumps(parts.config["data"], sort_keys=True, default=str)
    if known is not None and data in known:
        return known[data]
    with _blamed(parts, "data"):
        spec: object = parts.source().spec
    if not isinstance(spec, SampleSpec):
        raise _wrong(parts, "data", f"its `spec` is a {type(spec).__name__}; must be a gan_cli.spec.SampleSpec")
    if known is not None:
        known[data] = spec
    return spec


def _introduce(parts: Parts, spec: SampleSpec) -> None:
    """Connect the networks and techniques, and pass one batch through the discriminator, all without values."""
    techniques = parts.techniques()
    generator, discriminator = parts.networks(spec, techniques)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(()))])
    g, d = (Player(network, optimizer) for network in (generator, discriminator))
    assert isinstance(generator, HasLatent)
    encoder = parts.encoder(spec, generator.latent)
    e = None if encoder is None else Player(encoder, optimizer)
    gan = Gan(g, d, generator.latent, torch.Generator("cpu"), spec=spec, loss=parts.loss(), e=e)
    attach(techniques, gan)
    gan.critic(gan.real(_unlike_any(torch.empty(_batch_size(parts), *spec.shape))))


def _unlike_any(samples: Tensor) -> Batch:
    """Return samples of no data set, all with the first label."""
    return Batch(samples, torch.zeros(len(samples), dtype=torch.int64))


def _batch_size(parts: Parts) -> int:
    """Return the number of samples per batch in one process.

    Raises:
        SettingError: the processes of a run cannot divide the batch among them.
    """
    size: int = parts.config["trainer"]["batch_size"]
    one = launched()
    if one is None:
        return size
    if size % one.size or size < 2 * one.size:
        remedy = f"{one.size} processes train together; must be a multiple of {one.size}, and at least {2 * one.size}"
        raise SettingError("/trainer.batch_size", size, remedy)
    return size // one.size


def _play_a_step(parts: Parts, spec: SampleSpec, own: Mapping[str, str]) -> None:
    """Play one training step on the CPU with random samples; check what networks and techniques give."""
    batch = _batch_size(parts)
    refuse_beyond(FLOAT * 2 * batch * spec.numel)  # the least for own networks, whose needs are unknown
    techniques: dict[str, Technique] = parts.techniques()
    with _blamed(parts, *own):
        gan = parts.gan(spec, Runtime(device="cpu", precision="float32"), techniques)
        attach(techniques, gan)
    with torch.no_grad():
        with _blamed(parts, "generator"):
            samples = gan.draw(batch, 0).given_to(gan.generator)
        _fits(parts, "generator", samples, (batch, *spec.shape))
        with _blamed(parts, "discriminator"):
            logits = gan.real(_unlike_any(samples)).given_to(gan.discriminator)
        packs = len(logits) if isinstance(logits, Tensor) and logits.ndim == 1 and len(logits) else batch
        _fits(parts, "discriminator", logits, (packs if batch % packs == 0 else batch,))
        for name, technique in techniques.items():
            if (key := f"balance.{name}") in own:
                with _blamed(parts, key):
                    shown = technique.perturb(samples)
                _fits(parts, key, shown, (batch, *spec.shape), by="its `perturb` ")
    with _blamed(parts, *own):
        game = Game(gan, techniques, torch.autocast("cpu", enabled=False), d_steps=1, g_steps=1, clip_grad_norm=None)
        game.play([_unlike_any(torch.rand(batch, *spec.shape).mul_(2.0).sub_(1.0))], update=0)


def _fits(parts: Parts, key: str, given: object, shape: tuple[int, ...], by: str = "") -> None:
    """Raise an error if what a network or a technique gives lacks the shape that follows from the data."""
    found = str(tuple(given.shape)) if isinstance(given, Tensor) else f"a {type(given).__name__}"
    if not isinstance(given, Tensor) or tuple(given.shape) != shape:
        words = f"{by}gives {found} for a batch of {shape[0]}; must give {shape}"
        raise _wrong(parts, key, "; ".join(filter(None, (words, _contract(key)))))


@contextmanager
def _blamed(parts: Parts, *keys: str) -> Iterator[None]:
    """Turn an exception into an error about one of the user's own classes: the first in `keys`, else any."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        own = own_classes(parts.config)
        at_fault = next((key for key in keys if key in own), None) or next(iter(own), None)
        if at_fault is None:
            raise
        words = (
            describe_exception(error)
            if last_own_line(error)
            else f"does not fit the others in a training step: {describe_exception(error)}"
        )
        raise _wrong(parts, at_fault, "; ".join(filter(None, (words, _contract(at_fault)))), error) from error


def _contract(key: str) -> str:
    kinds = {"generator": HasLatent, "discriminator": GivesLogits}
    return wanted((kinds[key],)) if key in kinds else ""


def _wrong(parts: Parts, key: str, words: str, cause: BaseException | None = None) -> SettingError:
    path = own_classes(parts.config).get(key, "") or parts.config[key][CLASS]
    return SettingError(f"/{key}.{CLASS}", path, words, cause)
