from __future__ import annotations

import time

import pytest

from gan_cli.config.plain_yaml import plain_yaml

BOMB = "a: &a [x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{name}'] * 9)}]\n" for name, after in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB, "line 1: anchors and aliases are not supported"),
        ("seed: 1\nself: &self\n  again: *self", "line 2: anchors and aliases"),
        ("a: *nowhere", "line 1: anchors and aliases"),
        ("a: !!python/object/apply:os.system [x]", "line 1: tags are not supported"),
        ("a: !!bool maybe", "tags are not supported"),
        ("a: !!timestamp x", "tags are not supported"),
        ("a: !mine 3", "tags are not supported"),
        ("[" * 500, "more than 20 levels"),
        ("[" * 100_000, "line 1: "),
        ("- " * 400, "more than 20 levels"),
        ("{a: " * 30 + "1" + "}" * 30, "more than 20 levels"),
        ("1: 2", "the key 1 is no text"),
        ("null: 2", "the key None is no text"),
        ("a: {true: 2}", "the key True is no text"),
        ("2001-12-14: 2", "the key 2001-12-14 is no text"),
        ("a: [{? [1, 2] : 3}]", "line 1: found unhashable key"),
        ("a: 2001-12-14", "2001-12-14 is neither a number nor text"),
        ("a: 2001-13-45", "month must be in 1..12"),
        ("a: " + "9" * 5_000, "Exceeds the limit"),
        ("a: 0x" + "f" * 5_000, "a whole number of more than 64 bits"),
        ("a: " + ":".join(["59"] * 3_000), "a whole number of more than 64 bits"),
        ("? 0x" + "f" * 400 + "\n: 1", "the key of more than 64 bits is no text"),
        ("a: 1\nb: {c: 1, d: {c: 2}, c: 3}", "line 2: c occurs twice"),
        ("a: {<<: {b: 1}}", "line 1: << occurs twice"),
        ("a: 0b_", "invalid literal"),
        ("a: [1", "line 2: did not find expected ',' or ']'"),
        ("a: 1\n---\nb: 2", "but found another document"),
        ("a: \x00", "control characters are not allowed"),
        ("a: " + "x" * 2**20, "more than 1 MB"),
        ("[" + "1," * 60_000 + "]", "more than 50,000 values"),
    ],
)
def test_what_is_no_plain_data_is_refused_in_a_line_and_at_once(text: str, words: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(ValueError) as caught:
        plain_yaml(text.encode())
    assert words in str(caught.value)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200
    assert time.perf_counter() - begun < 5


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ValueError, match="invalid"):
        plain_yaml(b"a: \xff\xfe\xfa")


def test_plain_data_is_read() -> None:
    text = (
        "z: [{b: 1, c: b}, {b: [b, b]}]\na: {b: [1, 2.5, -3.0e+2, null, true, text, '2001-12-14']}\n"
        "c: 18446744073709551615\nd: .inf\ne: ''\n"
    )
    assert plain_yaml(text.encode()) == {
        "z": [{"b": 1, "c": "b"}, {"b": ["b", "b"]}],
        "a": {"b": [1, 2.5, -300.0, None, True, "text", "2001-12-14"]},
        "c": 2**64 - 1,
        "d": float("inf"),
        "e": "",
    }
