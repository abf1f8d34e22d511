"""A cure as a JSON document, for programs."""

from __future__ import annotations

from typing import Any

from gan_cli.comparison.rows import Row
from gan_cli.cure.cure import Cure
from gan_cli.cure.report import command_of, findings
from gan_cli.cure.standing import Tried


def document(cure: Cure) -> dict[str, Any]:
    """Return the sick run, every attempt, and the best of them."""
    standing = cure.standing
    best = standing.best
    return {
        "run": str(cure.sick.folder),
        "compared_by": None if standing.by is None else standing.by.tag,
        "better": None if standing.by is None else standing.by.better,
        "real_data": cure.floor,
        "sick": _results(cure, cure.sick.row),
        "attempts": [_attempt(cure, each) for each in standing.tried],
        "best": None if best is None else {**_attempt(cure, best), "command": command_of(cure, best)},
        "in_words": [f"{label}: {text}" for label, text in findings(cure)],
    }


def _attempt(cure: Cure, tried: Tried) -> dict[str, Any]:
    named = {"overrides": list(tried.attempt.overrides), "folder": str(tried.attempt.folder)}
    said = {"status": tried.status, "reason": tried.reason, "helped": cure.standing.helped(tried)}
    return {**named, **said, **({} if tried.row is None else _results(cure, tried.row))}


def _results(cure: Cure, row: Row) -> dict[str, Any]:
    return {
        "verdict": row.verdict,
        "doubt": row.doubt,
        "figure": cure.standing.figure(row),
        "step": row.step,
        "steps": cure.sick.steps,
        "seconds": row.seconds,
    }
