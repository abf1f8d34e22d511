"""The folders of the YAML files, and the description in each file's first comment line. Does not need hydra."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path

_RECIPE = "# recipe:"
PACKAGE = Path(__file__).resolve().parents[1]


def config_dir() -> Path:
    """The folder of our YAML groups: inside the installed package, or beside it in a checkout."""
    installed = PACKAGE / "configs"
    return installed if installed.is_dir() else PACKAGE.parent / "configs"


def meaning(path: Path) -> str:
    """The first comment line of a YAML file that is not a Hydra directive; empty when it has none."""
    return next((text.lstrip("# ") for text in _comments(path) if not text.startswith("# @package")), "")


def fitting_recipe(path: Path) -> str | None:
    """The recipe that the YAML file of a data set names in its first comments; None when it names none."""
    named = (text.removeprefix(_RECIPE).strip() for text in _comments(path) if text.startswith(_RECIPE))
    return next(named, None)


def _comments(path: Path) -> Iterator[str]:
    """Yield the lines at the start of a file that are comments."""
    with path.open(encoding="utf-8") as lines:
        yield from takewhile(lambda text: text.startswith("#"), map(str.strip, lines))


def groups(folders: Iterable[Path]) -> dict[str, dict[str, Path]]:
    """Every group with its choices: {"loss": {"hinge": <file>}}; of equal names the earlier folder wins."""
    found: dict[str, dict[str, Path]] = {}
    for folder in folders:
        for path in sorted(folder.glob("*/**/*.yaml")):
            group = path.parent.relative_to(folder).as_posix()
            found.setdefault(group, {}).setdefault(path.stem, path)
    return found
