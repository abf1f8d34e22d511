"""A bar chart of importance: the share of a result's variation that each setting, or pair of settings, explains."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gan_cli import wording
from gan_cli.pictures.maps.legend import ACCENT, INK, SOFT

WIDTH = 3.9
"""Inches."""
_MOST = 10
_METHOD = 56
"""Letters per line of the text on the method."""
_COLOURS = {1: "#00695c", 2: "#80b4ad"}
"""Colours for a single setting and for a pair."""
_LIFTED = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}


@dataclass(frozen=True)
class Bars:
    """The importance of the settings of a sweep.

    Attributes:
        shares: one or two settings -> their share, largest first.
        method: how the shares were computed.
        noise: the share that the seeds alone would explain, or None.
    """

    shares: Mapping[tuple[str, ...], float]
    method: str
    noise: float | None


def draw_bars(figure: Any, bars: Bars) -> None:
    """Draw the bars into a part of a figure."""
    shares = dict(list(bars.shares.items())[:_MOST])
    axes, places = figure.subplots(), range(len(shares))
    axes.barh(places, list(shares.values()), color=[_COLOURS[len(keys)] for keys in shares], height=0.62)
    for place, share in zip(places, shares.values(), strict=True):
        axes.annotate(
            wording.percent(share), (share, place), xytext=(4, 0), textcoords="offset points",
            va="center", fontsize=9, color=INK, bbox=_LIFTED, zorder=3,
        )  # fmt: skip
    if bars.noise is not None and bars.noise < 1.0:
        axes.axvline(bars.noise, color=ACCENT, linestyle=(0, (3, 2)), linewidth=1.2)
        axes.annotate(
            "seeds alone", (bars.noise, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 3),
            textcoords="offset points", ha="center", va="bottom", fontsize=8.5, color=ACCENT,
        )  # fmt: skip
    axes.set_yticks(places, ["\n× ".join(keys) for keys in shares], fontsize=9, color=INK)
    axes.invert_yaxis()
    axes.set_xlim(0, min(1.0, max([*shares.values(), bars.noise or 0.0, 0.1])) * 1.25)
    axes.xaxis.set_major_formatter(lambda share, _: wording.percent(share))
    axes.set_xlabel("what matters", fontsize=11, color=INK, labelpad=6)
    axes.tick_params(length=0, labelsize=9)
    axes.tick_params(axis="x", colors=SOFT)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color("#bbbbbb")
    method = "\n".join(textwrap.wrap(bars.method, _METHOD))
    figure.supxlabel(method, x=0.02, ha="left", fontsize=8.5, color=SOFT)
