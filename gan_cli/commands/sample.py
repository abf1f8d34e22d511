"""`gan sample`: draw samples from a trained run as pictures and as an array, with interpolations and a film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from gan_cli.game import GeneratorInput
    from gan_cli.networks.base import LatentKind
    from gan_cli.session.trained import Trained

Format = Literal["grid", "png", "npz", "wav", "turn", "obj", "stl", "vox", "txt"]

SCHEMA = "gan_cli.commands.sample.sample"
"""The signature against which `configs/sample.yaml` is checked."""


def run(config: DictConfig) -> None:
    """Check the settings and draw the samples."""
    from gan_cli.config.compose import plain_job

    sample(**plain_job(config))


def sample(
    *,
    run: str,
    num: Annotated[int, Ge(1)],
    seed: Annotated[int, Ge(0)],
    checkpoint: Annotated[int, Ge(0)] | Literal["best"] | None,
    ema: bool,
    truncation: Annotated[float, Gt(0)] | None,
    classes: Annotated[list[int | str], MinLen(1)] | None,
    formats: Annotated[list[Format], MinLen(1)] | None,
    interpolate: Annotated[int, Ge(2), Le(60)] | None,
    film: bool,
    reconstruct: bool | str,
    out: str | None,
    device: str,
    trust: bool,
) -> None:
    """Draw samples from a run and write them.

    Args:
        run: the run folder.
        num: how many samples to draw.
        seed: seed of the latent vectors; the same seed draws the same samples.
        checkpoint: step of the checkpoint, or `best`, the one that a metric chose; None uses the newest.
        ema: use the averaged weights if the run has them.
        truncation: psi, the largest distance of latent components from 0; None draws latents as in training. Normal
            latents: psi in standard deviations, larger components are drawn again (Brock et al. 2019,
            arXiv:1809.11096). Uniform latents: scaled by psi, which is at most 1. Samples become more alike. They
            become better only if the generator was made for truncation. Below about 1, samples of other generators
            become pale or shapeless, because these generators were never trained on latents so near to 0.
        classes: only samples of these classes, by number or name (as in `data.classes`). A generator with labels is
            asked for them, in equal parts, and labels.txt says which is which. Of other runs, samples are drawn until
            the data set's own classifier has assigned `num` of them to these classes. None keeps all samples.
        formats: `grid` (one picture), `npz` (one array); one file per sample: `png` of images, `wav` of sound, `obj`,
            `stl` and `vox` of voxels; `turn` (turn.gif, in which voxels turn); `txt` (samples.txt, a text a line). None
            writes grid, npz, and png, wav or txt.
        interpolate: steps of an interpolation from each sample to the next; None makes none. It is spherical for normal
            latents, linear for uniform ones, and is written as interpolation.png and interpolation.gif.
        film: write film.gif from the pictures that the run drew of its fixed latents during training.
        reconstruct: write reconstructed.png, up to 64 held-out samples (of the training part if there are none) beside
            what the generator makes of their codes; `interpolate` then walks from the code of one of them to that of
            the next. A path takes samples from there instead: a picture or a folder of pictures, scaled and cropped to
            size; sounds, texts, voxels or meshes; or an .npy or .npz file.
        out: the folder to write to; None creates one inside the run folder.
        device: `auto` (a GPU if there is one), `cpu`, `cuda` or `cuda:<index>`.
        trust: allow the run to name classes that are not part of this program; this runs their code.

    Raises:
        UserError: the folder is no run, or cannot be trusted or read; the data have no such classes, or the run draws
            too few of them; there are no pictures for a film, or fewer than two samples to interpolate between.
        MemoryNeededError: the samples do not fit in memory.
    """
    from gan_cli.disk.writing import all_or_nothing
    from gan_cli.errors import SettingError
    from gan_cli.memory import FLOAT, refuse_beyond
    from gan_cli.sampling.chosen import choose
    from gan_cli.sampling.export import left_behind, usual, write, write_labels
    from gan_cli.sampling.film import shots, write_film
    from gan_cli.sampling.latents import Stream
    from gan_cli.sampling.reconstruction import refuse_without_encoder
    from gan_cli.session.trained import open_run
    from gan_cli.session.writable import wrong_folder

    if interpolate is not None and num < 2:
        raise SettingError("num", num, f"must be >= 2, for interpolate={interpolate} walks from one sample to the next")
    trained = open_run(Path(run), step=checkpoint, average=ema, device=device, trust=trust)
    refuse_without_encoder(trained, reconstruct)
    kinds = formats or usual(trained.spec)
    if out is not None and (left := left_behind(trained.spec, num, Path(out), kinds)):
        remedy = f"holds {left[0].name} and {len(left)} in all of other samples; name another folder, or empty it"
        raise SettingError("out", out, remedy)
    refuse_beyond(FLOAT * num * (trained.latent.dim + trained.spec.numel))
    folder = Path(run) / "sampled" if out is None else Path(out)
    if problem := wrong_folder("out", str(folder) if out is None else out):
        raise SettingError.of([problem])
    pictures = shots(Path(run)) if film else []
    stream = Stream(trained.latent, seed, truncation)
    chosen = choose(trained, stream, classes, num)
    weights = "ema" if trained.averaged else "raw"
    name = f"step_{trained.step:08d}-{weights}-seed_{seed}-num_{num}{_suffix(truncation, classes)}"
    if out is None:
        folder /= name
    with all_or_nothing(folder):
        samples = trained.sample(chosen.drawn).x
        written = write(samples, trained.spec, folder, kinds, columns=chosen.columns)
        written += write_labels(chosen.classes, folder)
        written += _extras(trained, chosen.drawn, num, folder, interpolate=interpolate, reconstruct=reconstruct)
        if film:
            written.append(write_film(pictures, folder / "film.gif"))
    print(f"{num} samples of step {trained.step} ({weights} weights, seed {seed}{_aside(truncation)}):")
    for line in [*([chosen.told] if chosen.told else []), *_warned(truncation, trained.latent.kind), *written]:
        print(f"  {line}")


def _extras(
    trained: Trained, drawn: GeneratorInput, num: int, folder: Path, *, interpolate: int | None, reconstruct: bool | str
) -> list[str]:
    """Write an interpolation between samples, and reconstructions, if they are wanted; return lines about the files."""
    from gan_cli.errors import SettingError
    from gan_cli.sampling.interpolation import write_tour
    from gan_cli.sampling.reconstruction import encode_some, write_reconstructions

    files = reconstruct if isinstance(reconstruct, str) else None
    encoded = None if reconstruct is False else encode_some(trained, num, files)
    ends = drawn if encoded is None else encoded.codes
    if interpolate is not None and len(ends) < 2:
        raise SettingError(
            "reconstruct", reconstruct, f"has a single sample, and interpolate={interpolate} walks from one to the next"
        )
    tour = [] if interpolate is None else write_tour(trained, ends, interpolate, folder)
    return tour if encoded is None else [*tour, *write_reconstructions(trained, encoded, folder)]


_SHORT = 0.7
"""If latents have less than this share of their usual length, a warning is printed."""


def _warned(truncation: float | None, kind: LatentKind) -> list[str]:
    """Return a warning if truncated latents are much shorter than the latents of the training."""
    from gan_cli.sampling.latents import shortened

    share = 1.0 if truncation is None else shortened(truncation, kind)
    if share >= _SHORT:
        return []
    return [f"latents have {share:.0%} of their usual length, where training hardly went: if pale, truncate less"]


def _suffix(truncation: float | None, classes: list[int | str] | None) -> str:
    """Return the end of the folder's name, which distinguishes these samples from others with the same seed."""
    parts = [] if truncation is None else [f"-truncation_{truncation:g}"]
    return "".join([*parts, f"-classes_{'_'.join(map(str, classes))}"] if classes else parts)


def _aside(truncation: float | None) -> str:
    return "" if truncation is None else f", truncation {truncation:g}"
