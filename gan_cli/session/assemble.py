"""Build the parts of a run from a checked config. Each part gets the earlier parts that it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, cast

import torch
from torch import nn

from gan_cli.balance.base import Technique
from gan_cli.condition.base import Condition
from gan_cli.condition.none import Unconditional
from gan_cli.config.build import build
from gan_cli.config.check import CLASS, Node, Resolver
from gan_cli.config.kinds import group_of
from gan_cli.config.signature import settings_of
from gan_cli.config.targets import resolve, resolve_trusted
from gan_cli.data.base import Files, Source, Split, Table, shares_of, spread_samples
from gan_cli.data.feed import open_feed
from gan_cli.diagnosis.diagnosis import Diagnosis
from gan_cli.diagnosis.pass_gauges import PassGauges
from gan_cli.errors import Problem, SettingError
from gan_cli.game import Batch, GeneratorInput, Loss, Players
from gan_cli.labels import ClassRows
from gan_cli.networks.alone import judges_alone
from gan_cli.networks.base import HasLatent, Latent, empty_input
from gan_cli.networks.joint import JOINT_CHANNELS, judge_of_pairs
from gan_cli.quality.during_training import TrainingMetrics
from gan_cli.runtime import Runtime
from gan_cli.session.advice import advise
from gan_cli.spec import SampleSpec
from gan_cli.telemetry.recorder import View
from gan_cli.training.components import Components
from gan_cli.training.gan import Gan, Player
from gan_cli.training.trainer import Trainer
from gan_cli.world import ALONE, World

CONDITION = "condition"
"""The group, and the name of its technique among the others."""

SURVEYED = 256
"""Number of latents, of training samples and of held-out samples that the gauges use."""


@dataclass(frozen=True)
class Parts:
    """Builds the parts of a run from a checked config. Each call builds a new object.

    Attributes:
        config: the settings as plain values.
        resolver: turns a `_target_` into a class; a strict one for configs of unknown origin.
        world: the processes that train the run together.
    """

    config: Node
    resolver: Resolver = resolve
    world: World = ALONE

    def build(self, key: str, *handed: Any) -> Any:
        """Build the node at a dotted key. The signature of `experiment` says what kind of object it must be."""
        node: Any = self.config
        for part in key.split("."):
            node = node.get(part)
            if not isinstance(node, dict):
                raise SettingError(f"/{key}", "(nothing)", "must be given")
        return self._build(key, node, *handed)

    def _build(self, key: str, node: Node, *handed: Any) -> Any:
        return build(key, node, *handed, of=_kind_at(key), resolver=self.resolver)

    def source(self) -> Source:
        """The data source, not yet read. It downloads nothing into a folder that an untrusted config names."""
        source = cast(Source, self.build("data"))
        if self.resolver is resolve_trusted and self.config["data"].get("root") and hasattr(source, "may_fetch"):
            source.may_fetch = False
        return source

    def runtime(self) -> Runtime:
        """The device and precision of the run."""
        return cast(Runtime, self.build("runtime"))

    def loss(self) -> Loss:
        """The loss of both networks."""
        return cast(Loss, self.build("loss"))

    def networks(self, spec: SampleSpec, techniques: Mapping[str, Technique]) -> tuple[nn.Module, nn.Module]:
        """Generator and discriminator for this kind of sample, on the default device; techniques may wrap the latter.

        Raises:
            SettingError: a technique refuses the settings; the message has the full key.
        """

        def build(spec: SampleSpec) -> nn.Module:
            network: nn.Module = self.build("discriminator", spec)
            return network

        for name, technique in techniques.items():
            build = partial(_build_discriminator, name, technique, build)
        generator = self._generator(spec, techniques.get(CONDITION))
        if not self.has_encoder:
            return generator, build(spec)
        assert isinstance(generator, HasLatent)
        if CONDITION in techniques:
            remedy = "judges pairs of sample and code, which have no place for labels; use condition=none"
            raise SettingError("/encoder", self.config["encoder"][CLASS], remedy)
        channels = self.config["encoder"].get("joint_channels", JOINT_CHANNELS)
        return generator, judge_of_pairs(build(spec), spec, generator.latent.dim, channels)

    @property
    def has_encoder(self) -> bool:
        """Whether the settings name an encoder."""
        return bool(self.config.get("encoder"))

    def encoder(self, spec: SampleSpec, latent: Latent) -> nn.Module | None:
        """The encoder for this kind of sample, on the default device; None if the settings name none."""
        network: nn.Module | None = self.build("encoder", spec, latent) if self.has_encoder else None
        return network

    def _generator(self, spec: SampleSpec, condition: Technique | None) -> nn.Module:
        """The generator; a condition tells it the classes."""
        if not isinstance(condition, Condition):
            network: nn.Module = self.build("generator", spec)
            return network
        node = self.config["generator"]
        if "latent_dim" not in node:
            raise SettingError("/generator", node[CLASS], f"has no latent_dim, which condition={condition.name} needs")

        def build_inner(latent_dim: int) -> nn.Module:
            network: nn.Module = self._build("generator", {**node, "latent_dim": latent_dim}, spec)
            return network

        try:
            return condition.build_generator(build_inner, spec, node["latent_dim"])
        except SettingError as error:
            raise error.under(CONDITION) from error

    def gan(self, spec: SampleSpec, runtime: Runtime, techniques: Mapping[str, Technique]) -> Gan:
        """The two players on the device, with their optimizers. The weights depend only on the seed."""
        generator, discriminator = (runtime.placed(network, spec) for network in self.networks(spec, techniques))
        assert isinstance(generator, HasLatent)
        g = Player(generator, self.build("optim.generator", list(generator.parameters())), self.world)
        d = Player(discriminator, self.build("optim.discriminator", list(discriminator.parameters())), self.world)
        e = self._encoding_player(spec, generator.latent, runtime)
        rng = runtime.generator(self.config["seed"], "training latents")
        alone = judges_alone(discriminator)
        return Gan(g, d, generator.latent, rng, spec=spec, loss=self.loss(), world=self.world, e=e, judges_alone=alone)

    def empty_inputs(self, generator: HasLatent, spec: SampleSpec, count: int) -> tuple[GeneratorInput, Batch]:
        """Inputs for both networks without particular values, on the default device, to count what happens inside."""
        drawn = empty_input(generator, count)
        return drawn, Batch(torch.empty(count, *spec.shape), drawn.y, drawn.z if self.has_encoder else None)

    def _encoding_player(self, spec: SampleSpec, latent: Latent, runtime: Runtime) -> Player | None:
        """The encoder with an optimizer like the generator's, at its own rate if it has one."""
        encoder = self.encoder(spec, latent)
        if encoder is None:
            return None
        encoder = runtime.placed(encoder, spec)
        node, rate = self.config["optim"]["generator"], self.config["encoder"].get("lr")
        chosen = node if rate is None else {**node, "lr": rate}
        return Player(encoder, self._build("optim.generator", chosen, list(encoder.parameters())), self.world)

    def diagnosis(self) -> Diagnosis:
        """The diagnosis, which names the state of the game."""
        return cast(Diagnosis, self.build("diagnosis"))

    def techniques(self) -> dict[str, Technique]:
        """The balancing techniques by name, and the condition if there is one, not yet attached to the players."""
        found = {name: self.build(f"balance.{name}") for name in self.config["balance"]}
        condition = self.build(CONDITION) if self.config.get(CONDITION) else Unconditional()
        return {**found, CONDITION: condition} if condition.conditional else found

    def _pass_gauges(self, gan: Gan, split: Split, runtime: Runtime) -> PassGauges:
        """The gauges that measure both networks on a fixed set of samples."""
        layout = runtime.memory_format(gan.spec)

        def some(data: Table | Files) -> Batch:
            found = spread_samples(data, SURVEYED, gan.spec).to(runtime.device)
            return found.with_x(found.x.to(memory_format=layout))

        drawn = gan.draw(SURVEYED, self.config["seed"])
        return PassGauges(drawn, some(split.train), None if split.holdout is None else some(split.holdout))

    def view(self, spec: SampleSpec, gan: Gan, split: Split, count: int) -> View:
        """The data for the pictures of a run; they show `count` real samples."""
        real = spread_samples(split.train, count, spec).x
        bounds = {key: value for key, value in self.config["diagnosis"].items() if isinstance(value, (int, float))}
        advice = partial(advise, self.config)
        rows = None
        if gan.shares is not None and spec.traits.drawn == "tiles":
            rows = ClassRows.of(len(gan.shares), count)
        draw = gan.draw if rows is None else partial(_draw_rows, gan, rows)
        meaning = self.loss().probability
        return View(spec, draw, real, self.config["seed"], meaning, advice, bounds, rows, gan.shares is None)

    def ranking(self) -> dict[str, bool]:
        """Names of the metric results that may rank runs, and whether small values are good, without reading the data.

        The most important one is the first. Runs are ranked by the first one that they measure.
        """
        evaluator: TrainingMetrics = self.build("metric")
        return evaluator.ranking

    def _evaluator(self, source: Source, split: Split, gan: Gan, runtime: Runtime) -> TrainingMetrics:
        """The object that measures the quality of samples during training; only the first process measures."""
        evaluator: TrainingMetrics = self.build("metric")
        if self.world.first:
            evaluator.open(source, split, runtime, gan, self.config["seed"])
        return evaluator

    def trainer(self, source: Source, split: Split, runtime: Runtime) -> tuple[Trainer, Gan]:
        """The trainer with all its components, and the players that it trains."""
        spec = source.spec
        techniques = self.techniques()
        gan = self.gan(spec, runtime, techniques)
        if gan.shares is not None:
            gan.shares.copy_(shares_of(split.train, len(gan.shares)))
        attach(techniques, gan)

        def feed_of(batch_size: int) -> Any:
            return open_feed(
                split.train,
                spec,
                batch_size=batch_size,
                device=runtime.device,
                seed=self.config["seed"],
                memory_format=runtime.memory_format(spec),
                world=self.world,
            )

        pass_gauges, evaluator = self._pass_gauges(gan, split, runtime), self._evaluator(source, split, gan, runtime)
        components = Components(
            spec, gan, techniques, pass_gauges, self.diagnosis(), feed_of, runtime, evaluator, self.world
        )
        return self.build("trainer", components), gan


