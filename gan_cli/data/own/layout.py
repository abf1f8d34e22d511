"""Decides what the sub-folders of a data set are: classes, parts of one set, or neither. Looks only at names."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from gan_cli.data.names import counted, joined, listed, shown
from gan_cli.errors import SettingError

PARTS = frozenset({"train", "training", "val", "valid", "validation", "dev", "test", "testing", "eval"})
"""Names of folders that hold parts of one set."""

_STRAY = 10
"""Images outside the class folders are left out if at least this many times as many are inside."""

Classes = Sequence[int | str]


@dataclass(frozen=True)
class Layout:
    """The images of a set, and their classes by folder.

    Attributes:
        names: names of the images, sorted.
        labels: for each image, the index of its class in `classes`; empty without classes.
        classes: names of the class folders in order; empty without classes.
        remarks: decisions that the user may not expect.
        why_none: why there are no classes.
    """

    names: tuple[str, ...]
    labels: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    why_none: str = ""

    def keep(self, wanted: Classes | None) -> Layout:
        """Return the images of some classes, labelled 0, 1, 2 in the order of `wanted`; None keeps all.

        Raises:
            SettingError: there are no classes, or not the wanted ones.
        """
        if wanted is None:
            return self
        if not self.classes:
            raise SettingError("/data.classes", list(wanted), f"{self.why_none}; use null")
        order = self._numbers(wanted)
        kept = [
            (name, order.index(label)) for name, label in zip(self.names, self.labels, strict=True) if label in order
        ]
        classes = tuple(self.classes[number] for number in order)
        names, labels = zip(*kept, strict=True)
        return Layout(tuple(names), tuple(labels), classes, self.remarks)

    def _numbers(self, wanted: Classes) -> list[int]:
        """Return the index of each wanted class. If all folders are named by numbers, a number means such a name."""
        numeric = _numeric(self.classes)
        by_name = {name: place for place, name in enumerate(self.classes)}
        by_number = {int(name) if numeric else place: place for place, name in enumerate(self.classes)}
        span = "" if numeric else f"class numbers are 0 to {len(self.classes) - 1}, "
        valid = f"{span}the classes are {listed(self.classes)}"
        places = [by_name.get(item) if isinstance(item, str) else by_number.get(item) for item in wanted]
        unknown = [str(item) for item, place in zip(wanted, places, strict=True) if place is None]
        if not places:
            raise SettingError("/data.classes", list(wanted), f"names no class; {valid}; null keeps all")
        if unknown:
            near = difflib.get_close_matches(unknown[0], self.classes, n=1)
            hint = f"; did you mean {shown(near[0])}?" if near else ""
            raise SettingError("/data.classes", list(wanted), f"there is no class {listed(unknown)}; {valid}{hint}")
        if len(set(places)) < len(places):
            raise SettingError("/data.classes", list(wanted), f"names a class twice; {valid}")
        return [place for place in places if place is not None]


def layout_of(names: Sequence[str], what: str = "image") -> Layout:
    """Return the layout of a set. Two or more sub-folders are classes if (nearly) all images are in them.

    If all folders are called train, val or test, they are parts of one set, and their sub-folders may be classes.

    Args:
        names: names of the images, relative to the folder, sorted.
        what: what one of them is, for messages.
    """
    tops = sorted({name.partition("/")[0] for name in names if "/" in name})
    beside = [name for name in names if "/" not in name]
    if tops and not beside and PARTS.issuperset(top.lower() for top in tops):
        remark = f"{joined(tops)} are treated as parts of one set and used together" if len(tops) > 1 else ""
        return _classified(names, [name.partition("/")[2] for name in names], remark, what)
    return _classified(names, names, "", what)


def _classified(names: Sequence[str], within: Sequence[str], remark: str, what: str) -> Layout:
    """Return the layout whose classes are the first folders in `within`: the names without train, val or test."""
    remarks = (remark,) if remark else ()
    folders = [path.partition("/")[0] if "/" in path else None for path in within]
    classes = _ordered({folder for folder in folders if folder is not None})
    beside = [name for name, folder in zip(names, folders, strict=True) if folder is None]
    if len(classes) < 2:
        why = f"all {what}s are in one folder, which is not a class" if classes else "there are no class folders"
        return Layout(tuple(names), remarks=remarks, why_none=why)
    if _STRAY * len(beside) > len(names) - len(beside):
        many = f"{counted(len(beside), what)} of {len(names):,} are beside the folders {listed(classes, 3)}"
        why = f"no classes, because {many}"
        return Layout(tuple(names), remarks=(*remarks, why), why_none=why)
    if beside:
        remarks = (*remarks, f"left out {counted(len(beside), what)} beside the class folders ({listed(beside, 3)})")
    number = {name: place for place, name in enumerate(classes)}
    kept = [(name, number[folder]) for name, folder in zip(names, folders, strict=True) if folder is not None]
    kept_names, labels = zip(*kept, strict=True)
    return Layout(tuple(kept_names), tuple(labels), tuple(classes), remarks)


def _ordered(folders: set[str]) -> list[str]:
    """Sort by number if all folders are named by numbers, else by name."""
    return sorted(folders, key=lambda name: (int(name), name)) if _numeric(folders) else sorted(folders)


def _numeric(folders: Sequence[str] | set[str]) -> bool:
    return all(name.isascii() and name.isdecimal() for name in folders)
