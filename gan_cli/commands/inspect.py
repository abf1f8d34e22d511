"""`gan inspect`: show G beside the mirrored D, their costs and receptive fields, and the rules of DCGAN.

Nothing is trained.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gan_cli.errors import printable

if TYPE_CHECKING:
    from omegaconf import DictConfig
    from rich.console import Console
    from rich.table import Table

    from gan_cli.inspection.fixes import Fix
    from gan_cli.inspection.report import Inspection
    from gan_cli.inspection.symmetry import Shape, Symmetry
    from gan_cli.networks.profile import LayerProfile

SCHEMA = "gan_cli.session.experiment.experiment"
"""The signature against which the top level of `configs/inspect.yaml` is checked."""

UNSEEN_WIDTH = 100
"""Columns of the output if it does not go to a terminal."""

ROOMY = 116
"""From this width on, the numbers of a layer are exact and its multiply-adds get a column."""

_WIDEST = 140  # maximum columns of a sentence
_NARROW = 21  # columns of a layer's name; two names, two shapes and two numbers then need 80 columns
_LISTED = 3  # maximum number of differences between the networks that are listed
_STEPS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
_COLOURS = {"kept": "green", "broken": "yellow", "not applicable": "dim"}


def run(config: DictConfig, *, json: bool = False) -> None:
    """Check the settings, build the networks without training them, and print a report; with `json` as JSON."""
    from gan_cli.config.compose import plain_job
    from gan_cli.inspection.report import report
    from gan_cli.telemetry.terminal import result_console

    found = report(plain_job(config))
    if json:
        return print(_document(found))
    console = result_console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = UNSEEN_WIDTH
    _report(found, console)


def _document(found: Inspection) -> str:
    from gan_cli.disk.json_text import json_text

    return json_text(found.document())


def _report(found: Inspection, console: Console) -> None:
    roomy = console.width >= ROOMY
    console.print(f"[bold]{_shown(found.name)}[/bold]: {_shown(str(found.spec))}\n")
    console.print(_layers(found, "discriminator", found.discriminator, found.symmetry, roomy=roomy))
    if found.inversion is not None:
        console.print()
        console.print(_layers(found, "encoder", found.encoder, found.inversion, roomy=roomy))
    upwards = "D upwards" if found.inversion is None else "D and E upwards"
    console.print(f"\n[dim]Read G downwards and {upwards}: in each row both are equally far from the data.[/dim]\n")
    console.print(_sums(found))
    console.print()
    console.print(_facts(found, min(console.width, _WIDEST)))
    console.print("\n[bold]rules of DCGAN[/bold] [dim](Radford et al. 2016)[/dim]")
    if not any(checked.verdict != "not applicable" for checked in found.rules):
        return console.print(f"not applicable: {found.rules[0].evidence}", markup=False)
    console.print(_rules(found, roomy=roomy))
    if found.fixes:
        console.print("[dim]A broken rule is a choice, not a mistake: other designs have rules of their own.[/dim]")


def _layers(found: Inspection, name: str, other: Sequence[LayerProfile], mirror: Symmetry, *, roomy: bool) -> Table:
    """Return a table with layer i of G and its output map beside layer n-i of another network and its input map."""
    table = _table(1)
    numbers = ("parameters", "multiply-adds") if roomy else ("params",)
    for side, shape in (("generator ↓", "output"), (f"{name} ↑", "input")):
        table.add_column(side)
        for what in (shape, *numbers):
            table.add_column(what, justify="right", no_wrap=True)
        if roomy and side.startswith("generator"):
            table.add_column("  ")
    gap = [""] * roomy
    sides = (found.generator, mirror.generator), (other[::-1], mirror.discriminator)
    for row in mirror.rows:
        ours, theirs = (_cells(*side, place, roomy) for side, place in zip(sides, row, strict=True))
        table.add_row(*ours, *gap, *theirs)
    return table


def _cells(layers: Sequence[LayerProfile], maps: Sequence[Shape], place: int | None, roomy: bool) -> list[str]:
    if place is None:
        return [""] * (3 + roomy)
    layer, shape = layers[place], maps[place]
    if roomy:
        return [_name(layer), _shape(shape), f"{layer.parameters:,}", f"{layer.multiply_adds:,}"]
    return [_name(layer), _shape(shape), abbreviate(layer.parameters)]


def _name(layer: LayerProfile) -> str:
    """Return a layer's type, kernel and following modules, without what its output shape shows (`2d`, Flatten)."""
    head, _, geometry = layer.kind.partition(", ")
    after = ", ".join(name for name in layer.followed_by.split(", ") if name not in ("Unflatten", "Flatten"))
    below = [f"kernel {geometry}" if geometry else "", _plain(after)]
    lines = [line for text in below for line in textwrap.wrap(text, _NARROW - 1)]
    return "\n".join([_shown(_plain(head)), *(f" [dim]{_shown(line)}[/dim]" for line in lines)])


