"""metrics.jsonl: exact numbers, valid JSON, and nothing beyond the step that a run goes on from."""

import errno
import json
import math

import pytest

from gan_cli.telemetry.base import Outcome, RunInfo
from gan_cli.telemetry.jsonl import JsonlSink

DONE = Outcome("done", 3, "", {}, 1.0)


def begin(folder, start_step=0):
    sink = JsonlSink()
    sink.begin(RunInfo(folder, "test", 10, start_step, 8, "seed: 0\n"))
    return sink


def lines(folder):
    return (folder / "metrics.jsonl").read_text().splitlines()


def test_floats_read_back_to_the_same_bits(tmp_path):
    values = {"loss/generator": 0.1 + 0.2, "loss/discriminator": 1e-300, "lr/generator": 2e-4}
    sink = begin(tmp_path)
    sink.scalars(5, values)
    sink.end(DONE)
    assert json.loads(lines(tmp_path)[0]) == {"step": 5, **values}


def test_step_comes_first_and_tags_are_sorted_whatever_the_caller_does(tmp_path):
    sink = begin(tmp_path)
    sink.scalars(1, {"b": 1.0, "a": 2.0})
    sink.scalars(2, {"a": 1.0, "b": 2.0})
    sink.end(DONE)
    assert [list(json.loads(line)) for line in lines(tmp_path)] == [["step", "a", "b"]] * 2


def test_values_that_json_lacks_become_strings(tmp_path):
    sink = begin(tmp_path)
    sink.scalars(1, {"a": math.nan, "b": math.inf, "c": -math.inf})
    sink.end(DONE)

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    assert json.loads(lines(tmp_path)[0], parse_constant=refuse) == {"step": 1, "a": "nan", "b": "inf", "c": "-inf"}


def test_each_line_can_be_read_before_the_run_ends(tmp_path):
    sink = begin(tmp_path)
    sink.scalars(1, {"a": 1.0})
    assert lines(tmp_path) == ['{"step": 1, "a": 1.0}']
    sink.end(DONE)


def test_resume_drops_later_steps_and_a_torn_line(tmp_path):
    sink = begin(tmp_path)
    for step in (1, 2, 3):
        sink.scalars(step, {"a": step / 3})
    sink.end(DONE)
    path = tmp_path / "metrics.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"step": 2, "a": 0.66')
    sink = begin(tmp_path, start_step=2)
    assert path.read_bytes() == whole[: whole.index(b'{"step": 3')]
    sink.scalars(3, {"a": 3 / 3})
    sink.end(DONE)
    assert path.read_bytes() == whole
    assert [entry.name for entry in tmp_path.iterdir()] == ["metrics.jsonl"]


def test_a_whole_last_line_without_its_line_end_is_kept(tmp_path):
    (tmp_path / "metrics.jsonl").write_bytes(b'{"step": 1, "a": 1.0}')
    sink = begin(tmp_path, start_step=1)
    sink.scalars(2, {"a": 2.0})
    sink.end(DONE)
    assert lines(tmp_path) == ['{"step": 1, "a": 1.0}', '{"step": 2, "a": 2.0}']


def test_a_new_run_starts_an_empty_file(tmp_path):
    (tmp_path / "metrics.jsonl").write_text('{"step": 0}\n')  # killed before its first checkpoint
    begin(tmp_path).end(DONE)
    assert lines(tmp_path) == []


def test_no_space_left_keeps_the_old_file_and_reaches_the_caller(tmp_path, monkeypatch):
    (tmp_path / "metrics.jsonl").write_text('{"step": 1}\n{"step": 2}\n')

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left") as caught:
        begin(tmp_path, start_step=1)
    assert caught.value.errno == errno.ENOSPC
    assert lines(tmp_path) == ['{"step": 1}', '{"step": 2}']
    assert len(list(tmp_path.iterdir())) == 1


def test_end_without_begin_is_harmless():
    JsonlSink().end(DONE)
