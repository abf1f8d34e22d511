"""The names of tags in TensorBoard, which orders its groups by name: what a person asks first stands first.

metrics.jsonl and everything that reads it keep the bare tags; only TensorBoard sees a number before the group.
"""

from __future__ import annotations

CARD = "balance/card"
"""Picture of a run: who is winning."""

MAP = "balance/map"
"""Picture of a sweep: which setting is best."""

_WHOLE = {
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
"""All other groups follow in alphabetical order."""


def shown_as(tag: str) -> str:
    """The tag's name in TensorBoard."""
    group, slash, name = tag.partition("/")
    return _WHOLE.get(tag) or f"{_GROUPS.get(group, group)}{slash}{name}"
