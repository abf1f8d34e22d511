"""What two networks can do and what they cost, before any training: the report behind `gan inspect`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import takewhile
from math import prod
from typing import Any

import torch

from gan_cli.config.check import Node
from gan_cli.config.runs import own_classes
from gan_cli.game import Batch, Drawn, Side
from gan_cli.inspection.dcgan_rules import CheckedRule, Pair, check_rules
from gan_cli.inspection.fixes import Fix, fix_for
from gan_cli.inspection.receptive_field import ReceptiveField, receptive_fields
from gan_cli.inspection.symmetry import DEFINITION, Symmetry
from gan_cli.networks.base import HasLatent
from gan_cli.networks.profile import LayerProfile, Totals, profile, totals
from gan_cli.networks.trace import trace
from gan_cli.session.assemble import Parts
from gan_cli.spec import SampleSpec

MEASURES = ("parameters", "multiply_adds", "activations")
"""What is summed over a network and compared between the two."""


@dataclass(frozen=True)
class Inspection:
    """Both networks laid out on no device.

    Attributes:
        name: what the experiment is called.
        spec: kind of sample.
        generator: G's layers.
        discriminator: D's layers.
        fields: what each module of D sees of a sample; empty for points.
        pack: samples that D judges together.
        symmetry: how far D mirrors G.
        rules: of DCGAN, each held against the pair.
        fixes: what mends each broken rule, by its short name.
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

    @property
    def totals(self) -> dict[Side, Totals]:
        """The sums over each network."""
        return {"generator": totals(self.generator), "discriminator": totals(self.discriminator)}

    @property
    def ratios(self) -> dict[str, float]:
        """D / G, by measure."""
        both = self.totals
        return {what: getattr(both["discriminator"], what) / getattr(both["generator"], what) for what in MEASURES}

    @property
    def seen(self) -> dict[str, tuple[int, ...]]:
        """What each of D's layers sees, per axis in positions, by the layer's name."""
        by_name = {field.name: field.positions for field in self.fields}
        return {layer.name: by_name[layer.name] for layer in self.discriminator if layer.name in by_name}

    @property
    def last_map(self) -> ReceptiveField | None:
        """What one position sees of D's last map before all positions are mixed; None if they are from the start."""
        maps = list(takewhile(lambda field: prod(field.map_size) > 1, self.fields))
        return maps[-1] if maps else None

    def document(self) -> dict[str, Any]:
        """Everything as plain values."""
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
            "ratios": {**self.ratios, "definition": "discriminator / generator"},
            "receptive_field": self._receptive_field(),
            "symmetry": {
                "score": self.symmetry.score,
                "definition": DEFINITION,
                "maps": [{"generator": ours, "discriminator": theirs} for ours, theirs in self.symmetry.hidden],
                "parameter_ratio": self.ratios["parameters"],
            },
            "dcgan_rules": [self._rule(checked) for checked in self.rules],
        }

    def _rule(self, checked: CheckedRule) -> dict[str, Any]:
        fix = self.fixes.get(checked.rule)
        said = {key: getattr(checked, key) for key in ("rule", "text", "verdict", "evidence")}
        return {**said, "override": fix and fix.override, "refused": fix and fix.refused}

    def share(self, positions: tuple[int, ...]) -> list[float]:
        """Extents as shares of the data's, per axis."""
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
    """Lay out the networks of a checked config.

    Raises:
        SettingError: a technique's own, with its full key.
    """
    parts = Parts(settings)
    spec = parts.source().spec
    batch = int(settings["trainer"]["batch_size"])
    with torch.device("cpu" if own_classes(settings) else "meta"):
        generator, discriminator = parts.networks(spec, parts.techniques())
        assert isinstance(generator, HasLatent)
        drawn = Drawn(torch.empty(batch, generator.latent.dim))
        shown = Batch(torch.empty(batch, *spec.shape))
        g_layers, d_layers = profile(generator, drawn), profile(discriminator, shown)
        pair = Pair(trace(generator, drawn), trace(discriminator, shown), bounded=spec.value_range is not None)
        fields = receptive_fields(discriminator, shown) if spec.traits.positions else []
        logits = shown.given_to(discriminator)
    pack = batch // len(logits)
    judged = (spec.channels * pack, *spec.spatial)
    mirror = Symmetry(
        tuple(layer.output_shape for layer in g_layers),
        (*(layer.output_shape for layer in reversed(d_layers[:-1])), judged),
    )
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
    )
