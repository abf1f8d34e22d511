"""Runs of before open though their classes have moved."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import SMALL

from gan_cli.config.moved import MOVED, with_new_paths
from gan_cli.config.targets import resolve_trusted


@pytest.mark.parametrize("old", MOVED)
def test_a_moved_class_is_where_the_table_says(old: str) -> None:
    """A class that a stranger's config may name; and nothing has taken its old place."""
    assert isinstance(resolve_trusted(MOVED[old]), type)
    with pytest.raises(Exception, match="_target_"):
        resolve_trusted(old)


def test_every_node_is_brought_up_to_date_and_nothing_else() -> None:
    old, new = next(iter(MOVED.items()))
    saved: Any = {"a": {"_target_": old, "b": [{"_target_": old}, 3]}, "name": old, "c": {"_target_": None}}
    assert with_new_paths(saved) == {
        "a": {"_target_": new, "b": [{"_target_": new}, 3]},
        "name": old,
        "c": {"_target_": None},
    }


def test_a_run_of_before_goes_on_and_is_sampled(gan: Any, tmp_path: Any) -> None:
    """A folder as it was written: its config.yaml names classes by their old paths."""
    assert gan("train", "trainer.steps=2", *SMALL, "run=here").code == 0
    config = tmp_path / "here" / "config.yaml"
    text = config.read_text()
    for old, new in MOVED.items():
        text = text.replace(new, old)
    config.write_text(text)
    assert "gan_cli.session.examiner.Examiner" in text
    for command in (
        ("sample", "run=here", "num=2"),
        ("compare", "runs=[here]"),
        ("train", "run=here", "trainer.steps=4"),
    ):
        result = gan(*command)
        assert result.code == 0, result.err
    assert gan("train", "trainer.steps=4", *SMALL, "run=here").code == 0, "the same settings under their new names"
