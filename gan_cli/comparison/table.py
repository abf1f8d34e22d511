"""A comparison as columns of text: the same on the screen and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gan_cli.balance.verdict import name_of
from gan_cli.comparison.compare import Comparison
from gan_cli.comparison.groups import Group, Spread
from gan_cli.comparison.importance import Importance
from gan_cli.comparison.swept import SEED, label
from gan_cli.telemetry import words

SPREAD = "mean ± sample standard deviation over the seeds"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        title: what stands above it.
        cells: one text for each group.
        figures: whether it holds numbers, which stand on the right.
    """

    title: str
    cells: list[str]
    figures: bool = True


def columns(found: Comparison, *, metrics: int | None = None) -> list[Column]:
    """The table; of further metrics beside the one that decides at most so many."""
    shown = found.measures if metrics is None else found.measures[: metrics + 1]
    listed = [*_settings(found), Column("runs", [_runs(group) for group in found.groups])]
    listed += [Column(m.name, [_figure(group, group.value(m.tag)) for group in found.groups]) for m in shown]
    listed += [
        Column("verdict", [verdict(group) for group in found.groups], figures=False),
        Column("D's accuracy", [_accuracy(group) for group in found.groups]),
        Column("D/G", [_plain(group.ratio) for group in found.groups]),
        Column("time", [words.duration(g.seconds.mean) if g.seconds else "" for g in found.groups]),
    ]
    if any(set(group.tally) != {"done"} for group in found.groups):
        listed.append(Column("status", [standing(group) for group in found.groups], figures=False))
    return listed


def _settings(found: Comparison) -> Iterator[Column]:
    for axis in found.axes:
        yield Column(axis.name, [label(group.at[axis.key]) for group in found.groups], axis.numeric)
    if any(SEED in group.at for group in found.groups):
        yield Column(SEED, [label(group.at[SEED]) for group in found.groups])


def _runs(group: Group) -> str:
    """How many runs its figures rest on, of how many."""
    counted, there = len(group.counted), len(group.rows)
    return str(there) if counted == there else f"{counted} of {there}"


def _figure(group: Group, value: Spread | None) -> str:
    if value is None:
        return ""
    return words.with_spread(value.mean, value.std) + (" so far" if group.preliminary else "")


def verdict(group: Group) -> str:
    """`balanced`, `balanced? 2/3`: the verdict of most, with doubt, and how many of how many say so."""
    if group.state is None:
        return ""
    said, all_of_them = group.verdicts[group.state], group.verdicts.total()
    share = "" if said == all_of_them else f" {said}/{all_of_them}"
    return name_of(group.state) + ("?" if group.doubt else "") + share


def _accuracy(group: Group) -> str:
    if group.accuracy is None:
        return ""
    mean, std = (None if value is None else f"{100 * value:.0f}" for value in (group.accuracy.mean, group.accuracy.std))
    return (f"{mean} %" if std is None else f"{mean} ± {std} %") + (" of pairs" if group.pairwise else "")


def _plain(value: Spread | None) -> str:
    return "" if value is None else f"{value.mean:.3g}"


def standing(group: Group) -> str:
    """`done`, or how many stand how: `2 done, 1 failed: out of memory`."""
    counts = ", ".join(f"{count} {status}" for status, count in group.tally.items())
    (only, *others) = group.tally
    text = counts if others or len(group.rows) > 1 and only != "done" else only
    return ": ".join([text, *group.reasons[:1]])


def heading(found: Comparison) -> str:
    """How many runs, in how many groups, and how they stand."""
    tally: dict[str, int] = {}
    for row in found.rows:
        tally[row.status] = tally.get(row.status, 0) + 1
    stand = ", ".join(f"{count} {status}" for status, count in tally.items())
    runs, points = len(found.rows), len(found.groups)
    what = "" if SEED in found.groups[0].at else f" of {points} setting{'s' * (points > 1)}"
    return f"{runs} run{'s' * (runs > 1)}{what}: {stand}"


def best(found: Comparison) -> Iterator[tuple[str, str]]:
    """Where the figure that decides is best; nothing where no setting or no direction is known."""
    group = found.groups[0]
    value = group.value(found.by.tag) if found.by and found.by.better in ("low", "high") else None
    if value is None or found.by is None or not found.axes:
        return
    settings = " ".join(f"{axis.key}={label(group.at[axis.key])}" for axis in found.axes)
    said = verdict(group)
    yield (
        "best",
        f"{settings}: {found.by.name} {words.with_spread(value.mean, value.std)}" + (f", {said}" if said else ""),
    )


def findings(found: Comparison) -> Iterator[tuple[str, str]]:
    """What the table shows, in a line each: a name, and the words."""
    if found.by is not None:
        yield "compared by", str(found.by)
    if found.verdicts and found.by:
        parts = [
            f"{name_of(state)} {words.with_spread(each.mean, each.std)} ({each.n})"
            for state, each in found.verdicts.items()
        ]
        yield "by verdict", ", ".join(parts)
    if isinstance(found.matters, Importance):
        yield "what matters", f"{shares(found.matters)}. Method: {found.matters.method}"
    elif found.matters:
        yield "what matters", found.matters
    for axis in found.axes:
        if axis.tied:
            yield f"with {axis.name} go", ", ".join(axis.tied)


def shares(matters: Importance, most: int = 6) -> str:
    """`generator.depth 61 %, generator.depth x discriminator.depth 20 %`, and what the seeds alone would make."""
    listed = [f"{' x '.join(keys)} {100 * share:.0f} %" for keys, share in list(matters.shares.items())[:most]]
    text = ", ".join(listed)
    return text if matters.noise is None else f"{text} (seeds alone would make {100 * min(matters.noise, 1.0):.0f} %)"


def markdown(found: Comparison) -> str:
    """The table and what it shows, as GitHub renders it."""
    table = columns(found)
    lines = [_row([column.title for column in table]), _row(["---:" if c.figures else "---" for c in table])]
    lines += [_row([column.cells[place] for column in table]) for place in range(len(found.groups))]
    notes = [f"{heading(found)}. Figures: {SPREAD}.", *(f"{name}: {said}." for name, said in findings(found))]
    return "\n".join([*lines, "", *(f"{_escaped(note)}  " for note in notes)]) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
