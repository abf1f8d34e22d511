"""`gan inspect`: both networks layer by layer, G beside the mirrored D, and what each costs; nothing is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig
    from rich.table import Table

    from gan_cli.networks.profile import LayerProfile, Totals

SCHEMA = "gan_cli.session.assemble.experiment"
"""The signature that the top level of `configs/inspect.yaml` is held against."""


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
        generator, discriminator = parts.networks(spec)
        g_layers = profile(generator, torch.empty(1, settings["generator"]["latent_dim"]))
        d_layers = profile(discriminator, torch.empty(1, *spec.shape))
    console = Console()
    console.print(f"[bold]{settings['name']}[/bold]: {spec}")
    console.print(_layers(pair_layers(g_layers, d_layers)))
    console.print(_sums(totals(g_layers), totals(d_layers)))


def _layers(pairs: Sequence[tuple[LayerProfile | None, LayerProfile | None]]) -> Table:
    """Layer i of G beside layer n-i of D: read G downwards and D upwards, and both move from latent to data."""
    from rich.table import Table

    table = Table(caption="G is read downwards, D upwards: in each row both work at the same distance from the data")
    for side in ("generator ↓", "discriminator ↑"):
        table.add_column(side)
        table.add_column("output", justify="right")
        table.add_column("parameters", justify="right")
        table.add_column("multiply-adds", justify="right")
    for g_layer, d_layer in pairs:
        table.add_row(*_cells(g_layer), *_cells(d_layer))
    return table


def _cells(layer: LayerProfile | None) -> tuple[str, str, str, str]:
    if layer is None:
        return ("", "", "", "")
    what = f"{layer.kind}\n[dim]{layer.followed_by}[/dim]" if layer.followed_by else layer.kind
    shape = "x".join(map(str, layer.output_shape)) or "1"
    return (what, shape, f"{layer.parameters:,}", f"{layer.multiply_adds:,}")


def _sums(generator: Totals, discriminator: Totals) -> Table:
    from rich.table import Table

    table = Table(title="capacity per sample", title_justify="left")
    for name in ("", "generator", "discriminator", "D / G"):
        table.add_column(name, justify="left" if not name else "right")
    for label in ("parameters", "multiply_adds", "activations"):
        g_value, d_value = getattr(generator, label), getattr(discriminator, label)
        table.add_row(label.replace("_", "-"), f"{g_value:,}", f"{d_value:,}", f"{d_value / g_value:.2f}")
    return table
