"""README's class of one's own, word by word, from a fresh folder."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[1] / "README.md"


def section(title: str) -> str:
    """The text below a heading, up to the next one."""
    found = re.search(rf"^## {title}\n(.*?)^## ", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [code for kind, code in found if kind == language]


@pytest.mark.skipif(not README.exists(), reason="installed without README")
def test_the_example_of_a_class_of_ones_own_runs(tmp_path: Path) -> None:
    text = section("Your own classes")
    (code,), (choice,), (commands,) = blocks(text, "python"), blocks(text, "yaml"), blocks(text, "")
    assert len(code.splitlines()) == 15
    assert "a file `dense.py`" in text and "`mine/generator/dense.yaml`" in text
    (tmp_path / "dense.py").write_text(code)
    (tmp_path / "mine/generator").mkdir(parents=True)
    (tmp_path / "mine/generator/dense.yaml").write_text(choice)
    typed = [shlex.split(line) for line in commands.splitlines()]
    assert [(words[0], words[1]) for words in typed] == [("gan", "train"), ("gan", "sample"), ("gan", "train")]
    for words in typed:
        program = [sys.executable, "-P", "-m", "gan_cli", *words[1:]]
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
    run = tmp_path / "outputs/train/dense"
    assert json.loads((run / "summary.json").read_text())["step"] == 400
    assert len(list(run.glob("sampled/*/grid.png"))) == 1