def _plain(name: str) -> str:
    return re.sub(r"\dd\b", "", name)


def _shown(text: str) -> str:
    """Escape rich markup and control characters in a text from outside this program."""
    from rich.markup import escape

    return escape(printable(text))


def abbreviate(count: int) -> str:
    """Return a number in short form: 3072 -> 3.1k, 2097664 -> 2.1M."""
    for size, letter in _STEPS:
        if count >= size * 0.99995:
            return f"{count / size:.1f}{letter}"
    return str(count)


def _table(gap: int) -> Table:
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, padding=(0, gap - 1, 0, 0), show_edge=False, pad_edge=False, header_style="bold")


def _sums(found: Inspection) -> Table:
    pack = f" (pack of {found.pack})" if found.pack > 1 else ""
    table = _table(3)
    coding = found.of_encoder
    encoder = [] if coding is None else ["encoder"]
    for name in ("per sample", "generator", f"discriminator{pack}", *encoder, "D / G"):
        table.add_column(name, justify="left" if name == "per sample" else "right")
    both = found.totals
    for what, ratio in found.ratios.items():
        values = [getattr(each, what) for each in (*both.values(), *([] if coding is None else [coding]))]
        table.add_row(what.replace("_", "-"), *(f"{value:,}" for value in values), f"{ratio:.2f}")
    return table


def _facts(found: Inspection, columns: int) -> Table:
    """Return a table of results that are sentences, each with its name in front."""
    from rich.table import Table

    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(max_width=columns - 16)
    table.add_row("symmetry", _symmetry(found))
    table.add_row("D sees", _sight(found))
    for about, reason in found.reasons.items():
        table.add_row(about, _shown(reason))
    return table


def _symmetry(found: Inspection) -> str:
    mirror = found.symmetry
    if mirror.score == 1.0:
        return "1.00: every hidden map of G returns in D, mirrored"
    wrong = [_unequal(ours, theirs) for ours, theirs in mirror.hidden if ours != theirs]
    more = f" and {len(wrong) - _LISTED} more" if len(wrong) > _LISTED else ""
    share = f"{mirror.score:.2f}: {mirror.matches} of {mirror.most} hidden maps return in the other network"
    return f"{share}; not {', '.join(wrong[:_LISTED])}{more}"


def _unequal(ours: Shape | None, theirs: Shape | None) -> str:
    sides = (f"{whose} {_shape(shape)}" for whose, shape in (("G's", ours), ("D's", theirs)) if shape is not None)
    return " against ".join(sides)


def _sight(found: Inspection) -> str:
    """Describe how D's receptive field grows from layer to layer, in positions of the data."""
    if not found.fields:
        return "all values of a point at once"
    data = _shape(found.spec.spatial)
    if found.last_map is None:
        return f"all {data} positions at once, from its first layer on"
    growth = " → ".join(dict.fromkeys(map(_shape, found.seen.values())))
    shares = [f"{100 * share:.0f} %" for share in found.share(found.last_map.positions)]
    last = f"A place of its last map sees {' by '.join(dict.fromkeys(shares))} of each side"
    end = "." if set(shares) == {"100 %"} else "; what lies further apart meets in the logit alone."
    return f"{growth} of {data} positions, layer by layer. {last}{end}"


def _shape(shape: Shape) -> str:
    return "x".join(map(str, shape))


def _fixed(fix: Fix) -> str:
    refused = f", refused here: {_shown(fix.refused)}" if fix.refused else ""
    return f"mended by [bold]{_shown(fix.override)}[/bold]{refused}"


def _rules(found: Inspection, *, roomy: bool) -> Table:
    """Return a table with one rule per row: the verdict, the rule, the evidence, and the overrides that fix it."""
    from rich.table import Table

    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(no_wrap=True)
    for checked in found.rules:
        colour = _COLOURS[checked.verdict]
        fix = found.fixes.get(checked.rule)
        said = [f"[dim]{_shown(checked.evidence)}[/dim]", *([_fixed(fix)] if fix else [])]
        words = [checked.text, "\n".join(said)] if roomy else ["\n".join([checked.text, *said])]
        table.add_row(f"[{colour}]{checked.verdict}[/{colour}]", *words)
    return table
