"""The words above the pictures of an evaluation: what is seen, how a healthy result looks, and the figures for it."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gan_cli.perception import described_by
from gan_cli.pictures.canvas import INK, SOFT, Canvas
from gan_cli.pictures.png import Picture
from gan_cli.quality.suite import Result
from gan_cli.spec import SampleSpec

_SIZE, _LEADING, _MARGIN = 18, 25, 12
_LETTER = 0.56
"""Mean width of a letter, as a share of the font size."""
_NARROWEST = 480


@dataclass(frozen=True)
class Caption:
    """The words above a picture; each part begins a line of its own.

    Attributes:
        title: what is seen.
        reading: by what it was arranged, and how a healthy result looks.
        figures: the results that measure the same; may be empty.
    """

    title: str
    reading: str
    figures: str = ""


_TEXTS = {
    "points": Caption("Samples over real points", "Healthy: every cloud is covered, and nothing lies between."),
    "nearest": Caption(
        "Samples (left), each beside its nearest training sample (right)",
        "Nearest by {view}. Healthy: alike in kind, not in detail.",
    ),
    "classes": Caption(
        "How often each class occurs", "As the data set's classifier names them. Healthy: both bars equally high."
    ),
    "confusion": Caption(
        "Which class is made for each that is asked for, in percent",
        "As the data set's classifier names the samples. Healthy: 100 on the diagonal.",
    ),
    "retrieval": Caption(
        "Real samples (left) and the training samples most like them to D",
        "Nearest in D's features, the first the nearest. Healthy: a row of one kind.",
    ),
}
_RESULTS = {
    "points": (("high_quality",), ("modes",), ("wasserstein",), ("energy_distance",)),
    "nearest": (("nearest_train_view", "nearest_train"), ("copies_view", "copies")),
    "classes": (("class_kl",), ("classes",)),
    "confusion": (("label_accuracy",), ("spread_in_class",)),
    "retrieval": (("knn",),),
}
"""The results for each picture; of several spaces the first one that was measured."""
_MOST = 2
_BESIDE = {"nearest_train": "unseen data 1", "copies": "by chance 0.01"}
"""What to compare results with that have no floor, without the ends of their names."""
_RIVALS = {"knn": ("pixels", "knn_pixels")}
"""Results to compare others with, and what they are called there."""


def caption_of(name: str, spec: SampleSpec, results: Mapping[str, Result]) -> Caption:
    """Return the caption of a picture of samples of a spec, with at most two of the results."""
    text = _TEXTS[name]
    told = [said for names in _RESULTS[name] for said in list(_told(names, results))[:1]][:_MOST]
    return Caption(text.title, text.reading.format(view=described_by(spec)), ", ".join(told))


def _told(names: tuple[str, ...], results: Mapping[str, Result]) -> Iterator[str]:
    """Yield each result that was measured as `class_kl 0.139 (real data 0.012)`."""
    for name in names:
        result = results.get(name)
        if result is None or not math.isfinite(result.value):
            continue
        beside = _beside(name, result, results)
        yield f"{name} {result.value:.3g}" + (f" ({beside})" if beside else "")


def _beside(name: str, result: Result, results: Mapping[str, Result]) -> str:
    """Return what a result is to be compared with; may be empty."""
    if result.floor is not None:
        return f"real data {result.floor:.3g}"
    word, rival = _RIVALS.get(name, ("", ""))
    if rival in results:
        return f"{word} {results[rival].value:.3g}"
    return _BESIDE.get(name.removesuffix("_view"), "")


def captioned(picture: Picture, caption: Caption) -> Picture:
    """Return the picture, centred below its caption: a bold title and gray lines, wrapped to its width.

    Args:
        picture: uint8 (height, width, 3).
        caption: the words.
    """
    height, width = picture.shape[:2]
    page = max(width, _NARROWEST)
    letters = int((page - 2 * _MARGIN) / (_LETTER * _SIZE))
    titles = textwrap.wrap(caption.title, letters)
    others = [line for part in (caption.reading, caption.figures) for line in textwrap.wrap(part, letters)]
    top = _MARGIN + _LEADING * (len(titles) + len(others)) + _MARGIN
    canvas = Canvas(page, top + height)
    for row, line in enumerate([*titles, *others]):
        heavy = row < len(titles)
        place = (_MARGIN, _MARGIN + row * _LEADING)
        colour = INK if heavy else SOFT
        canvas.text(place, line, size=_SIZE, width=page - 2 * _MARGIN, bold=heavy, colour=colour)
    left = (page - width) // 2
    canvas.picture((left, top, left + width, top + height), picture)
    return canvas.pixels()
