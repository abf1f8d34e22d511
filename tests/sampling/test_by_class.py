"""Which classes `gan sample classes=` may name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gan_cli.errors import SettingError
from gan_cli.sampling.by_class import classes_of
from gan_cli.spec import SampleSpec


def run(names: tuple[str, ...], chosen: list[Any] | None = None, count: int = 3) -> Any:
    """A run whose checkpoint knows the names of its classes; one without any asks its data."""
    spec, bare = (SampleSpec((1,), None, count, class_names=known) for known in (names or None, None))
    return SimpleNamespace(spec=spec, source=SimpleNamespace(spec=bare), config={"data": {"classes": chosen}})


def test_names_that_a_checkpoint_lacks_are_those_of_the_data() -> None:
    old = run(())
    old.source.spec = SampleSpec((1,), None, 3, class_names=("cat", "dog", "emu"))
    assert classes_of(old, ["emu"]) == (["cat", "dog", "emu"], ["emu"])


@pytest.mark.parametrize(
    ("trained", "wanted", "labels"),
    [
        (run(()), [2, 0], [2, 0]),
        (run((), [3, 5, 8]), [8, 3], [2, 0]),
        (run(("cat", "dog", "emu")), ["emu", 0], [2, 0]),
        (run(("dog", "cat"), ["dog", "cat"], 2), ["cat"], [1]),
        (run(("3", "5", "10")), [10, 3], [2, 0]),
        (run(("3", "5", "10")), ["10"], [2]),
    ],
)
def test_classes_by_number_and_by_name(trained: Any, wanted: list[Any], labels: list[int]) -> None:
    known, meant = classes_of(trained, wanted)
    assert [known.index(item) for item in meant] == labels


@pytest.mark.parametrize(
    ("trained", "wanted", "said"),
    [
        (run(("cat", "dog", "emu")), ["cow"], "there is no class cow; the run's classes are cat, dog, emu"),
        (run(("cat", "dog", "emu")), [3], "there is no class 3; the run's classes are cat, dog, emu"),
        (run((), [3, 5, 8]), [1], "there is no class 1; the run's classes are 3, 5, 8"),
    ],
)
def test_classes_that_there_are_not(trained: Any, wanted: list[Any], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        classes_of(trained, wanted)
