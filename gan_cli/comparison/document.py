"""Comparisons in formats for other programs: one JSON document, or CSV with one line per group."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import Any

from gan_cli.comparison.compare import Comparison
from gan_cli.comparison.groups import Group, Spread
from gan_cli.comparison.importance import Importance
from gan_cli.comparison.rows import Row
from gan_cli.comparison.table import SPREAD
from gan_cli.comparison.varying import SEED, spelled
from gan_cli.run_status import FAILED, FINISHED, UNDERWAY

STATUSES = (*sorted(FINISHED), *sorted(UNDERWAY), *sorted(FAILED), "waiting")


def csv_text(lists: Sequence[Comparison]) -> str:
    """Return comparisons as CSV, with one line per group.

    The columns are the data, settings, counts, verdict, every figure as mean, standard deviation and n, and folders.
    Missing values are empty. All folders of a group are in one cell, its best run first.
    """
    lines = [_line(group, found) for found in lists for group in found.groups]
    text = io.StringIO()
    names = list(dict.fromkeys(name for line in lines for name in line))
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _line(group: Group, found: Comparison) -> dict[str, Any]:
    figures = {measure.name: group.value(measure.tag) for measure in found.measures}
    figures |= {"accuracy": group.accuracy, "capacity_ratio": group.ratio, "seconds": group.seconds}
    return {
        "data": found.data,
        **{key: spelled(value) for key, value in group.at.items()},
        "runs": len(group.rows),
        **{status: group.status_counts[status] for status in STATUSES},
        "reasons": "; ".join(group.reasons),
        "preliminary": int(group.preliminary),
        "verdict": group.state,
        "verdict_runs": group.verdicts[group.state] if group.state else 0,
        "verdict_doubt": int(group.doubt),
        "verdicts": " ".join(f"{state}:{count}" for state, count in group.verdicts.items()),
        "accuracy_of": "pairs" if group.pairwise else "samples",
        **{name: value for column, each in figures.items() for name, value in _three(column, each).items()},
        "folders": "; ".join(str(row.folder) for row in _best_first(group, found)),
    }


def _best_first(group: Group, found: Comparison) -> list[Row]:
    best = found.leader(group)
    return [best, *(row for row in group.rows if row is not best)]


def _three(column: str, each: Spread | None) -> dict[str, float | int | None]:
    mean, std, n = (None, None, 0) if each is None else (each.mean, each.std, each.n)
    return {f"{column}_mean": mean, f"{column}_std": std, f"{column}_n": n}


def document(lists: Sequence[Comparison]) -> dict[str, Any]:
    """Return comparisons as plain values for JSON: data sets, groups and single runs. inf and nan become null."""
    return {
        "lists": [_list(found) for found in lists],
        "groups": [_group(group, found) for found in lists for group in found.groups],
        "runs": [_run(row, found.data) for found in lists for row in found.rows],
    }


def _list(found: Comparison) -> dict[str, Any]:
    return {
        "data": found.data,
        "settings": found.keys,
        "axes": [
            {"setting": axis.key, "values": [_setting(value) for value in axis.values], "tied": list(axis.tied)}
            for axis in found.axes
        ],
        "by": found.by and {"tag": found.by.tag, "better": found.by.better},
        "spread": SPREAD,
        "best_run": found.best and str(found.best[1].folder),
        "by_verdict": {state: _spread(each) for state, each in found.verdicts.items()},
        "importance": _importance(found.importance),
    }


def _group(group: Group, found: Comparison) -> dict[str, Any]:
    return {
        "data": found.data,
        "settings": {key: _setting(value) for key, value in group.at.items()},
        "runs": [str(row.folder) for row in _best_first(group, found)],
        "status": dict(group.status_counts),
        "reasons": group.reasons,
        "preliminary": group.preliminary,
        "verdict": group.state,
        "doubt": group.doubt,
        "verdicts": dict(group.verdicts),
        "metrics": {measure.tag: _spread(group.value(measure.tag)) for measure in found.measures},
        "accuracy": _spread(group.accuracy),
        "accuracy_of": "pairs" if group.pairwise else "samples",
        "capacity_ratio": _spread(group.ratio),
        "seconds": _spread(group.seconds),
    }


def _run(row: Row, data: str) -> dict[str, Any]:
    return {
        "folder": str(row.folder),
        "data": data,
        "overrides": {key: _setting(value) for key, value in row.typed.items()},
        SEED: _setting(row.seed),
        "status": row.status,
        "reason": row.reason,
        "step": row.step,
        "verdict": row.verdict,
        "doubt": row.doubt,
        "values": {tag: _finite(value) for tag, value in row.values.items()},
        "capacity_ratio": row.ratio,
        "seconds": row.seconds,
    }


def _importance(importance: Importance | str | None) -> dict[str, Any] | None:
    if importance is None:
        return None
    if not isinstance(importance, Importance):
        return {"method": None, "because": importance}
    listed = [{"settings": list(keys), "share": share} for keys, share in importance.shares.items()]
    return {"method": importance.method, "shares": listed, "seeds_alone": importance.noise}


def _spread(each: Spread | None) -> dict[str, float | int | None] | None:
    return None if each is None else {"mean": each.mean, "std": each.std, "n": each.n}


def _setting(value: Any) -> Any:
    """Return a value unchanged if JSON can represent it, else as text."""
    plain = value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and math.isfinite(value))
    return value if plain else spelled(value)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
