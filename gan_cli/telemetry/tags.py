"""The names of tags in TensorBoard, which orders its groups by name: what a person asks first stands first.

metrics.jsonl and everything that reads it keep the bare tags; only TensorBoard sees a number before the group.
"""

from __future__ import annotations

CARD = "balance/card"
"""Picture of a run: who is winning."""

STANDINGS = "balance/standings"
"""Picture of a sweep: which setting is best."""

MAP = "balance/map"
"""Picture of a sweep: all of it over two of its settings."""

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
"""All other groups follow in alphabetical order."""


def shown_as(tag: str) -> str:
    """The tag's name in TensorBoard; what follows a whole tag behind a further slash stays."""
    group, slash, name = tag.partition("/")
    whole, deeper, rest = name.partition("/")
    if (known := _WHOLE.get(f"{group}/{whole}")) is not None:
        return f"{known}{deeper}{rest}"
    return f"{_GROUPS.get(group, group)}{slash}{name}"
