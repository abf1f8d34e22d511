"""A path that the user named, together with the setting that named it, for messages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Given:
    """A file or folder with samples; as text it is `setting=path`.

    Attributes:
        path: the file or folder.
        setting: the setting whose value it is.
    """

    path: Path
    setting: str = "run"

    def __str__(self) -> str:
        return f"{self.setting}={self.path}"

    def at(self, path: Path) -> Given:
        """Return another path, such as a file in this folder, that stands for the same setting."""
        return replace(self, path=path)
