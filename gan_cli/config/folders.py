"""The folders of the YAML files, and the description in each file's first comment line. Does not need hydra."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def config_dir() -> Path:
    """The folder of our YAML groups: inside the installed package, or beside it in a checkout."""
    installed = PACKAGE / "configs"
    return installed if installed.is_dir() else PACKAGE.parent / "configs"


def meaning(path: Path) -> str:
    """The first comment line of a YAML file that is not a Hydra directive; empty when it has none."""
    return next((text.lstrip("# ") for text in _comments(path) if not text.startswith("# @package")), "")


def fitting(path: Path, group: str) -> str | None:
    """The choice of another group that the first comments of a YAML file name: `# model: mlp`; None if they do not."""
    mark = f"# {group}:"
    return next((text.removeprefix(mark).strip() for text in _comments(path) if text.startswith(mark)), None)


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
