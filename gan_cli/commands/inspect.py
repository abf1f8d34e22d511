"""`gan inspect`: both networks layer by layer, G beside the mirrored D, and what each costs; nothing is trained."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig
    from rich.table import Table

    from gan_cli.networks.profile import LayerProfile, Totals

SCHEMA = "gan_cli.session.assemble.experiment"
"""The signature that the top level of `configs/inspect.yaml` is held against."""

UNSEEN_WIDTH = 100
"""Columns where there is no terminal to ask."""

ROOMY = 116
"""Columns from which on the numbers of a layer are exact and its multiply-adds have a column."""

_NARROW = 21  # columns of a layer's name: two of them, two shapes and two numbers fill 80
_STEPS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def run(config: DictConfig) -> None:
    """Check the settings, lay the networks out on no device and print them."""
    import torch
    from rich.console import Console

    from gan_cli.config.compose import plain_job
    from gan_cli.networks.profile import pair_layers, profile, totals
    from gan_cli.session.assemble import Parts

    settings = plain_job(config)
    parts = Parts(settings)
    spec = parts.source().spec
    with torch.device("meta"):
        generator, discriminator = parts.networks(spec, parts.techniques())
        g_layers = profile(generator, torch.empty(1, settings["generator"]["latent_dim"]))
        d_layers = profile(discriminator, torch.empty(1, *spec.shape))
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = UNSEEN_WIDTH
    console.print(f"[bold]{settings['name']}[/bold]: {spec}\n")
    roomy = console.width >= ROOMY
    console.print(_layers(pair_layers(g_layers, d_layers), roomy=roomy))
    console.print("\n[dim]Read G downwards and D upwards: in each row both are equally far from the data.[/dim]\n")
    console.print(_sums(totals(g_layers), totals(d_layers)))


def _layers(pairs: Sequence[tuple[LayerProfile | None, LayerProfile | None]], *, roomy: bool) -> Table:
    """Layer i of G beside layer n-i of D."""
    table = _table(1)
    numbers = ("parameters", "multiply-adds") if roomy else ("params",)
    for side in ("generator ↓", "discriminator ↑"):
        table.add_column(side)
        for what in ("output", *numbers):
            table.add_column(what, justify="right", no_wrap=True)
        if roomy and side.startswith("generator"):
            table.add_column("  ")
    gap = [""] * roomy
    for g_layer, d_layer in pairs:
        table.add_row(*_cells(g_layer, roomy), *gap, *_cells(d_layer, roomy))
    return table


def _cells(layer: LayerProfile | None, roomy: bool) -> list[str]:
    if layer is None:
        return [""] * (3 + roomy)
    shape = "x".join(map(str, layer.output_shape)) or "1"
    if roomy:
        return [_name(layer), shape, f"{layer.parameters:,}", f"{layer.multiply_adds:,}"]
    return [_name(layer), shape, abbreviate(layer.parameters)]


def _name(layer: LayerProfile) -> str:
    """What a layer is, how it slides and what follows it; what its output shows (`2d`, a reshaping) is left out."""
    head, _, geometry = layer.kind.partition(", ")
    after = ", ".join(name for name in layer.followed_by.split(", ") if name != "Unflatten")
    below = [f"kernel {geometry}" if geometry else "", _plain(after)]
    lines = [line for text in below for line in textwrap.wrap(text, _NARROW - 1)]
    return "\n".join([_plain(head), *(f" [dim]{line}[/dim]" for line in lines)])


def _plain(name: str) -> str:
    return re.sub(r"\dd\b", "", name)


def abbreviate(count: int) -> str:
    """A number that is read at a glance: 3072 -> 3.1k, 2097664 -> 2.1M."""
    for size, letter in _STEPS:
        if count >= size * 0.99995:
            return f"{count / size:.1f}{letter}"
    return str(count)


def _table(gap: int) -> Table:
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, padding=(0, gap - 1, 0, 0), show_edge=False, pad_edge=False, header_style="bold")


def _sums(generator: Totals, discriminator: Totals) -> Table:
    table = _table(3)
    for name in ("per sample", "generator", "discriminator", "D / G"):
        table.add_column(name, justify="left" if name == "per sample" else "right")
    for label in ("parameters", "multiply_adds", "activations"):
        g_value, d_value = getattr(generator, label), getattr(discriminator, label)
        table.add_row(label.replace("_", "-"), f"{g_value:,}", f"{d_value:,}", f"{d_value / g_value:.2f}")
    return table
