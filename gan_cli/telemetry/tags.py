"""The names of tags in TensorBoard. It sorts groups by name, so a number before the name puts the important ones first.

metrics.jsonl and its readers use the tags without numbers; only TensorBoard gets the number before the group.
"""

from __future__ import annotations

CARD = "balance/card"
"""Picture of a run with its verdict."""

STANDINGS = "balance/standings"
"""Picture of a sweep with its best setting and a table."""

MAP = "balance/map"
"""Picture of a sweep with its results over one or two of its settings."""

LINES = "samples/lines"
"""Text of the samples of the fixed latents, a line each, of runs on text."""

_WHOLE = {
    STANDINGS: "0 which setting is best/card",
    MAP: "0 which setting is best/map",
    CARD: "1 who is winning/card",
    "balance/verdict": "1 who is winning/verdict",
    "data/real": "2 samples/real",
}
_GROUPS = {
    "samples": "2 samples",
    "metric": "3 metric",
    "accuracy": "4 accuracy",
    "loss": "5 loss",
    "balance": "6 balance",
}
"""Names of groups in TensorBoard; all other groups keep their name and follow in alphabetical order."""


def shown_as(tag: str) -> str:
    """Return the tag's name in TensorBoard; a third part of the tag, behind a second slash, is kept."""
    group, slash, name = tag.partition("/")
    whole, deeper, rest = name.partition("/")
    if (known := _WHOLE.get(f"{group}/{whole}")) is not None:
        return f"{known}{deeper}{rest}"
    return f"{_GROUPS.get(group, group)}{slash}{name}"
