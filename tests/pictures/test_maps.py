"""Pictures of sweeps: that each cell is where it belongs and says what it should, legibly."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from gan_cli.diagnosis.verdict import WORDS
from gan_cli.pictures.maps.bars import Bars
from gan_cli.pictures.maps.cells import LETTERS, Cell, Chart, Scale, is_geometric
from gan_cli.pictures.maps.legend import luminance, tick_labels
from gan_cli.pictures.maps.picture import draw, encode, pixels, write


def scale(name: str, count: int) -> Scale:
    return Scale(name, [str(place + 1) for place in range(count)], [place + 1.0 for place in range(count)])


def measured(x: int, y: int, value: float = 0.1, **more: Any) -> Cell:
    return Cell(x, y, "measured", value=value, spread=value / 10, runs=(value, value * 1.1), state="balanced",
                accuracy=0.8, accuracies=(0.75, 0.85), **more)  # fmt: skip


def chart(cells: Sequence[Cell], counts: Sequence[int] = (3, 2), **more: Any) -> Chart:
    names = ("generator.depth", "discriminator.depth")
    axes = [scale(name, count) for name, count in zip(names, counts, strict=False)]
    return Chart("energy_distance by depth", "6 runs", axes, cells, "energy_distance", "low", **more)


MIXED = [
    measured(0, 0, 0.1), measured(1, 0, 0.2), measured(2, 0, 0.4, agree=(2, 3)), measured(0, 1, 0.3, doubt=True),
    Cell(1, 1, "failed", state="diverged", agree=(3, 3), note="3 diverged"), Cell(2, 1, "waiting"),
]  # fmt: skip


def artists(figure: Figure, gid: str) -> list[Any]:
    return figure.findobj(lambda artist: artist.get_gid() == gid)


def texts(figure: Figure) -> list[str]:
    return [artist.get_text() for artist in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def corner(patch: Any) -> tuple[int, int]:
    """The cell that a square lies on."""
    return round(patch.get_x() + 0.475), round(patch.get_y() + 0.475)


def test_each_cell_stands_in_its_place() -> None:
    figure = draw(chart(MIXED))
    assert {corner(patch) for patch in artists(figure, "measured")} == {(0, 0), (1, 0), (2, 0), (0, 1)}
    (failed,), (waiting,) = artists(figure, "failed"), artists(figure, "waiting")
    assert (corner(failed), corner(waiting)) == ((1, 1), (2, 1))
    assert failed.get_hatch() and not waiting.get_hatch() and waiting.get_facecolor()[3] == 0.0
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("generator.depth", "discriminator.depth")
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "2", "3"]


def test_each_cell_says_its_letter_figure_accuracy_and_doubts() -> None:
    said = texts(draw(chart(MIXED)))
    letters = [text for text in said if text in ("B", "B?", "X")]
    assert sorted(letters) == ["B", "B", "B", "B?", "X"]
    assert "0.100 ± 0.010" in said and said.count("D is right 80 %") == 4
    assert "2/3" in said and "3 diverged" in said
    assert "balanced (4)" in said and "diverged (1)" in said and "2/3  2 of 3 runs agree" in said
    assert "energy_distance (lower is better)" in said and "no run has finished" in said


@pytest.mark.parametrize(("better", "place"), [("low", (0, 0)), ("high", (2, 0))])
def test_the_best_is_framed_and_bright(better: str, place: tuple[int, int]) -> None:
    figure = draw(replace(chart(MIXED), better=better))
    assert [corner(patch) for patch in artists(figure, "best")] == [place]
    light = {corner(patch): luminance(patch.get_facecolor()) for patch in artists(figure, "measured")}
    assert max(light, key=light.__getitem__) == place


def test_where_nobody_knows_what_is_better_nothing_is_framed() -> None:
    figure = draw(replace(chart(MIXED), better="none"))
    assert artists(figure, "best") == [] and "energy_distance" in texts(figure)


def test_text_is_legible_on_every_colour() -> None:
    """At least 4.5 to 1, as WCAG 2 asks of small text."""
    cells = [measured(place, 0, 1.0 + place) for place in range(20)]
    figure = draw(chart(cells, (20, 1)))
    grounds = {corner(patch): luminance(patch.get_facecolor()) for patch in artists(figure, "measured")}
    for letter in artists(figure, "letter"):
        ink, ground = luminance(to_rgb(letter.get_color())), grounds[tuple(map(round, letter.xy))]
        bright, dark = max(ink, ground) + 0.05, min(ink, ground) + 0.05
        assert bright / dark >= 4.5


@pytest.mark.parametrize("counts", [(1, 1), (2, 2), (4, 4), (9, 3), (16, 12)])
@pytest.mark.parametrize("pictured", [False, True])
def test_nothing_touches_leaves_its_cell_or_is_cut_off(counts: tuple[int, int], pictured: bool) -> None:
    picture = np.full((60, 60, 3), 200, np.uint8) if pictured and counts[0] < 5 else None
    cells = [measured(x, y, 0.01 * (x + y + 1), agree=(2, 3), doubt=True, note="1 failed", picture=picture)
             for x in range(counts[0]) for y in range(counts[1])]  # fmt: skip
    figure = draw(chart(cells, counts))
    FigureCanvasAgg(figure).draw()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    axes = figure.axes[0]
    boxes = [text.get_window_extent(renderer) for text in axes.texts if text.get_text()]
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[place + 1 :]), axes.texts[place].get_text()
    squares = {corner(patch): patch.get_window_extent(renderer) for patch in artists(figure, "measured")}
    for text, box in zip((text for text in axes.texts if text.get_text()), boxes, strict=True):
        square = squares[tuple(int(np.floor(place + 0.5)) for place in text.xy)]
        assert square.x0 <= box.x0 and box.x1 <= square.x1 and square.y0 <= box.y0 and box.y1 <= square.y1, text
    drawn = figure.get_tightbbox(renderer)  # in inches
    width, height = figure.get_size_inches()
    assert drawn.x0 >= 0 and drawn.y0 >= 0 and drawn.x1 <= width and drawn.y1 <= height


def test_values_far_apart_have_a_log_scale() -> None:
    def norm(values: Sequence[float]) -> str:
        figure = draw(chart([measured(place, 0, value) for place, value in enumerate(values)], (3, 1)))
        return type(figure.axes[-1]._colorbar.norm).__name__  # type: ignore[attr-defined]

    assert norm([0.1, 0.2, 2.9]) == "Normalize"
    assert norm([0.1, 0.2, 3.1]) == "LogNorm"
    assert norm([-0.1, 0.2, 30.1]) == "Normalize"


def test_a_sweep_in_which_nothing_was_measured_yet() -> None:
    cells = [Cell(0, 0, "running", note="running"), Cell(1, 0, "waiting"), Cell(2, 0, "failed", state="killed")]
    figure = draw(replace(chart(cells), measure="nothing measured yet", better="none"))
    assert len(figure.axes) == 1 and "running" in texts(figure) and "killed (1)" in texts(figure)
    one = draw(replace(chart(cells, (3,)), better="none"))
    assert "X" not in texts(one) and "running" in texts(one)


def test_samples_stand_in_their_cells() -> None:
    picture = np.zeros((50, 50, 3), np.uint8)
    picture[..., 0] = 255
    plain, pictured = (
        pixels(draw(chart([measured(x, 0, picture=p) for x in range(3)], (3, 1)))) for p in (None, picture)
    )
    red = (pictured == (255, 0, 0)).all(axis=2)
    assert not (plain == (255, 0, 0)).all(axis=2).any()
    columns = np.flatnonzero(np.diff(red.any(axis=0).astype(int)))
    assert len(columns) == 6  # three squares ...
    height, width = red.any(axis=1).sum(), columns[1] - columns[0]
    assert abs(height - width) <= 2  # ... undistorted


def test_curves_with_spread_letters_and_failures() -> None:
    cells = [
        measured(0, 0, 0.3),
        measured(1, 0, 0.1, agree=(2, 3)),
        Cell(2, 0, "failed", state="failed", note="3 failed"),
    ]
    figure = draw(chart(cells, (3,)))
    upper, lower = figure.axes
    (bars,) = upper.containers
    assert bars.lines[0].get_xdata().tolist() == [1.0, 2.0] and bars.lines[0].get_ydata().tolist() == [0.3, 0.1]
    (segments,) = bars.lines[2]
    assert np.allclose([np.ptp(line[:, 1]) for line in segments.get_segments()], [0.06, 0.02])
    assert [letter.get_text() for letter in artists(figure, "letter")] == ["B", "B 2/3", "F\n3 failed"]
    assert len(artists(figure, "run")) == 4
    assert "how often D is right" in lower.get_ylabel() and upper.get_ylabel() == "energy_distance\n(lower is better)"


@pytest.mark.parametrize(
    ("values", "x_scale", "joined"),
    [([1e-5, 1e-4, 1e-3], "log", True), ([1, 2, 3], "linear", True), ([], "linear", False)],
)
def test_the_scale_along_x(values: list[float], x_scale: str, joined: bool) -> None:
    plain = chart([measured(place, 0) for place in range(3)], (3,))
    axis = Scale("optim.generator.lr", ["a", "b", "c"], values)
    upper, lower = draw(replace(plain, axes=[axis])).axes
    assert lower.get_xscale() == x_scale
    assert (upper.containers[0].lines[0].get_linestyle() == "-") == joined
    assert [tick.get_text() for tick in lower.get_xticklabels()] == ["a", "b", "c"]


def test_many_numbers_along_x_share_their_ticks() -> None:
    rates = [1e-5 * 1.3**place for place in range(30)]
    axis = Scale("optim.generator.lr", [f"{rate:g}" for rate in rates], rates)
    figure = draw(replace(chart([measured(place, 0) for place in range(30)], (30,)), axes=[axis]))
    FigureCanvasAgg(figure).draw()
    ticks = [tick.get_text() for tick in figure.axes[-1].get_xticklabels()]
    assert len(ticks) < 12 and {"1e-05", "0.0001", "0.001"} <= set(ticks)


@pytest.mark.parametrize(
    ("values", "geometric"),
    [([1e-4, 1e-3], True), ([1, 2, 4, 8], True), ([1, 2, 3], False), ([0, 10, 100], False), ([1, 5, 9], False),
     ([-1, 1, 100], False), ([3], False), ([16, 32, 64, 128], True), (list(np.linspace(0.01, 1, 20)), False),
     (list(np.geomspace(1e-5, 1e-2, 20)), True), (sorted(np.random.default_rng(0).uniform(0, 1, 25)), False)],
)  # fmt: skip
def test_geometric(values: list[float], geometric: bool) -> None:
    assert is_geometric(values) == geometric


def test_a_search_over_rates_and_words_stands_on_a_log_axis_with_few_digits() -> None:
    rates = sorted(10 ** np.random.default_rng(1).uniform(-5, -2, 25))
    axes = [
        Scale("optim.discriminator.lr", [f"{rate:.4g}" for rate in rates], rates, drawn_on_log=True),
        Scale("discriminator.norm", ["none", "batch"]),
    ]
    figure = draw(replace(chart([measured(place, place % 2, 0.1 + place) for place in range(25)]), axes=axes))
    FigureCanvasAgg(figure).draw()
    (plane,) = [axes for axes in figure.axes if axes.get_xlabel() == "optim.discriminator.lr"]
    assert plane.get_xscale() == "log" and len(plane.get_xticks()) < 20
    assert max(len(text) for text in texts(figure) if re.fullmatch(r"[\d.e+-]+", text)) <= 7
    assert [tick.get_text() for tick in plane.get_yticklabels()] == ["none", "batch"]
    # log values are as far apart as their logarithms
    places = {round(float(point.get_offsets()[0][0]), 12) for point in artists(figure, "measured")}
    assert places == {round(rate, 12) for rate in rates}
    assert "best" in texts(figure)


@pytest.mark.parametrize(("log", "scale"), [(True, "log"), (False, "linear")])
def test_an_axis_is_drawn_as_it_was_searched(log: bool, scale: str) -> None:
    values = [0.11, 0.2, 0.3, 0.4, 0.5, 0.52, 0.61, 0.7, 0.8, 0.9]
    axes = [Scale(name, [f"{v:g}" for v in values], values, drawn_on_log=log) for name in ("a.b", "c.d")]
    figure = draw(replace(chart([measured(place, place, 0.1 + place) for place in range(10)]), axes=axes))
    (plane,) = [axes for axes in figure.axes if axes.get_xlabel() == "a.b"]
    assert plane.get_xscale() == plane.get_yscale() == scale


def test_values_that_a_search_drew_have_no_tick_each() -> None:
    values = [0.000123456, 0.000345678, 0.00234567]
    axis = Scale("optim.generator.lr", [f"{v:.4g}" for v in values], values, drawn_on_log=True)
    figure = draw(replace(chart([measured(place, 0) for place in range(3)], (3,)), axes=[axis]))
    FigureCanvasAgg(figure).draw()
    ticks = {tick.get_text() for tick in figure.axes[-1].get_xticklabels()}
    assert ticks <= {"0.0001", "0.0002", "0.0005", "0.001", "0.002", "0.005"}


def test_numbers_tried_here_and_there_are_points() -> None:
    places = np.linspace(0.1, 1.0, 12)
    axes = [Scale(name, [f"{p:g}" for p in places], list(places)) for name in ("a", "b")]
    cells = [measured(place, 11 - place, 0.1 * place + 0.1) for place in range(11)]
    cells.append(Cell(11, 0, "failed", state="failed"))
    figure = draw(replace(chart(cells), axes=axes))
    points = {tuple(np.round(point.get_offsets()[0], 6)) for point in artists(figure, "measured")}
    assert points == {(round(places[cell.x], 6), round(places[cell.y], 6)) for cell in cells[:-1]}
    (failed,) = artists(figure, "failed")
    assert failed.get_hatch()


def test_bars_stand_beside_the_map() -> None:
    shares = {("a.b",): 0.6, ("a.b", "c.d"): 0.3, ("c.d",): 0.05}
    figure = draw(chart(MIXED), Bars(shares, "by some method", 0.1))
    said = texts(figure)
    assert {"60 %", "30 %", "5 %", "a.b\n× c.d", "by some method", "seeds alone"} <= set(said)
    assert len(artists(figure, "measured")) == 4
    permuted = draw(chart(MIXED), Bars({("a",): 1.0}, "another", None))
    assert "seeds alone" not in texts(permuted)


def test_files(tmp_path: Any) -> None:
    figure = draw(chart(MIXED))
    encoded = encode(figure)
    assert encode(draw(chart(MIXED))) == encoded  # equal charts, equal bytes
    assert write(encoded, tmp_path / "map.pdf") == [tmp_path / "map.png", tmp_path / "map.pdf"]
    assert {path.name for path in tmp_path.iterdir()} == {"map.png", "map.pdf"}
    with Image.open(io.BytesIO(encoded[".png"])) as image:
        assert image.size == pixels(figure).shape[1::-1]


def test_every_verdict_has_a_letter_of_its_own() -> None:
    assert set(WORDS) <= set(LETTERS) and len(set(LETTERS.values())) == len(LETTERS)


def test_long_labels_are_broken_or_turned() -> None:
    long = "[ema,gradient_penalty,diff_augment]"
    assert tick_labels([long, "[ema]"], 6.0)["labels"] == ["[ema,\ngradient_penalty,\ndiff_augment]", "[ema]"]
    assert tick_labels([long] * 9, 6.0)["rotation"] and tick_labels(["1", "2"], 3.0) == {"labels": ["1", "2"]}
