"""What sub-folders mean: classes, parts of one set, or nothing; and classes that are chosen among them."""

from __future__ import annotations

import pytest

from gan_cli.data.own.layout import layout_of
from gan_cli.errors import SettingError


def tree(**counts):
    """Names of images: so many in each folder; `_` stands for none."""
    names = [
        f"{folder}/{number:03}.png" for folder, count in counts.items() for number in range(count) if folder != "_"
    ]
    return sorted(names + [f"{number:03}.png" for number in range(counts.get("_", 0))])


def test_two_folders_are_classes():
    layout = layout_of(tree(dog=2, cat=3))
    assert layout.classes == ("cat", "dog") and layout.labels == (0, 0, 0, 1, 1) and not layout.remarks


@pytest.mark.parametrize(("beside", "classes"), [(1, 2), (2, 2), (3, 0), (20, 0)])
def test_a_stray_image_is_left_out_and_many_make_the_folders_no_classes(beside, classes):
    layout = layout_of(tree(cat=10, dog=10, _=beside))
    assert len(layout.classes) == classes and len(layout.names) == (20 if classes else 20 + beside)
    (remark,) = layout.remarks
    if classes:
        assert remark.startswith(f"left out {beside} image") and "beside the class folders (000.png" in remark
    else:
        assert remark == f"no classes, because {beside} images of {20 + beside} are beside the folders cat, dog"


def test_folders_named_by_numbers_stand_in_the_order_of_the_numbers():
    assert layout_of(tree(**{"10": 1, "9": 1, "0": 1})).classes == ("0", "9", "10")
    assert layout_of(tree(**{"10": 1, "9": 1, "a": 1})).classes == ("10", "9", "a")


def test_parts_of_a_set_are_no_classes():
    layout = layout_of(tree(train=4, val=2, Test=2))
    assert not layout.classes and len(layout.names) == 8
    assert layout.remarks == ("Test, train and val are treated as parts of one set and used together",)


def test_classes_below_the_parts():
    names = [
        f"{part}/{name}/{number}.png" for part in ("train", "test") for name in ("cat", "dog") for number in (0, 1)
    ]
    layout = layout_of(sorted(names))
    assert layout.classes == ("cat", "dog") and layout.labels == (0, 0, 1, 1) * 2
    assert layout_of([name for name in names if name.startswith("train")]).remarks == ()


def test_a_part_beside_another_folder_is_a_folder_like_any():
    assert layout_of(tree(train=4, cat=2)).classes == ("cat", "train")


@pytest.mark.parametrize(
    ("folders", "wanted", "classes"),
    [
        (("cat", "dog", "emu"), [0, 2], ("cat", "emu")),
        (("cat", "dog", "emu"), ["emu", "cat"], ("emu", "cat")),
        (("cat", "dog", "emu"), ["emu", 0], ("emu", "cat")),
        (("3", "5", "10"), [10, 3], ("10", "3")),
        (("1", "2", "3"), [1, 2], ("1", "2")),
        (("1", "2", "3"), ["1", "3"], ("1", "3")),
        (("0", "b"), [1], ("b",)),
    ],
)
def test_chosen_classes(folders, wanted, classes):
    kept = layout_of(tree(**dict.fromkeys(folders, 2))).keep(wanted)
    assert kept.classes == classes and set(kept.labels) == set(range(len(classes)))
    assert all(name.split("/")[0] == classes[label] for name, label in zip(kept.names, kept.labels, strict=True))


@pytest.mark.parametrize(
    ("folders", "wanted", "said"),
    [
        (
            ("cat", "dog"),
            ["cta"],
            "no class cta; class numbers are 0 to 1, the classes are cat, dog; did you mean cat?",
        ),
        (("cat", "dog"), [2, -1], "there is no class 2, -1; class numbers are 0 to 1, the classes are cat, dog"),
        (("3", "5"), [0], "there is no class 0; the classes are 3, 5"),
        (("cat", "dog"), [], "names no class; class numbers are 0 to 1, the classes are cat, dog; null keeps all"),
        (("cat", "dog"), ["cat", 0], "names a class twice"),
        (("cat",), ["cat"], "all images are in one folder, which is not a class; use null"),
    ],
)
def test_classes_that_there_are_not(folders, wanted, said):
    with pytest.raises(SettingError) as error:
        layout_of(tree(**dict.fromkeys(folders, 2))).keep(wanted)
    assert said in str(error.value) and str(error.value).startswith("data.classes=")
