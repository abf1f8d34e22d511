"""A person's own YAML with a mistake: the file, the line, what is wrong, before anything else happens."""

from __future__ import annotations

from pathlib import Path

import pytest

CLASS = "_target_: gan_cli.losses.Hinge\n"

MISTAKES: dict[str, tuple[str | bytes, str]] = {
    "open": ("a: [1\n", ":2: while parsing a flow sequence expected ',' or ']'"),
    "binary": (b"\xff\xfea\x00\n", ":1: this is no text in UTF-8"),
    "latin": (CLASS.encode() + b"smoothing: \xe9\n", ":2: this is no text in UTF-8; save it as UTF-8"),
    "tab": (CLASS + "\tsmoothing: 1\n", ":2: a tab; YAML is indented with spaces"),
    "indent": ("a:\n b: 1\n  c: 2\n", ":3: a colon where none can be"),
    "python": (
        CLASS + 'x: !!python/object/apply:os.system ["touch pwned"]\n',
        ":2: !!python/object/apply:os.system is no",
    ),
    "twice": (CLASS + "smoothing: 0\nsmoothing: 0.1\n", ":3: smoothing is set a second time; the first is in line 2"),
    "itself": ("defaults:\n  - itself\n", ":2: its defaults come back to itself; a file cannot hold itself"),
    "unknown": ("defaults:\n  - hnge\n", ":2: loss has no hnge; did you mean hinge?"),
    "group": ("defaults:\n  - override /losss: hinge\n", ":2: there is no group losss; did you mean loss?"),
    "text": ("hello\n", ":1: must hold settings, a line each: key: value"),
    "list": ("- a\n", ":1: must hold settings, a line each: key: value"),
    "two": (CLASS + "---\na: 1\n", ":2: `---` begins a second document"),
    "star": (CLASS + "smoothing: *x\n", ":2: found undefined alias 'x'; put text that begins with a star"),
    "loop": ("a: &a [*a]\n", ":1: it holds itself"),
    "number": (CLASS + "1: 2\n", ":2: 1 is no name of a setting; names are words"),
    "nothing": (CLASS + "null: 2\n", ":2: null is no name of a setting"),
    "word": ("defaults: hinge\n", ":1: defaults must be a list"),
    "entry": ("defaults:\n  - {a: b, c: d}\n", ":2: an entry of defaults is - choice, or - group: choice"),
    "hydra": ("hydra:\n  run:\n    dir: elsewhere\n", ":2: hydra.run is not supported"),
}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "loss").mkdir(parents=True)
    (folder / "model").mkdir()
    for name, (text, _) in MISTAKES.items():
        path = folder / "loss" / f"{name}.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "model" / "through.yaml").write_text("# @package _global_\ndefaults:\n  - override /loss: open\n")
    return folder


@pytest.mark.parametrize("name", MISTAKES)
def test_the_file_the_line_and_the_mistake(refused, mine, name):
    message = refused("train", "--config-dir", "mine", f"loss={name}")
    assert message.startswith(f"gan train: mine/loss/{name}.yaml{MISTAKES[name][1]}")


def test_a_file_that_a_recipe_leads_to(refused, mine):
    assert "mine/loss/open.yaml:2: " in refused("train", "--config-dir", "mine", "model=through")


def test_a_link_that_leads_nowhere_and_a_folder(refused, mine):
    (mine / "loss" / "dangling.yaml").symlink_to("nowhere")
    (mine / "loss" / "folder.yaml").mkdir()
    for name in ("dangling", "folder"):
        assert f"mine/loss/{name}.yaml: " in refused("train", "--config-dir", "mine", f"loss={name}")


def test_mistakes_in_files_that_are_not_chosen_are_nobodys_business(gan, mine):
    assert gan("inspect", "--config-dir", "mine", "loss=hinge").code == 0


@pytest.mark.parametrize("text", ["", "# @package _global_\n"])
@pytest.mark.parametrize("group", ["loss", "model"])
def test_an_empty_file(refused, mine, group, text):
    (mine / group).mkdir(exist_ok=True)
    (mine / group / "empty.yaml").write_text(text)
    message = refused("train", "--config-dir", "mine", f"{group}=empty")
    assert message == f"gan train: mine/{group}/empty.yaml: holds no settings; write them a line each: key: value"


def test_a_file_without_a_class(refused, mine):
    (mine / "loss" / "classless.yaml").write_text("smoothing: 0.1\n")
    message = refused("train", "--config-dir", "mine", "loss=classless")
    assert "names no class, so nothing reads it; must be a loss" in message
