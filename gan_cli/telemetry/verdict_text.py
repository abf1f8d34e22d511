"""A verdict with its evidence, as Markdown for TensorBoard and as lines for a terminal."""

from __future__ import annotations

from gan_cli.diagnosis.verdict import Verdict


def explained(verdict: Verdict, advice: tuple[str, ...]) -> str:
    """Return the verdict, a table of its evidence, its doubt, and overrides to try, as Markdown."""
    parts = [f"## {verdict.words}\n\n`{verdict.state}` since step {verdict.since:,}."]
    if verdict.evidence:
        rows = [f"| `{e.gauge}` | {e.value:.3g} | {e.relation} {e.bound:.3g} |" for e in verdict.evidence]
        parts.append("\n".join(["| gauge | value | bound |", "|---|---|---|", *rows]))
    if verdict.doubt:
        parts.append(f"In doubt: {verdict.doubt}.")
    if advice:
        parts.append("Try, best first:\n\n" + "\n".join(f"    {override}" for override in advice))
    return "\n\n".join(parts)


def evidence_text(verdict: Verdict) -> str:
    """Return the evidence for a verdict in one line; empty if it needs none."""
    return ", ".join(str(each) for each in verdict.evidence)


def evidence_and_doubt(verdict: Verdict) -> str:
    """Return the evidence for a verdict and, behind a semicolon, the reason for doubt."""
    doubt = f"in doubt: {verdict.doubt}" if verdict.doubt else ""
    return "; ".join(part for part in (evidence_text(verdict), doubt) if part)