@cache
def _kind_at(key: str) -> Any:
    """The annotation of a dotted key in the signature of `experiment`."""
    from gan_cli.session.experiment import experiment  # imported late: it names classes that may import this module

    first, *others = key.split(".")
    annotation = settings_of(experiment)[first].annotation
    for name in others:
        group = group_of(annotation)
        annotation = Any if group is None else group([name])[name].annotation
    return annotation


def attach(techniques: Mapping[str, Technique], players: Players) -> None:
    """Attach the techniques to the players.

    Raises:
        SettingError: names all problems of the techniques with these players, with full keys.
    """
    problems: list[Problem] = []
    for name, technique in techniques.items():
        try:
            technique.attach(players)
        except SettingError as error:
            found = error.under(_key_of(name)).problems
            problems += [problem for problem in found if problem not in problems]
    if problems:
        raise SettingError.of(problems)


def _draw_rows(gan: Gan, rows: ClassRows, _: int, seed: int) -> GeneratorInput:
    """Return the inputs of a picture with a row for each class and the same latents in every row, on the device."""
    one = gan.draw(rows.columns, seed)
    return GeneratorInput(rows.repeated(one.z), rows.labels().to(one.z.device))


def _build_discriminator(
    name: str, technique: Technique, build: Callable[[SampleSpec], nn.Module], spec: SampleSpec
) -> nn.Module:
    try:
        return technique.build_discriminator(build, spec)
    except SettingError as error:
        raise error.under(_key_of(name)) from error


def _key_of(technique: str) -> str:
    """Return the key of the node of a technique, by its name."""
    return technique if technique == CONDITION else f"balance.{technique}"
