"""A person's own images: any sizes, gray or colour, flat or in class folders."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.data.base import Files, Split, Table
from gan_cli.data.files import ImageFiles, read_all, visit
from gan_cli.data.images import BROKEN, Channels, check, list_images, looks_gray
from gan_cli.data.select import Holdout, Limit, check_classes, class_rows, set_apart
from gan_cli.errors import SettingError, UserError
from gan_cli.spec import SampleSpec

log = logging.getLogger(__name__)

_DECODED_BYTES = 1 << 30  # a set that is larger than this when decoded stays in its files
_LOOKS = 16  # images looked at to tell gray from colour, spread over the folder
_NAMED = 10  # broken images named in the warning


class Folder:
    """Your own images: `data=folder data.root=photos data.size=64`.

    All images below the folder are used, whatever their sizes and formats (jpg, png, webp, bmp, gif, tiff, ...): turned
    upright, laid on white where transparent, the short side resized to `size`, the centre cropped square. Broken ones
    are skipped, counted and named. Where all images lie in two or more sub-folders, each sub-folder is a class,
    numbered in alphabetical order.

    Args:
        root: the folder. None is refused: name it.
        size: pixels per side after resizing and cropping.
        channels: 1 turns all images gray, 3 makes all coloured. None looks at some of them: gray only if all are.
        classes: numbers of class folders to keep, such as [0, 2]; None keeps all.
        holdout: share in [0, 1) that no network trains on, the same images in every run; 0 keeps none back.
        limit: how many of the rest train, drawn at random, the same in every run; None keeps all.

    Raises:
        SettingError: no folder is named.
    """

    def __init__(
        self,
        *,
        root: str | None = None,
        size: Annotated[int, Ge(4)] = 64,
        channels: Channels | None = None,
        classes: list[int] | None = None,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        if not root:
            raise SettingError("root", root, "name the folder of your images, such as data.root=photos")
        self._root = Path(root).expanduser()
        self._size = size
        self._wanted_channels = channels
        self._classes = classes
        self._holdout = holdout
        self._limit = limit

    @property
    def spec(self) -> SampleSpec:
        """Square images of the wanted size; lists the folder and looks at some images for what is left open."""
        return SampleSpec((self._channels, self._size, self._size), num_classes=self._num_classes)

    def prepare(self) -> None:
        """Make sure that there are images and that the wanted classes exist.

        Raises:
            UserError: no such folder, no image in it, or no such class.
        """
        _ = self._chosen

    def load(self) -> Split:
        """Read the images: into one table if that is at most 1 GiB, else as files that are decoded while training.

        Raises:
            UserError: no image can be read.
        """
        names, labels = self._chosen
        files = ImageFiles(self._root, names, self._channels, self._size)
        if len(files) * self.spec.numel <= _DECODED_BYTES:
            samples, broken = read_all(files)
            good = self._good_rows(names, broken)
            table = Table(samples, labels)
            return set_apart(table.take(good) if broken else table, self._holdout, self._limit)
        broken = visit(range(len(files)), lambda row: check(files.root / files.names[row]))
        kept: Files = files.take(self._good_rows(names, broken)) if broken else files
        return set_apart(kept, self._holdout, self._limit)

    def _good_rows(self, names: Sequence[str], broken: dict[int, str]) -> Tensor:
        """Rows of the readable images; says once which were skipped."""
        bad = sorted(broken)
        if len(bad) == len(names):
            raise UserError(
                f"none of the {len(bad)} images in {self._root} can be read "
                f"(first: {names[bad[0]]}: {broken[bad[0]]}).\nOpen one in an image viewer, and name another data.root."
            )
        if bad:
            more = f" and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
            named = ", ".join(names[row] for row in bad[:_NAMED])
            log.warning("skipped %d of %d images that cannot be read: %s%s", len(bad), len(names), named, more)
        return torch.tensor([row for row in range(len(names)) if row not in broken])

    @cached_property
    def _names(self) -> list[str]:
        """All images of the folder, sorted."""
        if not self._root.is_dir():
            kind = "is a file, not a folder" if self._root.exists() else "does not exist"
            raise UserError(f"data.root={self._root}: the folder {kind}; name the folder of your images.")
        names = list_images(self._root)
        if not names:
            raise UserError(
                f"data.root={self._root}: there is no image in this folder.\n"
                "Expected .jpg, .png, .webp, .bmp, .gif or .tiff files, in it or in one sub-folder per class."
            )
        return names

    @cached_property
    def _class_names(self) -> list[str]:
        """The class folders, sorted; none unless all images lie in at least two."""
        tops = sorted({name.partition("/")[0] for name in self._names if "/" in name})
        flat = any("/" not in name for name in self._names)
        return [] if flat or len(tops) < 2 else tops

    @cached_property
    def _chosen(self) -> tuple[tuple[str, ...], Tensor | None]:
        """The images of the wanted classes with their labels."""
        if not self._class_names:
            if self._classes is not None:
                remedy = f"{self._root} has no class folders (two or more, all images in them); use null"
                raise SettingError("/data.classes", self._classes, remedy)
            return tuple(self._names), None
        number = {name: index for index, name in enumerate(self._class_names)}
        labels = torch.tensor([number[name.partition("/")[0]] for name in self._names])
        if self._classes is None:
            return tuple(self._names), labels
        try:
            check_classes(self._classes, len(number))
        except SettingError as error:
            raise error.under("data") from None
        rows, labels = class_rows(labels, self._classes)
        return tuple(self._names[row] for row in rows.tolist()), labels

    @property
    def _num_classes(self) -> int | None:
        kept = self._class_names if self._classes is None else self._classes
        return len(kept) or None

    @cached_property
    def _channels(self) -> Channels:
        """As told, else as a look at some images tells."""
        if self._wanted_channels is not None:
            return self._wanted_channels
        names, _ = self._chosen
        verdicts = [
            gray for name in names[:: max(1, len(names) // _LOOKS)] if (gray := self._looks_gray(name)) is not None
        ]
        return 1 if verdicts and all(verdicts) else 3

    def _looks_gray(self, name: str) -> bool | None:
        try:
            return looks_gray(self._root / name)
        except BROKEN:
            return None  # `load` counts and names it
