"""Check the user's own YAML files before Hydra reads them. Errors name the file, the line and the problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from gan_cli.config.schema import did_you_mean
from gan_cli.disk.reading import open_plain
from gan_cli.errors import UserError

Groups = Mapping[str, Mapping[str, Path]]
"""Choices of each group with their files."""

Chosen = tuple[str, str]
"""A group and one of its choices."""

MOST_BYTES = 1_000_000
"""Largest size of a file that is written by hand."""

_OBEYED = ("sweeper", "launcher", "sweep", "job_logging", "hydra_logging")
"""Settings of Hydra that a file may contain."""

_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
_PLAIN = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "merge")
)


def refuse_broken(chosen: Iterable[Chosen], known: Groups, folders: Iterable[Path]) -> None:
    """Check the user's own files for some choices, and those that their defaults lists name.

    Args:
        chosen: the choices of the command, each with its group.
        known: choices of each group with their files.
        folders: the user's own config folders.

    Raises:
        UserError: a file cannot be read or its content is wrong; the message starts with the file and the line.
    """
    places = list(folders)
    todo: list[tuple[Chosen, ...]] = [(choice,) for choice in chosen]
    seen: set[Path] = set()
    while todo:
        *above, (group, choice) = todo.pop()
        path = known.get(group, {}).get(choice)
        if path is None or not any(path.is_relative_to(place) for place in places):
            continue
        for line, inner in _defaults(path, _read(path), group):
            if inner in [*above, (group, choice)]:
                raise UserError(f"{path}:{line}: its defaults come back to {inner[1]}; a file cannot hold itself")
            _refuse_unknown(path, line, inner, known)
            todo.append((*above, (group, choice), inner))
        seen.add(path)


def _read(path: Path) -> yaml.MappingNode:
    """Return the mapping in a file."""
    try:
        with open_plain(path, follow=True) as file:
            text = file.read(MOST_BYTES + 1).decode("utf-8")
        root = yaml.compose(text, yaml.SafeLoader)
    except OSError as error:
        raise UserError(f"{path}: {(error.strerror or 'cannot be read').lower()}; it should be a YAML file") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(f"{path}:{line}: this is no text in UTF-8; save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        raise UserError(f"{path}:{line}: {_in_words(error)}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{path}: this is no YAML: {_first_line(error)}") from error
    if root is None:
        raise UserError(f"{path}: holds no settings; write them a line each: key: value")
    if not isinstance(root, yaml.MappingNode):
        raise UserError(f"{path}:{_line(root)}: must hold settings, a line each: key: value")
    for line, words in _faults(root, ()):
        raise UserError(f"{path}:{line}: {words}")
    _refuse_hydra(path, root)
    return root


def _in_words(error: yaml.MarkedYAMLError) -> str:
    """The parser's message with a remedy, or a clearer message for a common mistake."""
    said = " ".join(text for text in (error.context, error.problem) if text)
    if "'\\t'" in said:
        return "a tab; YAML is indented with spaces"
    if "mapping values are not allowed" in said:
        return "a colon where none can be; settings of one group begin in the same column, text with a colon is quoted"
    if "single document" in said:
        return "`---` begins a second document; a file holds one"
    if "alias" in said:
        return f"{error.problem}; put text that begins with a star in quotes"
    return f"{said}; close each bracket and each quote"


def _faults(node: yaml.Node, above: tuple[yaml.Node, ...]) -> Iterator[tuple[int, str]]:
    """Yield line and fault of everything that YAML allows but a config does not."""
    if any(node is each for each in above):
        yield _line(node), "it holds itself"
        return
    if node.tag not in _PLAIN:
        yield (
            _line(node),
            f"{node.tag.replace('tag:yaml.org,2002:', '!!')} is no plain value; a class is named by _target_",
        )
        return
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _faults(item, (*above, node))
    elif isinstance(node, yaml.MappingNode):
        yield from _of_keys(node)
        for _, value in node.value:
            yield from _faults(value, (*above, node))


def _of_keys(node: yaml.MappingNode) -> Iterator[tuple[int, str]]:
    seen: dict[str, int] = {}
    for key, _ in node.value:
        line = _line(key)
        if key.tag == _MERGE:
            continue
        if not isinstance(key, yaml.ScalarNode) or key.tag != _TEXT:
            text = key.value if isinstance(key, yaml.ScalarNode) else "a list"
            yield line, f"{text or 'null'} is no name of a setting; names are words"
        elif key.value in seen:
            yield line, f"{key.value} is set a second time; the first is in line {seen[key.value]}"
        else:
            seen[key.value] = line


def _refuse_hydra(path: Path, root: yaml.MappingNode) -> None:
    for key, value in _entries(root, "hydra"):
        if key not in _OBEYED:
            allowed = f"of Hydra's settings a file may set {', '.join(_OBEYED)}"
            raise UserError(f"{path}:{_line(value)}: hydra.{key} is not supported; {allowed}")


def _entries(root: yaml.MappingNode, name: str) -> list[tuple[str, yaml.Node]]:
    found = next((value for key, value in root.value if key.value == name), None)
    return [(key.value, key) for key, _ in found.value] if isinstance(found, yaml.MappingNode) else []


def _defaults(path: Path, root: yaml.MappingNode, group: str) -> Iterator[tuple[int, Chosen]]:
    """Line, group and choice of each entry of a file's defaults list."""
    listed = next((value for key, value in root.value if key.value == "defaults"), None)
    if listed is None:
        return
    if not isinstance(listed, yaml.SequenceNode):
        raise UserError(f"{path}:{_line(listed)}: defaults must be a list, a line each: - choice, or - group: choice")
    for item in listed.value:
        yield from _entry(path, item, group)


def _entry(path: Path, item: yaml.Node, group: str) -> Iterator[tuple[int, Chosen]]:
    line, value = _line(item), _plain(item)
    if isinstance(value, str):
        place, _, name = value.rpartition("/")
        if value != "_self_":
            yield line, (place.lstrip("/") if value.startswith("/") else "/".join(filter(None, (group, place))), name)
        return
    if not isinstance(value, dict) or len(value) != 1:
        raise UserError(f"{path}:{line}: an entry of defaults is - choice, or - group: choice")
    ((key, choices),) = value.items()
    inner = str(key).removeprefix("override ").removeprefix("optional ").partition("@")[0].strip()
    place = inner.lstrip("/") if inner.startswith("/") else f"{group}/{inner}"
    for choice in choices if isinstance(choices, list) else [choices]:
        if isinstance(choice, str):
            yield line, (place, choice)


def _refuse_unknown(path: Path, line: int, chosen: Chosen, known: Groups) -> None:
    group, choice = chosen
    if group.startswith("hydra") or "${" in choice:
        return
    if group not in known:
        raise UserError(f"{path}:{line}: there is no group {group}{did_you_mean(group, known)}")
    if choice not in known[group]:
        raise UserError(f"{path}:{line}: {group} has no {choice}{did_you_mean(choice, known[group])}")


def _plain(node: yaml.Node) -> Any:
    """A YAML node as plain Python values. A scalar that is not text becomes None."""
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.tag == _TEXT else None
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return {key.value: _plain(value) for key, value in node.value}


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
