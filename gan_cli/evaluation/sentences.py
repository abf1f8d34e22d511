"""The results of an evaluation in words: what is good, what is lacking, and by which figure, beside real data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gan_cli.evaluation.table import Figure

_AS_GOOD = 0.9
"""Share of the result of real data from which on a result is called good. A share of 0.85 among 200 samples has a
standard error of 0.025, so smaller differences say little."""
_COPIED = 0.05
"""Share of copies from which on they are named; by chance it is 0.01."""
_WHINING = 0.05
"""Share of the energy in the comb, beyond that of real sound, from which on it is named."""


@dataclass(frozen=True)
class _Aspect:
    """A property of the samples, with the result that is its evidence: the first one of `results` that was measured."""

    results: tuple[str, ...]
    said: Callable[[Figure, float], str]
    """(the figure, the result of real data) -> a sentence without its end."""


def _of_hundred(share: float) -> int:
    return round(100 * share)


def _realistic(figure: Figure, floor: float) -> str:
    return f"{_of_hundred(figure.value)} of 100 samples look like data, of real ones {_of_hundred(floor)}"


def _on_modes(figure: Figure, floor: float) -> str:
    return f"{_of_hundred(figure.value)} of 100 samples are on a mode, of real ones {_of_hundred(floor)}"


def _whole_pieces(figure: Figure, floor: float) -> str:
    return f"{_of_hundred(figure.value)} of 100 samples are in one piece, of real ones {_of_hundred(floor)}"


def _as_asked(figure: Figure, floor: float) -> str:
    share, usual = _of_hundred(figure.value), _of_hundred(floor)
    return f"{share} of 100 samples are of the class that was asked for, of real ones {usual} are recognised"


def _varied(figure: Figure, floor: float) -> str:
    return f"within a class samples vary {figure.value:.2f} times as much as real ones"


def _taught(figure: Figure, floor: float) -> str:
    share, usual = _of_hundred(figure.value), _of_hundred(floor)
    return (
        f"who learns the classes from samples alone names {share} of 100 real ones, who learns from real ones {usual}"
    )


def _of_runs(where: str) -> Callable[[Figure, float], str]:
    return lambda figure, floor: (
        f"{_of_hundred(figure.value)} of 100 short runs of tokens {where}, with real texts in their place "
        f"{_of_hundred(floor)}"
    )


def _covering(figure: Figure, floor: float) -> str:
    near, usual = _of_hundred(figure.value), _of_hundred(floor)
    return f"{near} of 100 real samples have a similar one among the samples, {usual} among other real ones"


def _counted(what: str) -> Callable[[Figure, float], str]:
    return lambda figure, floor: f"{figure.value:,.0f} of {floor:,.0f} {what} occur"


_ASPECTS = (
    _Aspect(("precision", "precision_view"), _realistic),
    _Aspect(("high_quality",), _on_modes),
    _Aspect(("one_piece",), _whole_pieces),
    _Aspect(("label_accuracy",), _as_asked),
    _Aspect(("class_transfer",), _taught),
    _Aspect(("spread_in_class",), _varied),
    _Aspect(("ngram_precision",), _of_runs("in the samples occur in the data")),
    _Aspect(("ngram_recall",), _of_runs("in the data occur in the samples")),
    # samples that lie far apart have a high recall, even higher than that of real data, but no high coverage
    _Aspect(("coverage", "coverage_view", "recall", "recall_view"), _covering),
    _Aspect(("modes",), _counted("modes")),
    _Aspect(("classes",), _counted("classes")),
)
_DISTANCES = (
    "frechet_classifier",
    "inception_fid",
    "frechet_view",
    "js4",
    "js2",
    "energy_distance_view",
    "wasserstein",
    "energy_distance",
)
"""The results that compare the samples as a whole, the one that sees most first."""


def sentences(figures: Sequence[Figure]) -> list[str]:
    """Return the results in words: what is good, then what is lacking, then the whole; empty if nothing can be said."""
    found = {figure.name: figure for figure in figures if math.isfinite(figure.value)}
    judged = [(_is_good(figure, floor), said) for figure, floor, said in _aspects(found)]
    good = [f"good: {said}" for fine, said in judged if fine]
    lacking = [f"lacking: {said}" for fine, said in judged if not fine]
    return [*good, *lacking, *_copies(found), *_whine(found), *_whole(found, lacks=bool(lacking))]


def _aspects(found: Mapping[str, Figure]) -> Iterator[tuple[Figure, float, str]]:
    for aspect in _ASPECTS:
        name = next((name for name in aspect.results if name in found), None)
        if name is not None and (floor := found[name].floor) is not None and floor > 0.0:
            yield found[name], floor, f"{aspect.said(found[name], floor)} ({name})"


def _is_good(figure: Figure, floor: float) -> bool:
    return figure.value >= (floor if figure.is_count else _AS_GOOD * floor)


def _copies(found: Mapping[str, Figure]) -> Iterator[str]:
    copies = next((found[name] for name in ("copies_view", "copies") if name in found), None)
    if copies is not None and copies.value >= _COPIED:
        share = _of_hundred(copies.value)
        yield f"lacking: {share} of 100 samples are close to copies of training samples, 1 is expected ({copies.name})"


def _whine(found: Mapping[str, Figure]) -> Iterator[str]:
    comb = found.get("comb")
    if comb is not None and comb.value >= _WHINING + (comb.floor or 0.0):
        share, usual = f"{_of_hundred(comb.value)} %", f"{_of_hundred(comb.floor or 0.0)} %"
        remedy = "generator.upsampling=nearest or discriminator.phase_shuffle=2"
        yield f"lacking: {share} of the energy is a whine, of real sound {usual}; try {remedy} (comb)"


def _whole(found: Mapping[str, Figure], *, lacks: bool) -> Iterator[str]:
    """Yield how far the samples are as a whole, and a warning if a distance does not see what other results do."""
    figure = next((found[name] for name in _DISTANCES if name in found and found[name].floor is not None), None)
    if figure is None or figure.floor is None:
        return
    if figure.reached:
        end = ", but it does not see what is lacking" if lacks else ""
        yield f"in all: {figure.name} cannot tell the samples from real data{end}"
    elif figure.floor > 0.0 and figure.value >= 1.05 * figure.floor:
        yield f"in all: {figure.name} is {_times(figure.value / figure.floor)} that of real data"
    else:
        yield f"in all: {figure.name} is {figure.value:.3g}, that of real data about {max(figure.floor, 0.0):.1g}"


def _times(ratio: float) -> str:
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:,.0f} times"
