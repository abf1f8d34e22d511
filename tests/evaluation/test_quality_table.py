"""The table of `gan evaluate`: aligned, few digits, what real data score beside each, at any width."""

from __future__ import annotations

import math

from gan_cli.evaluation.table import Figure, quality_table

FIGURES = [
    Figure("energy_distance", -0.0020591, "low", None, -0.0028691),
    Figure("mmd", 0.0037213, "low", 0.0010331, -0.0008112),
    Figure("frechet_classifier", 1119.0651, "low", None, 2.8042),
    Figure("recall", 0.84444, "high", None, 0.57777),
    Figure("classes", 10.0, "high", None, 10.0),
    Figure("copies", 0.0, "low"),
    Figure("class_kl", math.inf, "low", None, 0.0124),
    Figure("density", 0.39, "real", None, 1.4533),
]
TABLE = """\
metric                 samples     error  real data
energy_distance        -0.0021              -0.0029  at the floor of real data
mmd                     0.0037  ± 0.0010    -0.0008  lower is better
frechet_classifier  1,119                    3       lower is better
recall                  0.844                0.578   as high as real data
classes                10                   10       as high as real data
copies                  0.00                         lower is better
class_kl              infinite               0.0124  lower is better
density                 0.39                 1.45    best as real data"""


def test_the_whole_table() -> None:
    assert "\n".join(quality_table(FIGURES, 80)) == TABLE


def test_every_width_holds_it() -> None:
    for width in (40, 48, 60, 79, 80, 200):
        lines = quality_table(FIGURES, width)
        assert max(map(len, lines)) <= max(width, 48)
        assert all(figure.name in line for figure, line in zip(FIGURES, lines[1:], strict=True))


def test_at_the_floor_of_real_data() -> None:
    def reached(value: float, better: str, error: float | None = None, floor: float | None = 0.01) -> bool:
        return Figure("x", value, better, error, floor).reached

    assert reached(-0.3, "low") and reached(0.01, "low") and not reached(0.02, "low")
    assert reached(0.02, "low", error=0.01) and reached(-0.001, "low", floor=-0.002)
    assert not reached(0.0, "low", floor=None) and not reached(0.01, "real")
    assert reached(0.9, "high", floor=0.9) and not reached(0.8, "high", floor=0.9)
