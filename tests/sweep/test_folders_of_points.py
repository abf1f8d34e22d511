from __future__ import annotations

import pytest

from gan_cli.sweep.axes import folder_of, point_of


def test_a_folder_is_named_by_what_is_swept() -> None:
    point = point_of(["discriminator.depth=2", "seed=1"], ["data=digits"])
    assert point.folder == "discriminator.depth=2,seed=1"
    assert point.overrides == ("data=digits", "discriminator.depth=2", "seed=1")


def test_a_point_without_axes_has_a_name() -> None:
    assert folder_of([]) == "point"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["data.root=a/b"], ["data.root=a_b"]),
        (["x=" + "a" * 300 + "1"], ["x=" + "a" * 300 + "2"]),
        (["x=" + "ü" * 200], ["x=" + "ü" * 201]),
    ],
)
def test_changed_names_stay_apart(one: list[str], other: list[str]) -> None:
    names = folder_of(one), folder_of(other)
    assert names[0] != names[1]
    assert all("/" not in name and len(name.encode()) <= 255 for name in names)


def test_the_same_point_has_the_same_folder_in_every_process() -> None:
    assert folder_of(["data.root=a/b"]) == "data.root=a_b-52c303d0"
