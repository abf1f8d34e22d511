"""Format a comparison as columns of text and a few sentences, for the screen and for Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gan_cli import wording
from gan_cli.comparison.compare import Comparison
from gan_cli.comparison.groups import Group, Spread
from gan_cli.comparison.importance import Importance
from gan_cli.comparison.ranking import Measure, untrusted_metrics
from gan_cli.comparison.varying import SEED, label
from gan_cli.config.runs import trust_needed
from gan_cli.diagnosis.verdict import name_of
from gan_cli.quoting import command_on
from gan_cli.telemetry.closing_block import shortest

SPREAD = "mean ± sample standard deviation over the seeds"


@dataclass(frozen=True)
class Column:
    """One column of the table.

    Attributes:
        title: the title of the column.
        cells: one text for each group.
        figures: whether the column contains numbers, which are aligned right.
        spare: if the table is too wide, the column with the highest value is dropped first; 0 is never dropped.
    """

    title: str
    cells: list[str]
    figures: bool = True
    spare: int = 0


def columns(found: Comparison, *, metrics: int | None = None, reasons: bool = True) -> list[Column]:
    """Return the columns of the table.

    `metrics` limits the number of metrics beside the first one. `reasons` adds why runs failed to their status.
    """
    shown = found.measures if metrics is None else found.measures[: metrics + 1]
    listed = [*_settings(found), Column("runs", [_runs(group) for group in found.groups], spare=1)]
    listed += [
        Column(m.name, [_figure(group, group.value(m.tag)) for group in found.groups], spare=(place > 0) * (4 + place))
        for place, m in enumerate(shown)
    ]
    listed += [
        Column("verdict", [verdict(group) for group in found.groups], figures=False),
        Column("D's accuracy", [_accuracy(group) for group in found.groups], spare=2),
        Column("D/G", [_plain(group.ratio) for group in found.groups], spare=4),
        Column("time", [wording.duration(g.seconds.mean) if g.seconds else "" for g in found.groups], spare=3),
    ]
    if any(set(group.status_counts) != {"done"} for group in found.groups):
        cells = [status_text(group) if reasons else status_text(group).partition(":")[0] for group in found.groups]
        listed.append(Column("status", cells, figures=False, spare=1))
    return listed


def _settings(found: Comparison) -> Iterator[Column]:
    for axis in found.axes:
        yield Column(axis.name, [label(group.at[axis.key]) for group in found.groups], axis.numeric)
    if any(SEED in group.at for group in found.groups):
        yield Column(SEED, [label(group.at[SEED]) for group in found.groups])


def _runs(group: Group) -> str:
    """Return the number of runs, or `2 of 3` if the figures come from only some of them."""
    counted, there = len(group.counted), len(group.rows)
    return str(there) if counted == there else f"{counted} of {there}"


def _figure(group: Group, value: Spread | None) -> str:
    if value is None:
        return ""
    return wording.with_spread(value.mean, value.std) + (" so far" if group.preliminary else "")


def verdict(group: Group) -> str:
    """Return the most frequent verdict as `balanced` or `balanced? 2/3`, with doubt and with how many runs have it."""
    if group.state is None:
        return ""
    said, all_of_them = group.verdicts[group.state], group.verdicts.total()
    share = "" if said == all_of_them else f" {said}/{all_of_them}"
    return wording.marked(name_of(group.state), group.doubt) + share


def _accuracy(group: Group) -> str:
    if group.accuracy is None:
        return ""
    mean, std = (None if value is None else f"{100 * value:.0f}" for value in (group.accuracy.mean, group.accuracy.std))
    return (f"{mean} %" if std is None else f"{mean} ± {std} %") + (" of pairs" if group.pairwise else "")


def _plain(value: Spread | None) -> str:
    return "" if value is None else f"{value.mean:.3g}"


def status_text(group: Group) -> str:
    """Return the status of a group: `done`, or the count of each status as `2 done, 1 failed: out of memory`."""
    counts = ", ".join(f"{count} {status}" for status, count in group.status_counts.items())
    (only, *others) = group.status_counts
    text = counts if others or len(group.rows) > 1 and only != "done" else only
    return ": ".join([text, *group.reasons[:1]])


def heading(found: Comparison) -> str:
    """Return the data set, the number of runs and groups, and the count of each status."""
    counts = Counter(row.status for row in found.rows)
    stand = ", ".join(f"{count} {status}" for status, count in counts.items())
    runs, points = len(found.rows), len(found.groups)
    what = "" if SEED in found.groups[0].at else f" of {points} setting{'s' * (points > 1)}"
    return f"{found.data}: {runs} run{'s' * (runs > 1)}{what}: {stand}"


def best(found: Comparison) -> Iterator[tuple[str, str]]:
    """Yield the best setting, the folder of its best run, and the command that samples from it; nothing if unknown."""
    if found.best is None or found.by is None:
        return
    group, run = found.best
    value = group.value(found.by.tag)
    assert value is not None
    settings = " ".join(f"{axis.key}={label(group.at[axis.key])}" for axis in found.axes)
    figure = wording.with_floor(found.by.tag, value.mean, wording.with_spread(value.mean, value.std))
    told = ", ".join(filter(None, (f"{found.by.name} {figure}", verdict(group))))
    yield "best", f"{settings}: {told}" if settings else told
    yield "best run", shortest(run.folder)
    yield "sample", command_on("sample", shortest(run.folder), trust_needed(run.settings))


def folders(found: Comparison) -> list[str]:
    """Return the folder of each group's best run, as a short path, and the number of its other runs."""
    places = ((shortest(found.leader(group).folder), len(group.rows) - 1) for group in found.groups)
    return [f"{place}  and {more} more" if more else place for place, more in places]


