"""Folder names as the user types them: `~` and `~name` mean home folders."""

from __future__ import annotations

from pathlib import Path

from gan_cli.data.names import shown
from gan_cli.errors import SettingError


def expanded(root: str) -> Path:
    """Return the folder with `~` replaced.

    Raises:
        SettingError: there is no such user, or the name is not valid UTF-8.
    """
    if any("\ud800" <= letter <= "\udfff" for letter in root):
        remedy = "this name is no UTF-8, and a run's settings are; rename the folder, or name a link to it"
        raise SettingError("root", shown(root), remedy)
    try:
        return Path(root).expanduser()
    except RuntimeError as error:
        raise SettingError("root", root, "there is no such user; name the folder in full") from error
