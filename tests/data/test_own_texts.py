"""Text of one's own: what is read, what is said about the rest, and what is refused."""

from __future__ import annotations

import codecs
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from gan_cli.data.base import Split, split_of
from gan_cli.data.text import Text
from gan_cli.data.tokens.corpus import UNKNOWN
from gan_cli.errors import SettingError, UserError

NAMES = "".join(f"name {first}{second}\n" for first in "abcdef" for second in "ghijk")
"""30 lines, all different."""


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    caplog.set_level(logging.INFO)
    return lambda: "\n".join(record.getMessage() for record in caplog.records)


def save(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def opened(root: Path, **settings: object) -> tuple[Text, Split]:
    source = Text(root=str(root), **{"holdout": 0.0, **settings})  # type: ignore[arg-type]
    source.prepare()
    return source, split_of(source)


def lines(root: Path, **settings: object) -> list[str]:
    """The texts of all training rows, with a bar between words."""
    source, split = opened(root, **settings)
    alphabet = source.spec.alphabet
    assert alphabet is not None
    space = "|" if settings.get("unit") == "word" else ""
    return [space.join(alphabet[token] for token in row if token) for row in split.train.samples.tolist()]  # type: ignore[union-attr]


def refused(root: Path, **settings: object) -> str:
    with pytest.raises(UserError) as error:
        opened(root, **settings)
    message = str(error.value)
    assert len(message.splitlines()) <= 3 and max(map(len, message.splitlines())) < 220
    return message


def test_one_file_is_a_set_of_lines(tmp_path: Path, told: Callable[[], str]) -> None:
    source, split = opened(save(tmp_path / "names", NAMES), holdout=0.1, limit=20)
    assert source.spec.kind == "text" and source.spec.spatial == (32,) and source.spec.class_names is None
    assert split.train.samples.dtype == torch.int32 and len(split.train) == 20  # type: ignore[union-attr]
    assert split.holdout is not None and len(split.holdout) == 3
    said = told()
    assert f"data.root={tmp_path}/names: 15 tokens; 20 train, 3 held out; 30 lines of 1 file" in said
    assert lines(tmp_path / "names") == NAMES.splitlines()
    assert lines(tmp_path / "names", unit="word", length=2)[0] == "name|ag"
    assert Text(root=str(tmp_path / "names"), unit="word").spec.spatial == (8,)


def test_classes_that_gan_sample_wrote_beside_texts_are_no_texts(tmp_path: Path) -> None:
    save(tmp_path / "samples.txt", "Ada\nTom\n")
    save(tmp_path / "labels.txt", "girls\nboys\n")
    assert lines(tmp_path) == ["Ada", "Tom"]
    (tmp_path / "samples.txt").unlink()
    assert lines(tmp_path) == ["girls", "boys"], "a file of that name alone may be anybody's"


def test_windows_of_the_running_text(tmp_path: Path) -> None:
    path = save(tmp_path / "prose.txt", "one two\nthree four\n")
    assert lines(path, by="window", length=5) == ["one t", "wo th", "ree f"]
    assert lines(path, by="window", length=5, stride=2)[:3] == ["one t", "e two", "two t"]
    with pytest.raises(SettingError, match="stride=2: is for windows; use data.by=window, or null"):
        opened(path, stride=2)


def test_what_is_held_out_is_cut_off_before_windows_overlap(tmp_path: Path) -> None:
    text = "".join(chr(0x4E00 + place) for place in range(200))  # each character once
    _, split = opened(save(tmp_path / "a.txt", text), by="window", length=8, stride=1, holdout=0.1)
    train, held = split.train.samples, split.holdout.samples  # type: ignore[union-attr]
    assert (len(train), len(held)) == (180 - 7, 20 - 7)
    assert not set(train.flatten().tolist()) & set(held.flatten().tolist())


def test_class_folders_and_other_files(tmp_path: Path, told: Callable[[], str]) -> None:
    save(tmp_path / "girls" / "a.txt", "Ada\nEve\nIda\n")
    save(tmp_path / "girls" / "b.md", "Uma\n")
    save(tmp_path / "boys" / "c.txt", "Bob\nTom\n")
    save(tmp_path / "boys" / "d.pdf", b"%PDF")
    save(tmp_path / "boys" / "e.txt", b"\xff\xfe\x00")
    source, split = opened(tmp_path)
    assert source.spec.class_names == ("boys", "girls") and source.spec.num_classes == 2
    assert split.train.labels is not None and split.train.labels.tolist() == [0, 0, 1, 1, 1, 1]  # type: ignore[union-attr]
    said = told()
    assert "6 lines of 3 files; 2 classes (boys 2, girls 4); skipped 1 .pdf (save it as .txt)" in said
    assert "skipped 1 of 4 files that cannot be read: boys/e.txt (boys/e.txt: it is UTF-16, not UTF-8)" in said
    assert lines(tmp_path, classes=["girls"]) == ["Ada", "Eve", "Ida", "Uma"]
    assert "there is no class men" in refused(tmp_path, classes=["men"])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (codecs.BOM_UTF8 + b"ab\ncd\n", ["ab", "cd"]),
        (b"ab\r\ncd\r\n", ["ab", "cd"]),
        (b"ab\rcd", ["ab", "cd"]),
        ("ab\u2028cd\fef".encode(), ["ab", "cd", "ef"]),
        (b"\n\n ab \n\n\t\ncd\n\n", ["ab", "cd"]),
        (b"a\tb\nc\x07d\x1b\n", ["a b", "cd"]),
        ("caf\u00e9\ncafe\u0301s\n".encode(), ["caf\u00e9", "caf\u00e9s"]),
        (b"id,name\n1,ada\n2,eve\n", ["id,name", "1,ada", "2,eve"]),
    ],
    ids=["BOM", "CRLF", "CR", "other breaks", "empty lines", "tabs and controls", "NFD", "csv"],
)
def test_what_files_may_hold(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    assert lines(save(tmp_path / "a.csv", content)) == expected


def test_what_was_left_out_is_counted(tmp_path: Path, told: Callable[[], str]) -> None:
    opened(save(tmp_path / "a.txt", "abcdefgh\n\n\nab\x07\nabc\n"), length=4)
    said = told()
    assert "2 empty lines left out" in said and "1 control character left out" in said
    assert "1 line cut at data.length=4, 31 % of the text" in said


def test_capitals_may_be_made_small(tmp_path: Path) -> None:
    assert lines(save(tmp_path / "a.txt", "Ada\nEVE \u0130\n"), lowercase=True) == ["ada", "eve i\u0307"]


def test_equal_lines_are_held_out_together(tmp_path: Path) -> None:
    _, split = opened(save(tmp_path / "a.txt", "a\nb\nc\nd\n" * 10), holdout=0.1)
    assert split.holdout is not None and len(split.train) == 30 and len(split.holdout) == 10


def test_more_characters_than_the_vocabulary_has(tmp_path: Path, told: Callable[[], str]) -> None:
    text = "\n".join(chr(0x4E00 + place) * (1 + (place < 4000)) for place in range(5000))
    source, _ = opened(save(tmp_path / "a.txt", text), vocabulary=4096)
    assert source.spec.alphabet is not None and len(source.spec.alphabet) == 4096
    assert source.spec.alphabet[-1] == UNKNOWN
    said = told()
    assert "906 tokens (10 %) beyond data.vocabulary=4096 became one" in said
    assert "a batch of 64 takes 32 MiB (data.vocabulary=512: 4)" in said
    assert len(lines(tmp_path / "a.txt", vocabulary=4096, rare="drop")) == 4095
    assert "905 lines with tokens beyond data.vocabulary=4096 dropped" in told()


@pytest.mark.parametrize(
    ("name", "content", "settings", "message"),
    [
        (
            "a.txt",
            b"abc\nd\xe9f\n",
            {},
            "it cannot be read (a.txt: byte 0xe9 at offset 5 is not UTF-8).\nExpected UTF-8 in",
        ),
        ("a.txt", codecs.BOM_UTF8 + b"ab\xff", {}, "byte 0xff at offset 5 is not UTF-8"),
        ("a.bin", b"\x7fELF\x02\x00\x00", {}, "byte 0x00 at offset 5 is in no text, so the file is binary"),
        ("a.txt", "ab".encode("utf-16"), {}, "it is UTF-16, not UTF-8"),
        ("a.txt", b"", {}, "there is nothing in it but empty lines; name another file or folder"),
        ("a.txt", b" \n\r\n\t\n", {}, "there is nothing in it but empty lines"),
        ("a.txt", b"same\n" * 9, {}, "all 9 lines are equal (same): nothing to learn; name another text"),
        ("a.txt", b"word " * 999, {}, "the text is one line of 4,994 characters, and data.by=line makes one"),
        ("a.txt", b"abc", {"by": "window"}, "data.length=32: leaves no sample to train on; use a smaller length"),
        ("a.txt", b"a\nb\n", {"holdout": 0.9}, "data.holdout=0.9: leaves none of 2 samples to train on"),
    ],
)
def test_files_that_cannot_be_learnt(
    tmp_path: Path, name: str, content: bytes, settings: dict[str, object], message: str
) -> None:
    assert message in refused(save(tmp_path / name, content), **settings)


def test_places_where_no_text_can_lie(tmp_path: Path) -> None:
    assert "there is no such file or folder; name your text file, or its folder" in refused(tmp_path / "nowhere.txt")
    (tmp_path / "empty").mkdir()
    assert "there are no texts in this folder.\nExpected UTF-8 in .txt, " in refused(tmp_path / "empty")
    save(tmp_path / "books" / "a.epub", b"PK")
    assert "there are no texts in this folder (skipped 1 .epub (save it as .txt))" in refused(tmp_path / "books")
    for name in ("a", "b"):
        save(tmp_path / "bad" / f"{name}.txt", b"\x00")
    assert "none of the 2 files can be read (first: a.txt: byte 0x00 at offset 0" in refused(tmp_path / "bad")
    with pytest.raises(SettingError, match=r"root=null|name your text file"):
        Text(root=None)


def test_a_text_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_cli.data.tokens.text_files.LARGEST", 8)
    assert "MiB of text are more than the 0 that are read" in refused(save(tmp_path / "a.txt", NAMES))


def test_a_text_that_changes_is_noticed(tmp_path: Path) -> None:
    path = save(tmp_path / "a.txt", NAMES)
    before, again = (opened(path)[1].identity for _ in range(2))
    save(path, NAMES.replace("name a", "name z"))
    assert before == again != opened(path)[1].identity
