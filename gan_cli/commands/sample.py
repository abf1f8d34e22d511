"""`gan sample`: samples of a trained run as pictures and as an array, a walk between them, and the run as a film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from gan_cli.networks.base import LatentKind

Format = Literal["grid", "png", "npz"]

SCHEMA = "gan_cli.commands.sample.sample"
"""The signature that `configs/sample.yaml` is held against."""


def run(config: DictConfig) -> None:
    """Check the settings and draw."""
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
    formats: Annotated[list[Format], MinLen(1)],
    interpolate: Annotated[int, Ge(2), Le(60)] | None,
    film: bool,
    out: str | None,
    device: str,
    trust: bool,
) -> None:
    """Draw samples from a run and write them.

    Args:
        run: a run folder.
        num: how many.
        seed: of the latent vectors; the same seed draws the same samples.
        checkpoint: step of the checkpoint, or `best`, the one that a metric chose; None takes the newest.
        ema: take the averaged weights where the run has them.
        truncation: psi, how far latents may lie from the middle: normal ones in standard deviations, components beyond
            are drawn again (Brock et al. 2019, arXiv:1809.11096); uniform ones, at most 1, are scaled. Samples get more
            alike, and better only where a generator was made for it: below about 1 those of others go pale or clot,
            for they have seen no latents so near to the middle. None leaves them as in training.
        classes: keep only samples that the data set's own classifier takes for these classes (as in
            `data.classes`), drawing on until there are `num`. None keeps all.
        formats: `grid` (one picture), `png` (one file each; images only), `npz` (one array).
        interpolate: steps from each sample to the next of a walk between them, by spherical interpolation, as
            interpolation.png and interpolation.gif. None makes none.
        film: make film.gif of the pictures that the run drew from its fixed latents in training.
        out: folder to write to; None makes one inside the run folder.
        device: `auto` (a GPU if there is one), `cpu`, `cuda` or `cuda:<index>`.
        trust: let the run name classes that are not of this program, whose code is then run.

    Raises:
        UserError: the folder is no run, or cannot be trusted or read; the data have no such classes, or the run draws
            too few of them; there are no pictures to make a film of, or no two samples to walk between.
        MemoryNeededError: they do not fit in memory.
    """
    from gan_cli.disk.writing import all_or_nothing
    from gan_cli.errors import SettingError
    from gan_cli.game import Drawn
    from gan_cli.memory import FLOAT, refuse_beyond
    from gan_cli.sampling.by_class import find
    from gan_cli.sampling.export import left_behind, write
    from gan_cli.sampling.film import shots, write_film
    from gan_cli.sampling.interpolation import write_tour
    from gan_cli.sampling.latents import Stream
    from gan_cli.session.trained import open_run
    from gan_cli.session.writable import wrong_folder

    if interpolate is not None and num < 2:
        raise SettingError("num", num, f"must be >= 2, for interpolate={interpolate} walks from one sample to the next")
    trained = open_run(Path(run), step=checkpoint, average=ema, device=device, trust=trust)
    if out is not None and (left := left_behind(trained.spec, num, Path(out), formats)):
        remedy = f"holds {left[0].name} and {len(left)} in all of other samples; name another folder, or empty it"
        raise SettingError("out", out, remedy)
    refuse_beyond(FLOAT * num * (trained.latent.dim + trained.spec.numel))
    folder = Path(run) / "sampled" if out is None else Path(out)
    if problem := wrong_folder("out", str(folder) if out is None else out):
        raise SettingError.of([problem])
    chosen = shots(Path(run)) if film else []
    stream = Stream(trained.latent, seed, truncation)
    found = find(trained, stream, classes, num) if classes else None
    latents = found.latents if found else stream.next(num)
    weights = "ema" if trained.averaged else "raw"
    name = f"step_{trained.step:08d}-{weights}-seed_{seed}-num_{num}{_suffix(truncation, classes)}"
    if out is None:
        folder /= name
    with all_or_nothing(folder):
        written = write(trained.sample(Drawn(latents)).x, trained.spec, folder, formats)
        if interpolate is not None:
            written += write_tour(trained, latents, interpolate, folder)
        if film:
            written.append(write_film(chosen, folder / "film.gif"))
    print(f"{num} samples of step {trained.step} ({weights} weights, seed {seed}{_aside(truncation)}):")
    for line in [*([str(found)] if found else []), *_warned(truncation, trained.latent.kind), *written]:
        print(f"  {line}")


_SHORT = 0.7
"""Share of their usual length below which latents are told to be short."""


def _warned(truncation: float | None, kind: LatentKind) -> list[str]:
    """Where truncated latents lie, if that is where the generator has hardly ever been."""
    from gan_cli.sampling.latents import shortened

    share = 1.0 if truncation is None else shortened(truncation, kind)
    if share >= _SHORT:
        return []
    return [f"latents have {share:.0%} of their usual length, where training hardly went: if pale, truncate less"]


def _suffix(truncation: float | None, classes: list[int | str] | None) -> str:
    """What tells these samples from others of the same seed, in the folder's name."""
    parts = [] if truncation is None else [f"-truncation_{truncation:g}"]
    return "".join([*parts, f"-classes_{'_'.join(map(str, classes))}"] if classes else parts)


def _aside(truncation: float | None) -> str:
    return "" if truncation is None else f", truncation {truncation:g}"
