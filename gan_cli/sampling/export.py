"""Write samples as files: one picture of all, one picture per sample, or one array for other programs."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import Tensor

from gan_cli.disk.writing import make_folder, replace_file
from gan_cli.marks import SAMPLE
from gan_cli.pictures.animation import write_gif
from gan_cli.pictures.png import write_png
from gan_cli.pictures.render import render
from gan_cli.pictures.tiles import grid
from gan_cli.pictures.voxel_tiles import AZIMUTH, voxel_tiles
from gan_cli.sampling.voxel_files import LARGEST_VOX, WRITERS
from gan_cli.sound_file import wav
from gan_cli.spec import SOLID, SampleSpec, levels, occupancies
from gan_cli.text_lines import lines_of

_NUMBERED = re.compile(r"\d{5,}")
"""The file name of one sample, without its extension."""

_SINGLE = ("png", "wav", *WRITERS)
"""The formats with a file for each sample, by their extension."""

_TURN = 24  # pictures of a whole turn
_TURN_DURATION = 100  # milliseconds of each


def write(
    samples: Tensor, spec: SampleSpec, folder: Path, formats: Sequence[str], *, columns: int | None = None
) -> list[str]:
    """Write samples (N, *shape), float32 in the spec's range, in each format; return lines that describe the files.

    `grid`: grid.png. `png`: 00000.png and so on, for images of 1 or 3 channels. `npz`: samples.npz with one array. It
    is `images`, uint8 (N, H, W) or (N, H, W, 3), for such images, and `samples`, float32 (N, *shape), for all others.
    `wav`: 00000.wav and so on, for sound. `obj`, `stl`, `vox`: 00000.obj and so on, for voxels. `turn`: turn.gif, in
    which all solids turn once. `txt`: samples.txt, of text, a sample a line. The grid has `columns` samples in a row;
    None makes it nearly square.
    """
    make_folder(folder)
    writers: dict[str, Callable[[Tensor, SampleSpec, Path], str]]
    writers = {**_WRITERS, "grid": partial(_grid, columns=columns)}
    lines = (writers[name](samples, spec, folder) for name in dict.fromkeys(formats))
    return [line for line in lines if line]


def usual(spec: SampleSpec) -> list[str]:
    """Return the formats of which everybody has the programs."""
    return ["grid", *(name for name in ("png", "wav", "txt") if _has(spec, name)), "npz"]


def left_behind(spec: SampleSpec, count: int, folder: Path, formats: Sequence[str]) -> list[Path]:
    """Return files of single samples that `write` would not overwrite, so that they would mix with new samples."""
    found = sorted(path for path in folder.glob("*.*") if path.suffix[1:] in _SINGLE and _NUMBERED.fullmatch(path.stem))
    written = {name for name in formats if name in _SINGLE and _has(spec, name)}
    return [path for path in found if path.suffix[1:] not in written or int(path.stem) >= count]


def _has(spec: SampleSpec, name: str) -> bool:
    """Whether samples of a spec can be written in a format."""
    found = {"png": spec.is_picture, "wav": spec.traits.heard, "txt": spec.kind == "text"}
    return found.get(name, spec.kind == "voxels")


def to_uint8(samples: Tensor, spec: SampleSpec) -> npt.NDArray[np.uint8]:
    """Images (N, C, H, W) in the spec's range -> uint8 (N, H, W) or uint8 (N, H, W, 3), for one or three channels."""
    eight_bits = levels(samples, spec.value_range or (-1.0, 1.0)).byte()
    pixels: npt.NDArray[np.uint8] = eight_bits.permute(0, 2, 3, 1).numpy()
    return pixels[..., 0] if spec.channels == 1 else pixels


def write_labels(classes: Sequence[object], folder: Path) -> list[str]:
    """Write labels.txt, the class of each sample in a line of its own; return a line that describes it.

    Without classes nothing is written.
    """
    if not classes:
        return []
    replace_file(folder / "labels.txt", [f"{name}\n".encode() for name in classes])
    return [f"{folder / 'labels.txt'}, the class of each"]


def _grid(samples: Tensor, spec: SampleSpec, folder: Path, *, columns: int | None = None) -> str:
    write_png(folder / "grid.png", render(samples, spec, columns=columns))
    return str(folder / "grid.png")


def _pngs(samples: Tensor, spec: SampleSpec, folder: Path) -> str:
    if not spec.is_picture:
        return f"no single pictures: {spec} are not images of 1 or 3 channels"
    for index, pixels in enumerate(to_uint8(samples, spec)):
        write_png(folder / f"{index:05d}.png", pixels, SAMPLE, durable=False)
    return f"{folder / '00000.png'} ... {len(samples) - 1:05d}.png"


def _wavs(samples: Tensor, spec: SampleSpec, folder: Path) -> str:
    if not _has(spec, "wav"):
        return f"no wav files: {spec} are not sound"
    for index in range(len(samples)):
        replace_file(folder / f"{index:05d}.wav", [wav(samples[index : index + 1], spec)], durable=False)
    return f"{folder / '00000.wav'} ... {len(samples) - 1:05d}.wav"


def _npz(samples: Tensor, spec: SampleSpec, folder: Path) -> str:
    key, array = ("images", to_uint8(samples, spec)) if spec.is_picture else ("samples", samples.numpy())
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **{key: array})
    replace_file(folder / "samples.npz", [buffer.getvalue()])
    return f"{folder / 'samples.npz'}, key {key}, {array.dtype} {'x'.join(map(str, array.shape))}"


def _solids(name: str) -> Callable[[Tensor, SampleSpec, Path], str]:
    """Return the writer of a format of voxels."""

    def write_all(samples: Tensor, spec: SampleSpec, folder: Path) -> str:
        if not _has(spec, name):
            return f"no {name} files: {spec} are not voxels"
        if name == "vox" and max(spec.spatial) > LARGEST_VOX:
            return f"no vox files: the format has at most {LARGEST_VOX} voxels per side"
        solid = (occupancies(samples, spec.value_range) >= SOLID).numpy()
        for index, one in enumerate(solid):
            replace_file(folder / f"{index:05d}.{name}", [WRITERS[name](one)], durable=False)
        return f"{folder / f'00000.{name}'} ... {len(samples) - 1:05d}.{name}"

    return write_all


def _turn(samples: Tensor, spec: SampleSpec, folder: Path) -> str:
    if spec.kind != "voxels":
        return f"no turn.gif: {spec} are not voxels"
    unit = occupancies(samples, spec.value_range).clamp(0.0, 1.0)[:, None].numpy()
    angles = [AZIMUTH + 360.0 * frame / _TURN for frame in range(_TURN)]
    frames = [grid(voxel_tiles(unit, azimuth=angle)) for angle in angles]
    write_gif(folder / "turn.gif", frames, [_TURN_DURATION] * _TURN)
    return str(folder / "turn.gif")


def _txt(samples: Tensor, spec: SampleSpec, folder: Path) -> str:
    if spec.alphabet is None:
        return f"no samples.txt: {spec} are not text"
    lines = lines_of(samples, spec.alphabet)
    replace_file(folder / "samples.txt", [f"{line}\n".encode() for line in lines])
    return f"{folder / 'samples.txt'}, {len(lines)} lines, such as: {lines[0][:60]}"


_WRITERS: dict[str, Callable[[Tensor, SampleSpec, Path], str]] = {
    "png": _pngs,
    "npz": _npz,
    "wav": _wavs,
    "turn": _turn,
    "txt": _txt,
    **{name: _solids(name) for name in WRITERS},
}
