"""The request of `gan compare`: it is checked before any run is read, and its files are written at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_cli.comparison.compare import Comparison, comparisons
from gan_cli.comparison.document import csv_text, document
from gan_cli.comparison.table import markdown
from gan_cli.config.run_folders import is_run
from gan_cli.disk.json_text import json_text
from gan_cli.disk.writing import make_folder, replace_file
from gan_cli.errors import Problem, SettingError, UserError
from gan_cli.pictures.png import Picture
from gan_cli.run_status import FINISHED
from gan_cli.session.writable import unwritable, wrong_file
from gan_cli.telemetry.tags import MAP, STANDINGS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = (".png", ".pdf")

_NO_NAME = re.compile(r"[^\w.=-]+")
"""Characters that are replaced in file names."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """The settings of `gan compare`; `configs/compare.yaml` is checked against this signature.

    Attributes:
        runs: run folders, sweep folders, and folders that contain either.
        by: the figure that runs are compared by, a tag or a metric's name; None uses the first metric with a direction.
        sort: what to order the lines by: a setting that differs, a figure, `accuracy`, `capacity` or `seconds`; None
            puts the best first.
        apart: print one line per run instead of one per group of seeds.
        csv: CSV file for the table; None writes none, as with the files below.
        markdown: file for the table in Markdown for GitHub.
        json: JSON file for all results, including single runs.
        figure: file for the map, .png or .pdf; the other format is written beside it.
        thumbnails: show samples in the cells of the map.
        tensorboard: folder for two pictures that TensorBoard shows first: the best setting with a table, and the map.
        trust: load metrics that are not part of this program, to read their directions; this runs their code.
    """

    runs: list[str]
    by: str | None = None
    sort: str | None = None
    apart: bool = False
    csv: str | None = None
    markdown: str | None = None
    json: str | None = None
    figure: str | None = None
    thumbnails: bool = False
    tensorboard: str | None = None
    trust: bool = False

    @property
    def files(self) -> dict[str, Path]:
        """The requested files, by setting."""
        named = {key: getattr(self, key) for key in ("csv", "markdown", "json", "figure")}
        return {key: Path(text) for key, text in named.items() if text is not None}


def answer(request: Request) -> tuple[list[Comparison], list[Path]]:
    """Compare the runs and write the requested files.

    Raises:
        UserError: a file or folder cannot be written, a folder has no runs, or no run has the figure.
    """
    refuse(request)
    asked: dict[str, Any] = {"sort": request.sort, "apart": request.apart, "trust": request.trust}
    lists = comparisons(map(Path, request.runs), by=request.by, **asked)
    return lists, deliver(request, lists)


def deliver(request: Request, lists: Sequence[Comparison]) -> list[Path]:
    """Write the requested files for some comparisons. All contents are prepared before the first file is written.

    Raises:
        SettingError: a map is requested, but the runs differ only in their seeds.
    """
    texts = {"csv": csv_text, "markdown": markdown, "json": _json_text}
    made = {path: texts[key](lists).encode() for key, path in request.files.items() if key in texts}
    drawn = _drawn(request, lists) if request.figure or request.tensorboard else []
    return list(_write(request, made, drawn))


def refuse(request: Request) -> None:
    """Check the request itself, before any run is read.

    Raises:
        UserError: the request has mistakes; all of them are reported together.
    """
    if not request.runs:
        raise UserError("name run folders, or the folder of a sweep: gan compare outputs/sweep/<name>/<time>")
    problems = [*_wrong_files(request), *_wrong_folder(request)]
    if request.thumbnails and not request.figure and not request.tensorboard:
        problems.append(Problem("thumbnails", True, "needs a picture: add figure=map.png"))
    if problems:
        raise SettingError.of(problems)


def _wrong_files(request: Request) -> Iterator[Problem]:
    figure = request.files.get("figure")
    if figure is not None and figure.suffix not in FIGURES:
        yield Problem("figure", figure, "must end in .png or .pdf; the other one is written beside it")
    seen: set[Path] = set()
    for key, path in request.files.items():
        problem = wrong_file(key, getattr(request, key))
        if problem is not None:
            yield problem
        elif path.absolute() in seen:
            yield Problem(key, path, "is asked for twice; name another file")
        seen.add(path.absolute())


def _wrong_folder(request: Request) -> Iterator[Problem]:
    if request.tensorboard is None:
        return
    folder = Path(request.tensorboard)
    if is_run(folder):
        yield Problem("tensorboard", folder, "is a run, which has events of its own; name the sweep's folder")
    elif words := unwritable(folder.absolute()):
        yield Problem("tensorboard", folder, words)


def _json_text(lists: Sequence[Comparison]) -> str:
    return json_text(document(lists)) + "\n"


@dataclass(frozen=True)
class _Drawn:
    """The pictures for one data set.

    Attributes:
        figure: the map; None if the runs differ only in their seeds.
        card: the picture of the best setting, for TensorBoard.
        mark: the data set's name in file names; empty if there is only one data set.
        finished: the number of its runs that have finished.
    """

    figure: Figure | None
    card: Picture
    mark: str
    finished: int


def _drawn(request: Request, lists: Sequence[Comparison]) -> list[_Drawn]:
    from gan_cli.comparison.chart import picture
    from gan_cli.comparison.sweep_summary import summary
    from gan_cli.telemetry.sweep_card import draw_summary

    drawn = [
        _Drawn(
            picture(found, thumbnails=request.thumbnails),
            draw_summary(summary(found)),
            _NO_NAME.sub("-", found.data.removeprefix("data=")) if len(lists) > 1 else "",
            sum(row.status in FINISHED for row in found.rows),
        )
        for found in lists
    ]
    if request.figure and not any(each.figure for each in drawn):
        remedy = "there is nothing to map: the runs differ in nothing but their seeds; leave it out"
        raise SettingError("figure", request.figure, remedy)
    return drawn


def _write(request: Request, made: dict[Path, bytes], drawn: Sequence[_Drawn]) -> Iterator[Path]:
    from gan_cli.pictures.maps.picture import encode, write
    from gan_cli.telemetry.tensorboard import write_pictures

    encoded = [(encode(each.figure), each) for each in drawn if request.figure and each.figure]
    shown = [(_shown(each), each) for each in drawn if request.tensorboard]
    for path, data in made.items():
        make_folder(path.absolute().parent)
        replace_file(path, [data])
        yield path
    for bytes_of, each in encoded:
        file = Path(str(request.figure))
        make_folder(file.absolute().parent)
        yield from write(bytes_of, file.with_name(f"{file.stem}-{each.mark}{file.suffix}") if each.mark else file)
    for pictures, each in shown:
        folder = Path(str(request.tensorboard))
        make_folder(folder)
        suffix = f"balance_map_{each.mark}" if each.mark else "balance_map"
        yield write_pictures(folder, pictures, each.finished, suffix=suffix)


def _shown(drawn: _Drawn) -> dict[str, Picture]:
    """Return the pictures for TensorBoard, by tag."""
    from gan_cli.pictures.maps.picture import pixels

    behind = f"/{drawn.mark}" if drawn.mark else ""
    pictures = {f"{STANDINGS}{behind}": drawn.card}
    return pictures if drawn.figure is None else {**pictures, f"{MAP}{behind}": pixels(drawn.figure)}
