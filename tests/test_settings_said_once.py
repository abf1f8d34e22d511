"""The settings in configs/ are what docs/tables/choices.py writes: as signatures and docstrings say."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Annotated

import pytest
import yaml
from annotated_types import Ge

TABLES = Path(__file__).resolve().parents[1] / "docs" / "tables"


@pytest.fixture
def choices(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(TABLES)
    import choices

    return choices


class Thing:
    """A thing.

    Args:
        size: how large it is, >= 1; a long story about sizes, and about what they come to, that has no place at all
            behind a value on any one line.
        colour: None paints it not at all.
        parts: by name.
    """

    def __init__(
        self, *, size: Annotated[int, Ge(1)] = 3, colour: str | None = None, parts: tuple[int, ...] = (1, 2)
    ) -> None: ...


def test_every_choice_is_what_the_script_writes(choices: ModuleType) -> None:
    texts = {name: path.read_text("utf-8") for name, path in choices.files().items()}
    stale = [name for name, text in texts.items() if choices.written(text) != text]
    assert not stale, f"out of date; mend with  make docs: {stale}"
    assert len(choices.files()) > 50


def test_values_comments_new_and_dropped_settings(choices: ModuleType) -> None:
    target = f"{__name__}.Thing"
    lines = ["colour: red  # old words", "gone: 1", "parts: [1, 2]  # kept"]
    before = "\n".join(
        ["# a thing", "thing:", f"  _target_: {target}", *(f"  {x}" for x in lines), "other: 5  # stays", ""]
    )
    written = choices.written(before)
    assert written.splitlines() == [
        "# a thing",
        "thing:",
        f"  _target_: {target}",
        "  colour: null  # null paints it not at all",
        "  parts: [1, 2]  # by name",
        "  size: 3  # how large it is, >= 1",
        "other: 5  # stays",
    ]
    assert choices.written(written) == written
    assert yaml.safe_load(written)["thing"] == {"_target_": target, "colour": None, "parts": [1, 2], "size": 3}


def test_every_metric_that_is_taken_unasked_is_listed(choices: ModuleType) -> None:
    text = choices.EVALUATE.read_text("utf-8")
    assert choices.with_all_metrics(text) == text, "out of date; mend with  make docs"
    assert "      - modes\n" in text and "inception" not in text
    without = text.replace("      - modes\n", "").replace("      - mmd\n", "      - gone\n")
    found = choices.with_all_metrics(without)
    assert "- gone" not in found and sorted(found.splitlines()) == sorted(text.splitlines()), "new ones come last"
