"""Read YAML of unknown origin as plain data: small, flat, without aliases, tags and odd keys.

A few lines of YAML can mean more values than fit in memory (aliases of aliases) or a list that contains itself. They
can also hold a date or a number of a million digits. None of that is a setting, so it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

MOST_BYTES = 2**20
"""Largest size of a file that is read; a config of ours has five thousand bytes."""
MOST_VALUES = 50_000
DEEPEST = 20
"""Most levels of mappings and lists; a config of ours has five."""
LARGEST = 2**64
"""Whole numbers must be smaller than this."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Loads plain data only, like SafeLoader, but is nine times as fast: comparing a sweep reads hundreds of files."""

_OPENING = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSING = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def plain_yaml(data: bytes) -> Any:
    """Return null, booleans, numbers, text, or lists and mappings of these; all keys are text.

    Raises:
        ValueError: anything else; the message is one line.
    """
    if len(data) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES // 2**20} MB")
    try:
        for odd in _odd_events(data):
            raise ValueError(odd)
        value = yaml.load(data, _LOADER)
    except yaml.YAMLError as error:
        raise ValueError(_said(error)) from error
    for odd in _odd_values(value):
        raise ValueError(odd)
    return value


def _odd_events(data: bytes) -> Iterator[str]:
    """Yield what is not allowed in the text, in order. The text is parsed only as far as the caller asks."""
    level = 0
    keys = _Keys()
    for count, event in enumerate(yaml.parse(data, _LOADER)):
        level += isinstance(event, _OPENING) - isinstance(event, _CLOSING)
        line = f"line {event.start_mark.line + 1}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            yield f"{line}: anchors and aliases are not supported"
        if getattr(event, "tag", None) is not None:
            yield f"{line}: tags are not supported"
        if level > DEEPEST:
            yield f"{line}: more than {DEEPEST} levels"
        if (key := keys.repeated(event)) is not None:
            yield f"{line}: {_short(key)} occurs twice"
        if count > MOST_VALUES:
            yield f"more than {MOST_VALUES:,} values"


class _Keys:
    """Finds repeated keys of a mapping in the events of a text: of two values a reader might use either one."""

    def __init__(self) -> None:
        self._open: list[set[str] | None] = []
        self._key_is_next: list[bool] = []

    def repeated(self, event: yaml.Event) -> str | None:
        """Return the key of this event if its mapping had the key before, or if it is the merge key `<<`."""
        if isinstance(event, _CLOSING):
            self._open.pop()
            self._key_is_next.pop()
            return None
        if not isinstance(event, (*_OPENING, yaml.ScalarEvent)):
            return None
        found = None
        if self._open and (seen := self._open[-1]) is not None:
            if self._key_is_next[-1] and isinstance(event, yaml.ScalarEvent):
                found = event.value if event.value in seen or event.value == "<<" else None
                seen.add(event.value)
            self._key_is_next[-1] = not self._key_is_next[-1]
        if isinstance(event, _OPENING):
            self._open.append(set() if isinstance(event, yaml.MappingStartEvent) else None)
            self._key_is_next.append(True)
        return found


def _odd_values(value: Any) -> Iterator[str]:
    """Yield a message for each key that is not text, each number that is too large, and each date."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield from (f"the key {_short(key)} is no text" for key in each if not isinstance(key, str))
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, int) and abs(each) >= LARGEST:
            yield "a whole number of more than 64 bits"
        elif each is not None and not isinstance(each, (bool, int, float, str)):
            yield f"{_short(each)} is neither a number nor text; put it in quotes"


def _short(value: object) -> str:
    if isinstance(value, int) and abs(value) >= LARGEST:
        return "of more than 64 bits"
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _said(error: yaml.YAMLError) -> str:
    """The parser's message and the line number, in one line."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    words = str(problem or error).splitlines()[0]
    return words if mark is None else f"line {mark.line + 1}: {words}"