def findings(found: Comparison) -> Iterator[tuple[str, str]]:
    """Yield what the table shows, each as a label and a text."""
    if found.by is not None:
        yield "compared by", _decides(found.by)
        values = (group.value(found.by.tag) for group in found.groups)
        if any(value is not None and wording.is_at_floor(found.by.tag, value.mean) for value in values):
            yield "below zero", f"{wording.AT_FLOOR}: no farther from them than these are from each other"
    yield from _unknown(found)
    if found.verdicts and found.by:
        parts = [
            f"{name_of(state)} {wording.with_spread(each.mean, each.std)} ({each.n})"
            for state, each in found.verdicts.items()
        ]
        yield "by verdict", ", ".join(parts)
    if isinstance(found.importance, Importance):
        yield "what matters", f"{shares(found.importance)}. Method: {found.importance.method}"
    elif found.importance:
        yield "what matters", found.importance
    for axis in found.axes:
        if axis.tied:
            yield f"with {axis.name} go", ", ".join(axis.tied)


def _decides(by: Measure) -> str:
    missing = f"; not all runs have {' or '.join(by.instead_of)}" if by.instead_of else ""
    return f"{by}{missing}"


def _unknown(found: Comparison) -> Iterator[tuple[str, str]]:
    if strange := untrusted_metrics(found.rows):
        yield "not known", f"which way the figures of {', '.join(strange)} improve; trust=true if you know its author"


def shares(importance: Importance, most: int = 6) -> str:
    """Return the shares as `depth 61 %, depth x width 20 %`, with the share that the seeds alone would cause."""
    listed = [f"{' x '.join(keys)} {100 * share:.0f} %" for keys, share in list(importance.shares.items())[:most]]
    text = ", ".join(listed)
    noise = importance.noise
    return text if noise is None else f"{text} (seeds alone would make {100 * min(noise, 1.0):.0f} %)"


def markdown(lists: Sequence[Comparison]) -> str:
    """Return a table for each data set and its findings, in Markdown for GitHub."""
    return "\n".join(_section(found, titled=len(lists) > 1) for found in lists)


def _section(found: Comparison, *, titled: bool) -> str:
    table = [*columns(found), Column("folder", folders(found), figures=False)]
    lines = [_row([column.title for column in table]), _row(["---:" if c.figures else "---" for c in table])]
    lines += [_row([column.cells[place] for column in table]) for place in range(len(found.groups))]
    said = [*best(found), *findings(found)]
    notes = [f"{heading(found)}. Figures: {SPREAD}.", *(f"{name}: {text}." for name, text in said)]
    title = [f"## {_escaped(found.data)}", ""] if titled else []
    return "\n".join([*title, *lines, "", *(f"{_escaped(note)}  " for note in notes)]) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
