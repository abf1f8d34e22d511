"""Prepare the card of a sweep: the best setting, the results of the others, and samples beside real ones."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from gan_cli import wording
from gan_cli.comparison.compare import Comparison
from gan_cli.comparison.groups import Group
from gan_cli.comparison.importance import Importance
from gan_cli.comparison.table import verdict
from gan_cli.comparison.thumbnail import cut, thumbnail
from gan_cli.comparison.varying import Axis, label
from gan_cli.disk.reading import open_plain
from gan_cli.pictures.png import Picture
from gan_cli.run_status import FINISHED
from gan_cli.telemetry.sample_folder import FOLDER_NAME
from gan_cli.telemetry.sweep_card import Line, SweepSummary

_SIDES = {"generator": "G", "discriminator": "D"}


def summary(found: Comparison) -> SweepSummary:
    """Return the contents of the card as plain values."""
    names = short_names(found.axes)
    title, result, overrides = _best(found, names)
    ended = Counter(row.status in FINISHED for row in found.rows)[True]
    return SweepSummary(
        title=title,
        result=result,
        overrides=overrides,
        name=_name(found),
        progress=f"{ended} of {len(found.rows)} runs done",
        columns=[*names, found.by.name if found.by else "figure", "D right", "verdict"],
        lines=[Line(_cells(found, group), group.state) for group in ranked(found)],
        importance=_importance(found, names),
        pictures=_pictures(found),
    )


def ranked(found: Comparison) -> list[Group]:
    """Return the groups, best first, those without a figure last; in their old order if no direction is known."""
    if found.best is None or found.by is None:
        return list(found.groups)
    sign, tag = found.by.sign, found.by.tag
    return sorted(found.groups, key=lambda group: sign * value.mean if (value := group.value(tag)) else math.inf)


def short_names(axes: list[Axis]) -> list[str]:
    """Return short names, such as `D depth` for `discriminator.depth`; full names if two would be the same."""
    short = []
    for axis in axes:
        *parts, last = axis.name.split(".")
        side = next((_SIDES[part] for part in parts if part in _SIDES), "")
        short.append(f"{side} {last}".strip())
    return [name if short.count(name) == 1 else axis.name for name, axis in zip(short, axes, strict=True)]


def _best(found: Comparison, names: list[str]) -> tuple[str, str, str]:
    """Return a title with the best setting, its figure and verdict, and its overrides as they are typed."""
    if found.best is None or found.by is None:
        return "No best setting yet", "nothing was measured that has a best value", ""
    group, _ = found.best
    value = group.value(found.by.tag)
    assert value is not None
    values = [label(group.at[axis.key]) for axis in found.axes]
    few = ", ".join(f"{name} {text}" for name, text in zip(names, values, strict=True))
    figure = wording.with_floor(found.by.tag, value.mean, wording.with_spread(value.mean, value.std))
    result = f"{found.by.name} {figure} ({wording.BETTER[found.by.better]}); {verdict(group) or 'no verdict'}"
    overrides = " ".join(f"{axis.name}={text}" for axis, text in zip(found.axes, values, strict=True))
    return f"Best: {few}" if few else "Only the seed differs", result, overrides


def _importance(found: Comparison, names: list[str]) -> str:
    """Return the importance as `what matters: D depth 61 %, D depth x D dropout 20 %; seeds alone 3 %`."""
    if not isinstance(found.importance, Importance):
        return ""
    short = {key: name for axis, name in zip(found.axes, names, strict=True) for key in (axis.key, axis.name)}
    largest = list(found.importance.shares.items())[:3]
    parts = [f"{' x '.join(short.get(key, key) for key in keys)} {wording.percent(share)}" for keys, share in largest]
    noise = found.importance.noise
    return f"what matters: {', '.join(parts)}" + (
        "" if noise is None else f"; seeds alone {wording.percent(min(noise, 1.0))}"
    )


def _cells(found: Comparison, group: Group) -> list[str]:
    settings = [label(group.at[axis.key]) for axis in found.axes]
    value = group.value(found.by.tag) if found.by else None
    figure = "" if value is None else wording.with_spread(value.mean, value.std)
    accuracy = "" if group.accuracy is None else wording.percent(group.accuracy.mean)
    failed = f"{group.failed} of {len(group.rows)} failed" if group.failed else ""
    return [*settings, figure, accuracy, verdict(group) or failed or "waiting"]


def _name(found: Comparison) -> str:
    names = {str(row.settings["name"]) for row in found.rows if row.settings.get("name")}
    return names.pop() if len(names) == 1 else found.data


def _pictures(found: Comparison) -> list[tuple[str, Picture]]:
    """Return pictures of the best run, of the data, and of the best run of the worst setting, if they can be read."""
    if found.best is None:
        return []
    best = found.best[1].folder
    measured = [group for group in ranked(found) if found.by and group.value(found.by.tag) is not None]
    worst = found.leader(measured[-1]).folder if len(measured) > 1 else None
    pictures = [("best", thumbnail(best)), ("real", _real(best)), ("worst", thumbnail(worst) if worst else None)]
    return [(caption, picture) for caption, picture in pictures if picture is not None]


def _real(run: Path) -> Picture | None:
    try:
        with open_plain(run / FOLDER_NAME / "real.png") as file, Image.open(file) as image:
            return cut(np.asarray(image.convert("RGB")))
    except (OSError, SyntaxError):
        return None
