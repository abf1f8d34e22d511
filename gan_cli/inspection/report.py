"""The report behind `gan inspect`: the structure and the costs of the networks, before any training."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import takewhile
from math import prod
from typing import Any

import torch
from torch import nn

from gan_cli.config.check import Node
from gan_cli.config.runs import own_classes
from gan_cli.errors import SettingError
from gan_cli.game import Batch, GeneratorInput, Side
from gan_cli.inspection.dcgan_rules import CheckedRule, Pair, check_rules
from gan_cli.inspection.fixes import Fix, fix_for
from gan_cli.inspection.reasons import reasons
from gan_cli.inspection.receptive_field import ReceptiveField, receptive_fields
from gan_cli.inspection.symmetry import DEFINITION, Symmetry
from gan_cli.networks.base import HasLatent
from gan_cli.networks.profile import LayerProfile, Totals, profile, totals
from gan_cli.networks.trace import trace
from gan_cli.session.assemble import Parts
from gan_cli.spec import SampleSpec

MEASURES = ("parameters", "multiply_adds", "activations")
"""The costs that are summed over each network and compared between the two."""


@dataclass(frozen=True)
class Inspection:
    """The report on both networks.

    Attributes:
        name: the name of the experiment.
        spec: the format of a sample.
        generator: the layers of G.
        discriminator: the layers of D.
        fields: the receptive field of each module of D; empty for points.
        pack: the number of samples for which D returns one logit.
        symmetry: how far D mirrors G.
        rules: the result of each rule of DCGAN.
        fixes: the fix for each broken rule, by the rule's short name.
        reasons: why the pair is built as it is, in sentences, by what they are about.
        encoder: the layers of the encoder, if there is one.
        inversion: how far the encoder mirrors G, whose inverse it is to become; None without an encoder.
    """

    name: str
    spec: SampleSpec
    generator: list[LayerProfile]
    discriminator: list[LayerProfile]
    fields: list[ReceptiveField]
    pack: int
    symmetry: Symmetry
    rules: list[CheckedRule]
    fixes: dict[str, Fix]
    reasons: dict[str, str]
    encoder: list[LayerProfile]
    inversion: Symmetry | None

    @property
    def totals(self) -> dict[Side, Totals]:
        """The sums over the layers of the two that play."""
        return {"generator": totals(self.generator), "discriminator": totals(self.discriminator)}

    @property
    def of_encoder(self) -> Totals | None:
        """The sums over the layers of the encoder; None without one."""
        return totals(self.encoder) if self.encoder else None

    @property
    def ratios(self) -> dict[str, float]:
        """The ratio D / G of each measure."""
        both = self.totals
        return {what: getattr(both["discriminator"], what) / getattr(both["generator"], what) for what in MEASURES}

    @property
    def seen(self) -> dict[str, tuple[int, ...]]:
        """The receptive field of each layer of D in positions per axis, by the layer's name."""
        by_name = {field.name: field.positions for field in self.fields}
        return {layer.name: by_name[layer.name] for layer in self.discriminator if layer.name in by_name}

    @property
    def last_map(self) -> ReceptiveField | None:
        """The field of D's last map before all positions are mixed; None if the first layer mixes them already."""
        maps = list(takewhile(lambda field: prod(field.map_size) > 1, self.fields))
        return maps[-1] if maps else None

    def document(self) -> dict[str, Any]:
        """Return the whole report as plain values."""
        both = self.totals
        return {
            "name": self.name,
            "data": {**asdict(self.spec), "description": str(self.spec)},
            "generator": {"layers": [asdict(layer) for layer in self.generator], "totals": asdict(both["generator"])},
            "discriminator": {
                "layers": [{**asdict(layer), "sees": self.seen.get(layer.name)} for layer in self.discriminator],
                "totals": asdict(both["discriminator"]),
                "samples_per_logit": self.pack,
            },
            "encoder": self.of_encoder
            and {"layers": [asdict(layer) for layer in self.encoder], "totals": asdict(self.of_encoder)},
            "ratios": {**self.ratios, "definition": "discriminator / generator"},
            "receptive_field": self._receptive_field(),
            "symmetry": {
                "score": self.symmetry.score,
                "definition": DEFINITION,
                "maps": [{"generator": ours, "discriminator": theirs} for ours, theirs in self.symmetry.hidden],
                "parameter_ratio": self.ratios["parameters"],
            },
            "reasons": self.reasons,
            "dcgan_rules": [self._rule(checked) for checked in self.rules],
        }

    def _rule(self, checked: CheckedRule) -> dict[str, Any]:
        fix = self.fixes.get(checked.rule)
        said = {key: getattr(checked, key) for key in ("rule", "text", "verdict", "evidence")}
        return {**said, "override": fix and fix.override, "refused": fix and fix.refused}

    def share(self, positions: tuple[int, ...]) -> list[float]:
        """Return the size of a receptive field as a share of the data's size, per axis."""
        return [seen / extent for seen, extent in zip(positions, self.spec.spatial, strict=True)]

    def _receptive_field(self) -> dict[str, Any] | None:
        if not self.fields:
            return None
        found = {"last_map": self.last_map, "logit": self.fields[-1]}
        return {
            what: field and {"positions": field.positions, "share": self.share(field.positions)}
            for what, field in found.items()
        }


def report(settings: Node) -> Inspection:
    """Build the networks of a checked config and return the report on them.

    Raises:
        SettingError: a technique refuses a setting, or a network has no layers of torch; the error has the full key.
    """
    parts = Parts(settings)
    spec = parts.source().spec
    batch = int(settings["trainer"]["batch_size"])
    with torch.device("cpu" if own_classes(settings) else "meta"):
        generator, discriminator = parts.networks(spec, parts.techniques())
        assert isinstance(generator, HasLatent)
        drawn, shown = parts.empty_inputs(generator, spec, batch)
        g_layers, d_layers = _layers("generator", generator, drawn), _layers("discriminator", discriminator, shown)
        pair = Pair(trace(generator, drawn), trace(discriminator, shown), bounded=spec.value_range is not None)
        fields = receptive_fields(discriminator, shown) if spec.traits.positions else []
        logits = shown.given_to(discriminator)
        encoder = parts.encoder(spec, generator.latent)
        e_layers = [] if encoder is None else _layers("encoder", encoder, Batch(shown.x))
    pack = batch // len(logits)
    d_input = (spec.channels * pack, *spec.spatial)
    mirror = _mirror(g_layers, d_layers, d_input)
    known: dict[str, SampleSpec] = {}
    rules = check_rules(pair, spatial=spec.traits.positions)
    return Inspection(
        name=settings["name"],
        spec=spec,
        generator=g_layers,
        discriminator=d_layers,
        fields=fields,
        pack=pack,
        symmetry=mirror,
        rules=rules,
        fixes={checked.rule: fix_for(checked, settings, known) for checked in rules if checked.faults},
        reasons=reasons(pair.generator, pair.discriminator, g_layers, spec, generator.latent),
        encoder=e_layers,
        inversion=_mirror(g_layers, e_layers, spec.shape) if e_layers else None,
    )


def _layers(key: str, network: nn.Module, given: GeneratorInput | Batch) -> list[LayerProfile]:
    try:
        return profile(network, given)
    except SettingError as error:
        raise error.under(key) from error


def _mirror(ours: list[LayerProfile], theirs: list[LayerProfile], data: tuple[int, ...]) -> Symmetry:
    """Compare the maps of G with those of a network that reads samples of shape `data`."""
    return Symmetry(
        tuple(layer.output_shape for layer in ours), (*(layer.output_shape for layer in reversed(theirs[:-1])), data)
    )
