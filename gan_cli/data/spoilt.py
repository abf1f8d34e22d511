"""Files that cannot be read any more: told of once in all, and not tried again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from torch.utils.data import get_worker_info

from gan_cli.data.names import shown

log = logging.getLogger(__name__)


class Spoilt:
    """The files of one folder that were found broken while training, shared by all that read it in this process.

    A decoding process has a copy of its own, whose finds go with its batches to the one that trains, which tells them.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._reasons: dict[str, str] = {}
        self._fresh: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._reasons

    def __len__(self) -> int:
        return len(self._reasons)

    def add(self, found: Mapping[str, str]) -> None:
        """Take note of files with the reasons; the process that trains tells of those that are new to it."""
        for name, reason in found.items():
            if name in self._reasons:
                continue
            self._reasons[name] = self._fresh[name] = reason
            if get_worker_info() is None:
                said = "%s in %s cannot be read any more (%s); other images take its place"
                log.warning(said, shown(name), self._root, reason)

    def fresh(self) -> dict[str, str]:
        """What was found since the last call."""
        found, self._fresh = self._fresh, {}
        return found
