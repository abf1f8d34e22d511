"""Finds samples of another program that lie in files of their own kind's formats: sounds, texts, voxels and meshes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from gan_cli.data.names import counted
from gan_cli.data.own.walk import list_folder
from gan_cli.data.sound.sound_files import SOUNDS
from gan_cli.data.tokens.text_files import TEXTS
from gan_cli.data.voxel import voxel_reading
from gan_cli.external.given import Given
from gan_cli.external.solids import read_solids
from gan_cli.external.sounds import read_sounds
from gan_cli.external.texts import read_texts
from gan_cli.spec import Kind, SampleSpec


@dataclass(frozen=True)
class Format:
    """Files of one kind of sample.

    Attributes:
        what: what they are, in the plural.
        suffixes: their suffixes, in lower case.
        read: (what the user named, the folder, the names of the files in it, spec) -> samples as data sets store them
            (N, *stored shape), and what was done to them, as text; raises a UserError.
    """

    what: str
    suffixes: Set[str]
    read: Callable[[Given, Path, Sequence[str], SampleSpec], tuple[Tensor, str]]


FORMATS: Mapping[Kind, Format] = {
    "audio": Format("sounds", SOUNDS.suffixes, read_sounds),
    "text": Format("texts", TEXTS.suffixes, read_texts),
    "voxels": Format("voxels or meshes", voxel_reading.SUFFIXES, read_solids),
}
"""The formats by the kind of sample; pictures and arrays are read by `samples`."""


def files_at(given: Given, spec: SampleSpec) -> list[str]:
    """Return the names of the files of this kind of sample, relative to the folder that is named or that of the file.

    Sorted by name; empty if there are none, or the kind has no such files.
    """
    known = FORMATS.get(spec.kind)
    if known is None:
        return []
    if given.path.is_dir():
        return list(list_folder(given.path, known.suffixes, known.what, setting=given.setting).images)
    return [given.path.name] if given.path.suffix.lower() in known.suffixes else []


def read_files(given: Given, names: Sequence[str], spec: SampleSpec) -> tuple[Tensor, str]:
    """Return the samples of such files as data sets store them (N, *stored shape), and what was done, as text.

    Raises:
        UserError: a file cannot be read, or its samples are none of this data.
    """
    folder = given.path if given.path.is_dir() else given.path.parent
    stored, told = FORMATS[spec.kind].read(given, folder, names, spec)
    return stored, ", ".join(filter(None, [counted(len(names), "file"), told]))
