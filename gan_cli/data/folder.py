"""The user's own images: any size, gray or colour, in one folder or in class folders."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import torch

from gan_cli.data.base import Files, Split, Table
from gan_cli.data.image.examine import ValueRanges, channels_of, refuse_alike, spread, value_ranges_of
from gan_cli.data.image.files import BrokenFiles, ImageFiles, read_all
from gan_cli.data.image.images import Channels, Decoder
from gan_cli.data.image.npz_samples import NpzSamples, npz_in
from gan_cli.data.image.pixels import Ground
from gan_cli.data.names import listed, shown
from gan_cli.data.own.folder_scan import FolderScan, broken_all, identity, refuse_empty, scan_folder
from gan_cli.data.own.folder_summary import FolderSummary, describe_skipped
from gan_cli.data.own.layout import Layout, layout_of
from gan_cli.data.place import expanded
from gan_cli.data.select import Extent, Holdout, Limit, extent_of, split_holdout
from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

log = logging.getLogger(__name__)

_DECODED_BYTES = 1 << 30  # a set that is larger than this when decoded stays in its files
_COMPARED = 32  # images that are checked for being all alike


class Folder:
    """Your own images: `data=folder data.root=photos data.size=64`.

    All images below the folder are used, of any size and format (jpg, png, webp, bmp, gif, tiff, ...). Each image is
    turned upright, laid on `ground` where it is transparent, scaled until it covers `size`, and cropped at the centre.
    Broken images are skipped, counted and named. Files that `gan` itself wrote are skipped, too.

    If (nearly) all images are in two or more sub-folders, each sub-folder is a class. The classes are numbered in
    alphabetical order. If all folders are named by numbers, their order is numeric, and `classes` lists these numbers.
    Folders called train, val and test are parts of one set. One line of the log says what was found.

    Args:
        root: folder of the images. It must be given: None is an error.
        size: pixels per side, or [height, width].
        channels: 1 turns all images gray, 3 turns all into RGB. None chooses 1 if no image shows colour, else 3.
        classes: class folders to keep, by number or by name, such as [0, 2] or [cat, dog]; their labels become 0, 1, 2.
            None keeps all.
        ground: background colour of transparent pixels.
        holdout: share in [0, 1) of the images that is held out of training, the same in every run; 0 holds none out.
        limit: number of the remaining images to train on, drawn at random, the same in every run; None uses all.

    Raises:
        SettingError: no folder is given, or its name has an unknown user or is not UTF-8.
    """

    def __init__(
        self,
        *,
        root: str | None = None,
        size: Extent = 64,
        channels: Channels | None = None,
        classes: list[int | str] | None = None,
        ground: Ground = "white",
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        if not root:
            raise SettingError("root", root, "name the folder of your images, such as data.root=photos")
        self._root = expanded(root)
        self._size = extent_of(size)
        self._wanted_channels = channels
        self._classes = classes
        self._ground = ground
        self._holdout = holdout
        self._limit = limit

    @property
    def spec(self) -> SampleSpec:
        """The spec of the images. Reads their headers, and some images if `channels` is None."""
        if self._drawn is not None:
            return self._drawn.spec
        names = self._layout.classes
        return SampleSpec((self._channels, *self._size), num_classes=len(names) or None, class_names=names or None)

    def prepare(self) -> None:
        """Check that there are images, that they differ, and that the wanted classes exist.

        Raises:
            UserError: there is no such folder, image or class, or all images have (nearly) one value.
        """
        _ = self.spec if self._drawn is not None else self._decoder

    def load(self) -> Split:
        """Read the images: into one table if it has at most 1 GiB, else as files that are decoded during training.

        Raises:
            UserError: no image can be read, or as in `prepare`.
        """
        if self._drawn is not None:
            return self._drawn.load()
        layout, decoder = self._layout, self._decoder
        broken = dict(self._found.broken)
        names: Sequence[str] = layout.names
        coloured = 0
        labels = torch.tensor(layout.labels) if layout.labels else None
        if len(names) * self.spec.numel <= _DECODED_BYTES:
            samples, unread, coloured = read_all(self._root, names, decoder)
            broken |= {names[row]: reason for row, reason in unread.items()}
            good = [row for row in range(len(names)) if row not in unread]
            names = [names[row] for row in good]
            data: Table | Files = Table(samples[good] if unread else samples, None if labels is None else labels[good])
        else:
            data = ImageFiles(self._root, layout.names, decoder, BrokenFiles(self._root), labels)
        self._tell_broken(broken, len(layout.names) + len(self._found.broken))
        split = replace(split_holdout(data, self._holdout, self._limit), identity=identity(self._found.stamps, names))
        log.info("%s", self._summary(names, coloured).line(str(self._root), split))
        return split

    def _summary(self, names: Sequence[str], coloured: int) -> FolderSummary:
        automatic = self._wanted_channels is None and self._channels == 1
        labels = dict(zip(self._layout.names, self._layout.labels, strict=False))
        kept = replace(self._layout, names=tuple(names), labels=tuple(labels[name] for name in names if labels))
        return FolderSummary(
            headers={name: self._found.headers[name] for name in names},
            layout=kept,
            decoder=self._decoder,
            meaning=self._value_ranges.words(),
            skipped=describe_skipped(self._found.skipped),
            coloured=coloured if automatic else 0,
        )

    def _tell_broken(self, broken: dict[str, str], total: int) -> None:
        """Log which images were skipped, and the warnings of Pillow about others. Raise an error if all are broken."""
        if len(broken) == total:
            name, reason = min(broken.items())
            raise broken_all(self._root, total, shown(name), reason)
        if broken:
            log.warning("skipped %d of %d images that cannot be read: %s", len(broken), total, listed(sorted(broken)))
        warned = self._found.warnings
        if warned:
            name, said = next(iter(warned.items()))
            log.warning("%s is read, but: %s%s", shown(name), said, self._others(list(warned)[1:]))

    @staticmethod
    def _others(names: Sequence[str]) -> str:
        return f"; so are {listed(names)}" if names else ""

    @cached_property
    def _drawn(self) -> NpzSamples | None:
        """The array of samples, if the folder holds one instead of images."""
        path = npz_in(self._root) if not self._found.headers and not self._found.broken else None
        if path is None:
            refuse_empty(self._found, describe_skipped(self._found.skipped))
            return None
        if self._classes is not None:
            raise SettingError("/data.classes", list(self._classes), f"{path} has no classes; use null")
        return NpzSamples(path, self._wanted_channels, self._size, self._holdout, self._limit)

    @cached_property
    def _found(self) -> FolderScan:
        return scan_folder(self._root)

    @cached_property
    def _layout(self) -> Layout:
        """The images of the wanted classes with their labels."""
        return layout_of(list(self._found.headers)).keep(self._classes)

    @cached_property
    def _chosen(self) -> dict[str, Any]:
        return {name: self._found.headers[name] for name in self._layout.names}

    @cached_property
    def _channels(self) -> Channels:
        """The number of channels from the settings, else from a look at the images."""
        return self._wanted_channels or channels_of(self._root, self._chosen)

    @cached_property
    def _value_ranges(self) -> ValueRanges:
        return value_ranges_of(self._root, self._chosen, self._ground)

    @cached_property
    def _decoder(self) -> Decoder:
        """How files become samples; tried on some of them."""
        decoder = Decoder(self._channels, self._size, self._value_ranges.scales, self._ground)
        samples, broken, _ = read_all(self._root, spread(self._layout.names, _COMPARED), decoder)
        whole = [row for row in range(len(samples)) if row not in broken]
        transparent = sum(header.transparent for header in self._chosen.values())
        refuse_alike(self._root, samples[whole].numpy(), self._value_ranges, transparent, self._ground)
        return decoder
