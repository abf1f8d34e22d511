"""Folders as people type them: `~` and `~name` stand for home folders."""

from __future__ import annotations

from pathlib import Path

from gan_cli.errors import SettingError


def expanded(root: str) -> Path:
    """The folder with `~` replaced.

    Raises:
        SettingError: of `root`: there is no such user.
    """
    try:
        return Path(root).expanduser()
    except RuntimeError as error:
        raise SettingError("root", root, "there is no such user; name the folder in full") from error
