"""Imports point down only: the order of the packages, walked through their syntax trees."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "gan_cli"

LEVELS = (
    ("__main__", "cli", "help", "completion", "hydra_plugin"),
    ("commands",),
    ("cure",),
    ("sweep",),
    ("comparison",),
    ("evaluation", "sampling", "encoding", "benchmark", "inspection"),
    ("session",),
    ("quality", "external"),
    ("config", "training", "telemetry"),
    ("pictures",),
    ("condition",),
    ("networks", "losses", "balance", "data", "metrics"),
    ("diagnosis",),
    (
        "game",
        "runtime",
        "disk",
        "arguments",
        "schedule",
        "distances",
        "full_precision",
        "perception",
        "wording",
        "quoting",
        "cache",
        "marks",
        "nonlinear",
        "last_layer",
        "sound_file",
        "accidents",
        "streams",
        "memory",
        "processes",
    ),
    ("cpu_threads",),
    ("processors",),
    (
        "spec",
        "memory_format",
        "labels",
        "scattering",
        "ngrams",
        "text_lines",
        "log_mel",
        "errors",
        "run_status",
        "shortage",
        "synonyms",
        "own_code",
        "startup",
        "compiler",
        "world",
        "launched",
        "stepwise",
        "control_groups",
    ),
)
"""From the top: each part may import what stands below it, and nothing beside it but for the first line."""

BUILDING_BLOCKS = next(level for level in LEVELS if "networks" in level)

PROTOCOLS = {
    "training": {"networks.base", "balance.base", "data.base"},
    "telemetry": {"networks.base", "balance.base", "data.base"},
    "pictures": set[str](),
}
"""All that these may see of the networks, losses, techniques and data."""

CONFIG_LIBRARIES = {"hydra", "omegaconf", "yaml"}
KNOW_CONFIG_LIBRARIES = {"cli", "completion", "config", "sweep"}

SLOW_TO_LOAD = {"torch", "torchvision", "numpy", "sklearn", "matplotlib", "PIL", "rich", "tensorboard"} | {
    "hydra",
    "omegaconf",
}
QUICK = {"__main__", "cli", "arguments", "help", "completion", "commands", "own_code"}
"""What `gan --help` loads: nothing slow when it is imported."""

LONGEST = 350
REFUSED_NAMES = {"utils.py", "misc.py", "common.py", "helpers.py"}


@dataclass(frozen=True)
class Import:
    """One import: who, what, and whether it runs, and when."""

    importer: str
    imported: str
    at_load: bool
    for_types: bool = False

    @property
    def own(self) -> bool:
        return self.imported.split(".")[0] == "gan_cli"

    def __str__(self) -> str:
        return f"{self.importer} imports {self.imported}"


def part(module: str) -> str:
    """The part of the package that a module belongs to: `gan_cli.data.base` -> `data`."""
    return (module.split(".") + [""])[1]


@cache
def modules() -> dict[str, Path]:
    """Every module by its dotted name."""
    return {_dotted(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _dotted(path: Path) -> str:
    names = ("gan_cli", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


@cache
def imports() -> tuple[Import, ...]:
    return tuple(found for name, path in modules().items() for found in read(name, path.read_text(encoding="utf-8")))


def read(name: str, source: str) -> Iterator[Import]:
    yield from _walk(name, ast.parse(source), at_load=True, for_types=False)


def _walk(name: str, node: ast.AST, *, at_load: bool, for_types: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(name, alias.name, at_load, for_types) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"{name}: relative imports hide where they lead"
            yield from (Import(name, target, at_load, for_types) for target in _targets(child))
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            yield from _walk(name, child, at_load=False, for_types=True)
        else:
            inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from _walk(name, child, at_load=at_load and not inside, for_types=for_types)


def _targets(node: ast.ImportFrom) -> set[str]:
    """The modules behind `from a import b`, where b may be a module or a name in a."""
    names = {f"{node.module}.{alias.name}" for alias in node.names}
    inner = {name for name in names if name in modules()}
    return inner | ({str(node.module)} if inner != names else set())


def level(name: str) -> int:
    found = [index for index, names in enumerate(LEVELS) if name in names]
    assert found, f"gan_cli/{name} stands on no level: add it to LEVELS and to docs"
    return found[0]


def points_up(found: Import) -> bool:
    """Whether an import leads to a level above, or sideways out of its own part."""
    here, there = part(found.importer), part(found.imported)
    if not (found.own and here and there) or here == there:
        return False
    return level(there) < level(here) or (level(there) == level(here) and level(here) > 0)


def sees_too_much(found: Import) -> bool:
    """Whether an import reaches past the protocols of the level below."""
    seen = PROTOCOLS.get(part(found.importer))
    behind = found.imported.removeprefix("gan_cli.")
    return found.own and seen is not None and part(found.imported) in BUILDING_BLOCKS and behind not in seen


def knows_config_libraries(found: Import) -> bool:
    here = part(found.importer)
    if found.imported.split(".")[0] not in CONFIG_LIBRARIES or here in KNOW_CONFIG_LIBRARIES:
        return False
    return not (here == "commands" and found.for_types)


def offenders(rule: object) -> list[str]:
    assert callable(rule)
    return [str(found) for found in imports() if rule(found)]


def test_every_part_has_its_level() -> None:
    for name in modules():
        if part(name):
            level(part(name))


def test_imports_point_down_only() -> None:
    assert offenders(points_up) == []


def test_training_and_telemetry_see_protocols_only() -> None:
    assert offenders(sees_too_much) == []


def test_hydra_and_yaml_stay_at_the_top() -> None:
    assert offenders(knows_config_libraries) == []


@pytest.mark.parametrize("module", [name for name in modules() if part(name) in QUICK])
def test_help_loads_nothing_slow(module: str) -> None:
    """Through all that is loaded with it, too."""
    seen, waiting = {""}, [module]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        loaded = [found for found in imports() if found.importer == name and found.at_load]
        assert [str(found) for found in loaded if found.imported.split(".")[0] in SLOW_TO_LOAD] == []
        waiting += {found.imported for found in loaded if found.own} - seen


def test_files_fit_the_eye() -> None:
    lengths = {str(path.relative_to(PACKAGE)): len(path.read_text("utf-8").splitlines()) for path in modules().values()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_no_file_for_odds_and_ends() -> None:
    assert [str(path) for path in modules().values() if path.name in REFUSED_NAMES] == []


@pytest.mark.parametrize(
    ("importer", "line", "rule"),
    [
        ("gan_cli.networks.conv", "from gan_cli.losses import Hinge", points_up),
        ("gan_cli.data.ring", "from gan_cli import config", points_up),
        ("gan_cli.errors", "import gan_cli.spec", points_up),
        ("gan_cli.training.step", "def f():\n  from gan_cli.session.play import play", points_up),
        ("gan_cli.training.step", "from gan_cli.balance import ema", sees_too_much),
        ("gan_cli.pictures.render", "from gan_cli.data.base import Table", sees_too_much),
        ("gan_cli.session.play", "import yaml", knows_config_libraries),
        ("gan_cli.commands.train", "from omegaconf import DictConfig", knows_config_libraries),
    ],
)
def test_the_rules_bite(importer: str, line: str, rule: object) -> None:
    assert callable(rule)
    assert [rule(found) for found in read(importer, line)] == [True]


@pytest.mark.parametrize(
    ("importer", "line", "rule"),
    [
        ("gan_cli.cli", "from gan_cli.help import overview", points_up),
        ("gan_cli.data.ring", "from gan_cli.data import base", points_up),
        ("gan_cli.training.step", "from gan_cli.balance.base import Technique", sees_too_much),
        (
            "gan_cli.commands.train",
            "if TYPE_CHECKING:\n  from omegaconf import DictConfig",
            knows_config_libraries,
        ),
    ],
)
def test_the_rules_let_pass(importer: str, line: str, rule: object) -> None:
    assert callable(rule)
    assert [rule(found) for found in read(importer, line)] == [False]


def test_the_files_that_the_architecture_names_are_there() -> None:
    """A row that says where to go leads somewhere."""
    root = PACKAGE.parent
    text = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)*\w+\.py)`", text))
    there = {f"/{path.relative_to(root)}" for folder in (PACKAGE, root / "tests") for path in folder.rglob("*.py")}
    missing = [name for name in named if not any(path.endswith(f"/{name}") for path in there)]
    assert len(named) > 50 and missing == []
