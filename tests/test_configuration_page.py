"""docs/configuration.md is what docs/tables writes: every setting, explained, as the classes and the YAML have it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Annotated, Literal

import pytest
from annotated_types import Ge, Gt, Interval, Le, Lt, MinLen

from gan_cli.schedule import Ramp

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture
def configuration(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(DOCS / "tables")
    import configuration

    return configuration


@pytest.fixture
def settings(configuration: ModuleType) -> ModuleType:
    import settings

    return settings


def test_page_is_what_the_script_writes(configuration: ModuleType) -> None:
    written = configuration.page(configuration.TEMPLATE.read_text(encoding="utf-8")).splitlines()
    committed = configuration.PAGE.read_text(encoding="utf-8").splitlines()
    stale = list(difflib.unified_diff(committed, written, "as committed", "as it should be", n=0, lineterm=""))
    assert not stale, "docs/configuration.md is out of date; mend it with:  make docs\n" + "\n".join(stale[:40])


def test_a_group_without_a_place_is_refused(configuration: ModuleType) -> None:
    template = configuration.TEMPLATE.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="<<loss>>"):
        configuration.page(template.replace("<<loss>>\n", ""))
    with pytest.raises(ValueError, match="<<shoes>>"):
        configuration.page(f"{template}\n<<shoes>>\n")


def test_links_lead_to_headings(configuration: ModuleType) -> None:
    template = "# All\n## `model`: recipes\n\n<<model>>\n## Experiments\n<<experiment>>\n"
    assert configuration.anchors_of(template) == {"model": "model-recipes", "experiment": "experiments"}


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int, "whole number"),
        (bool, "true, false"),
        (str | None, "text, or null"),
        (Annotated[int, Ge(0), Lt(2**32)], "whole number ≥ 0 and < 4294967296"),
        (Annotated[float, Gt(0), Le(1)] | Ramp, "> 0 and ≤ 1 or a ramp"),
        (Annotated[float, Interval(ge=-1, le=1)], "-1 to 1"),
        (Annotated[int, Ge(0)] | Literal["best"] | None, "whole number ≥ 0 or best, or null"),
        (list[Annotated[int, Ge(1), Le(8)]] | None, "list of whole numbers 1 to 8, or null"),
        (Annotated[Sequence[Literal["grid", "png"]], MinLen(1)], "list of grid, png (1 or more)"),
        (tuple[Annotated[float, Lt(1)], Annotated[float, Lt(1)]], "2 values, each < 1"),
        (Mapping[str, object], "parts by name"),
    ],
)
def test_annotations_in_words(settings: ModuleType, annotation: object, words: str) -> None:
    assert settings.accepts(annotation) == words


class Base:
    """What both have.

    Args:
        depth: layers,
            counted inward; None chooses
        sigma: as the parent says.
    """


class Child(Base):
    """Its own.

    Args:
        sigma: of the noise.

    Raises:
        ValueError: never.
    """

    def __init__(self, *, depth: int | None = None, sigma: float = 0.5) -> None: ...


class Silent:
    def __init__(self, *, depth: int = 1) -> None: ...


def test_meanings_come_from_docstrings_the_nearest_first(settings: ModuleType) -> None:
    assert settings.settings_table(Child, {"depth": None, "sigma": 0.5}).splitlines()[2:] == [
        "| `depth` | `null` | whole number, or null | Layers, counted inward; `null` chooses. |",
        "| `sigma` | `0.5` | number | Of the noise. |",
    ]


def test_a_setting_that_nobody_explains_is_refused(settings: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"Silent: no docstring says what `depth` means"):
        settings.settings_table(Silent, {"depth": 1})


def test_defaults_as_they_are_typed(settings: ModuleType) -> None:
    typed = [None, 1e-4, [0.0, 0.9], "???", "runs/${name}/${now:%Y%m%d}", "${hydra:runtime.choices.model}"]
    assert list(map(settings.code, typed)) == [
        "`null`",
        "`0.0001`",
        "`[0.0,0.9]`",
        "must be given",
        "`runs/<name>/<time>`",
        "`<model>`",
    ]
