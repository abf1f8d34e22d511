"""All writes go through `gan_cli.disk.writing`, and what a program wrote is read through `gan_cli.disk.reading`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "gan_cli"

WRITES = {
    *("write_text", "write_bytes", "mkdir", "makedirs", "touch", "unlink", "remove", "rmdir", "rmtree", "removedirs"),
    *("rename", "renames", "symlink_to", "hardlink_to", "symlink", "link", "mkfifo", "copyfile", "copy2"),
    *("copytree", "copyfileobj", "FileHandler", "NamedTemporaryFile", "TemporaryDirectory", "mkstemp", "mkdtemp"),
    *("SummaryWriter", "JournalFileBackend", "tofile"),
}
ENCODERS = {"save", "savez", "savez_compressed", "savefig"}
"""They write to whatever they are given: with us to a buffer or an open file."""
READS = {"read_text", "read_bytes", "fromfile", "open"}

ALLOWED = {
    "disk/writing.py": WRITES | {"open", "replace"},
    "disk/place.py": {"open"},
    "disk/reading.py": {"open"},
    "cli.py": {"open"},  # /dev/null
    "help.py": {"read_text"},  # our own YAML
    "config/folders.py": {"open"},  # our own YAML, or that of a person's --config-dir
    "session/alive.py": {"read_text"},  # /proc
    "memory.py": {"read_text"},  # /proc, /sys
    "control_groups.py": {"read_text"},  # /proc
    "processors.py": {"read_text"},  # /proc, /sys
    "benchmark/benchmark.py": {"TemporaryDirectory"},  # below the system's own folder for such things
    "sweep/search.py": {"JournalFileBackend"},  # Optuna's journal, looked at before it opens it
    "data/download/downloaded.py": {"copyfile"},  # archives that a person put there, into our staging folder
    "data/download/fetching.py": {"TemporaryDirectory", "rmtree"},  # torchvision unpacks there
    "data/download/unpacking.py": {"open"},  # an archive from the network, of which each file is written by `disk`
    "data/photo_crops.py": {"open"},  # the photographs of scikit-learn
    "data/image/opened.py": {"open"},  # a person's images, which may lie behind links
    "external/arrays.py": {"open"},  # a person's samples, likewise
    "config/overrides.py": {"read_text"},  # our own YAML
    "streams.py": {"open"},  # /dev/null, and the standard streams
}
"""By file, with the reason where it is no part of the rule itself."""

OWN = {"open_plain", "read_bytes"}
"""Functions of `disk` by these names, called bare."""


def offences(source: str) -> Iterator[str]:
    """What a file calls that touches the disk."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and logs_to_a_file_of_python(node):
            yield "FileHandler"
        if isinstance(node, ast.Call):
            on, called = spelled(node.func)
            if touches(node, on, called):
                yield called


def spelled(function: ast.expr) -> tuple[str, str]:
    """What a function is called on, and its own name."""
    if isinstance(function, ast.Attribute):
        return ast.unparse(function.value), function.attr
    return "", getattr(function, "id", "")


def logs_to_a_file_of_python(node: ast.ClassDef) -> bool:
    bases = {ast.unparse(base) for base in node.bases}
    return "logging.FileHandler" in bases and "_open" not in {getattr(item, "name", "") for item in node.body}


def touches(node: ast.Call, on: str, called: str) -> bool:
    if called in ENCODERS:
        target = node.args[on == "torch"]
        return on != "checkpoint" and ast.unparse(target) not in ("buffer", "file")
    if called in ("remove", "replace"):
        return on == "os"
    if called == "open":
        return opens_a_path(node, on)
    return called in WRITES | READS and not (on == "" and called in OWN)


def opens_a_path(node: ast.Call, on: str) -> bool:
    """Whether a call of some `open` is that of a path, a module or the builtin, not of an object of ours."""
    first = node.args[0] if node.args else None
    if on == "Image":
        return not ast.unparse(node.args[0]).startswith(("file", "io.BytesIO("))
    return on in ("", "os", "io") or first is None or isinstance(first, ast.Constant)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_disk_is_reached_one_way(path: Path) -> None:
    allowed = ALLOWED.get(path.relative_to(PACKAGE).as_posix(), set())
    assert set(offences(path.read_text("utf-8"))) - allowed == set()


@pytest.mark.parametrize(
    "line",
    [
        "path.write_text('')",
        "open(path, 'w')",
        "path.open('ab')",
        "torch.save(state, path)",
        "Image.fromarray(a).save(path)",
        "np.savez(path, a=a)",
        "os.replace(a, b)",
        "shutil.rmtree(path)",
        "path.parent.mkdir()",
        "logging.FileHandler(path)",
        "class A(logging.FileHandler):\n  pass",
        "Image.open(path)",
    ],
)
def test_the_rule_bites(line: str) -> None:
    assert list(offences(line))


@pytest.mark.parametrize(
    "line",
    ["torch.save(state, file)", "image.save(buffer)", "text.replace('a', 'b')", "open_plain(path)", "a.remove(b)"],
)
def test_the_rule_lets_pass(line: str) -> None:
    assert not list(offences(line))
