"""Draw a comparison as a picture: choose its axes, fill its cells, and write its title and note."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from matplotlib.figure import Figure

from gan_cli.comparison.compare import Comparison
from gan_cli.comparison.groups import Group, groups
from gan_cli.comparison.importance import Importance
from gan_cli.comparison.thumbnail import thumbnail
from gan_cli.comparison.varying import Axis
from gan_cli.pictures.maps.bars import Bars
from gan_cli.pictures.maps.cells import Cell, CellStatus, Chart, Scale
from gan_cli.pictures.maps.picture import draw
from gan_cli.pictures.png import Picture
from gan_cli.run_status import FAILED, FINISHED, UNDERWAY

_PLANE = 2


def picture(found: Comparison, *, thumbnails: bool = False) -> Figure | None:
    """Draw a curve for one axis or a map for two. For more axes, draw a map of two and bars of the importance.

    The two are the most important axes. If the importance is unknown, they are the first two, without bars.

    Args:
        found: the comparison.
        thumbnails: show the newest samples of the best run in each cell of a map.

    Returns:
        The figure, or None if the runs differ only in their seeds.
    """
    if not found.axes:
        return None
    many = len(found.axes) > _PLANE and isinstance(found.importance, Importance)
    bars = _bars(found.importance, found.axes) if many and isinstance(found.importance, Importance) else None
    return draw(chart(found, thumbnails=thumbnails), bars)


def chart(found: Comparison, *, thumbnails: bool = False) -> Chart:
    """Return the contents of the picture as plain values; there must be at least one axis."""
    axes = _shown(found)
    together = groups(found.rows, [axis.key for axis in axes])
    thumbnails = thumbnails and len(axes) == _PLANE
    return Chart(
        title=_title(found, axes),
        note=_note(found, axes, together),
        axes=[_scale(axis) for axis in axes],
        cells=[_cell(found, group, axes, thumbnails) for group in together],
        measure=found.by.name if found.by else "nothing measured yet",
        better=found.by.better if found.by else "none",
        right="ranks right" if together and all(group.pairwise for group in together if group.accuracy) else "is right",
    )


def _scale(axis: Axis) -> Scale:
    return Scale(axis.name, axis.labels, [float(v) for v in axis.values] if axis.numeric else (), axis.log)


def _shown(found: Comparison) -> list[Axis]:
    """Return at most two axes, with the generator's axis first, for x."""
    axes = found.axes
    if len(axes) > _PLANE and isinstance(found.importance, Importance):
        strongest = found.importance.strongest_pair()
        axes = [axis for axis in axes if axis.key in strongest]
    return sorted(axes[:_PLANE], key=lambda axis: "discriminator" in axis.key)


def _title(found: Comparison, axes: Sequence[Axis]) -> str:
    names = {row.settings.get("name") for row in found.rows if row.settings}
    of = f" of {names.pop()}" if len(names) == 1 else ""
    text = f"{found.by.name if found.by else 'verdicts'}{of} by {' and '.join(axis.name for axis in axes)}"
    if len(found.axes) <= len(axes):
        return text
    why = "that matter most" if isinstance(found.importance, Importance) else "that come first"
    return f"{text}, the two of {len(found.axes)} settings {why}"


def _note(found: Comparison, axes: Sequence[Axis], together: Sequence[Group]) -> str:
    """Return a note: the number of runs, the runs in each cell, the meaning of the spread, and unfinished runs."""
    rest = [axis.name for axis in found.axes if axis not in axes]
    sizes = sorted({len(group.rows) for group in together})
    each = " to ".join(map(str, dict.fromkeys((sizes[0], sizes[-1]))))
    over = f" over seeds and {' and '.join(rest)}" if rest else ""
    spread = "" if sizes[-1] == 1 else f", {each} a point: mean ± sample standard deviation{over}"
    status_counts = Counter(row.status for row in found.rows if row.status not in FINISHED)
    left = ", ".join(f"{count} {status}" for status, count in status_counts.items())
    return f"{len(found.rows)} runs{spread}" + (f"; {left}" if left else "")


def _cell(found: Comparison, group: Group, axes: Sequence[Axis], pictured: bool) -> Cell:
    x, y = (axis.index(group.at[axis.key]) for axis in (axes[0], axes[-1]))
    tag = found.by.tag if found.by else ""
    value = group.value(tag)
    state, agree = _verdict(group, measured=value is not None)
    return Cell(
        x=x,
        y=y if len(axes) == _PLANE else 0,
        status="measured" if value else _status(group),
        value=value.mean if value else None,
        spread=value.std if value else None,
        runs=tuple(v for row in group.counted if math.isfinite(v := row.values.get(tag, math.nan))),
        state=state,
        doubt=group.doubt and state == group.state,
        agree=agree,
        accuracy=group.accuracy.mean if group.accuracy else None,
        accuracies=tuple(row.values[row.accuracy_tag] for row in group.counted if row.accuracy_tag),
        note=_remark(group, measured=value is not None),
        picture=_best_picture(found, group) if pictured and value else None,
    )


def _status(group: Group) -> CellStatus:
    """Return the state of a group without a figure."""
    statuses = {row.status for row in group.rows}
    if statuses & UNDERWAY:
        return "running"
    return "failed" if statuses & FAILED else "waiting"


def _verdict(group: Group, *, measured: bool) -> tuple[str | None, tuple[int, int]]:
    """Return the most frequent verdict and how many of how many runs have it.

    If no run has a figure that counts, return how most of the failed runs ended.
    """
    ends = Counter({status: group.status_counts[status] for status in sorted(FAILED) if group.status_counts[status]})
    if measured or not ends or group.counted:
        return group.state, (group.verdicts[group.state] if group.state else 1, group.verdicts.total() or 1)
    return ends.most_common(1)[0][0], (1, 1)


def _remark(group: Group, *, measured: bool) -> str:
    """Return a remark on runs without a final figure: `1 failed`, `so far`, `not measured`; else empty."""
    rest = [f"{count} {status}" for status, count in group.status_counts.items() if status not in FINISHED]
    if measured:
        return "so far" if group.preliminary else ", ".join(rest)
    if not rest:
        return "not measured"
    return "" if group.waiting else ", ".join(rest) if len(group.rows) > 1 else next(iter(group.status_counts))


def _best_picture(found: Comparison, group: Group) -> Picture | None:
    return thumbnail(found.leader(group).folder)


def _bars(importance: Importance, axes: Sequence[Axis]) -> Bars:
    names = {axis.key: axis.name for axis in axes}
    shares = {tuple(names[key] for key in keys): share for keys, share in importance.shares.items()}
    return Bars(shares, importance.method, importance.noise)
