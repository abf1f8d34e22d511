"""The event file read back as TensorBoard reads it: scalars, pictures, texts and the HPARAMS row, over resumes."""

import io
import math
import os
import subprocess
import sys
import wave
from dataclasses import replace

import numpy as np
import pytest
import torch
from hparams_page import hparams_page
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from tensorboard.plugins.hparams import api_pb2, metadata

from gan_cli.diagnosis.verdict import WORDS, Verdict
from gan_cli.spec import SampleSpec
from gan_cli.telemetry import hparams
from gan_cli.telemetry.base import Outcome, RunInfo
from gan_cli.telemetry.tensorboard import TensorBoardSink

SETTINGS = {"loss.smoothing": 0.1, "trainer.steps": 10, "runtime.deterministic": False, "data": "digits"}


def info(folder, start_step=0, **settings):
    return RunInfo(folder, "test", 10, start_step, 8, "seed: 0\n", {**SETTINGS, **settings})


def outcome(status, step=3, **final):
    return Outcome(status, step, "", final, 1.0)


def read(folder):
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0, "tensors": 0})
    events.Reload()
    return events


def points(events, tag):
    return [(point.step, point.value) for point in events.Scalars(tag)]


def texts(events, tag):
    return [event.tensor_proto.string_val[0].decode() for event in events.Tensors(tag)]


def records(folder):
    """All summary values of all event files, past TensorBoard's own cleaning."""
    files = sorted(folder.glob("*tfevents*"))
    return [
        value for file in files for event in LegacyEventFileLoader(str(file)).Load() for value in event.summary.value
    ]


def sessions(folder):
    """Start and end records of the HPARAMS row."""
    content = [value for value in records(folder) if value.metadata.plugin_data.plugin_name == "hparams"]
    starts = [value for value in content if value.tag == metadata.SESSION_START_INFO_TAG]
    ends = [value for value in content if value.tag == metadata.SESSION_END_INFO_TAG]
    tables = [value for value in content if value.tag == metadata.EXPERIMENT_TAG]
    assert (len(starts) + len(ends) + len(tables), len(tables)) == (len(content), len(starts))
    parse_start, parse_end = metadata.parse_session_start_info_plugin_data, metadata.parse_session_end_info_plugin_data
    return (
        [parse_start(value.metadata.plugin_data.content) for value in starts],
        [parse_end(value.metadata.plugin_data.content) for value in ends],
    )


def test_what_is_told_is_what_tensorboard_shows(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    sink = TensorBoardSink()
    sink.begin(info(tmp_path))
    sink.text(0, "config", "seed: 0\n")
    sink.text(3, "balance/verdict", "D is **winning**")
    sink.picture(0, "data/real", picture)
    sink.scalars(1, {"loss/discriminator": 1.25, "loss/generator": 0.5})
    sink.scalars(3, {"loss/discriminator": 1.5, "loss/generator": float("nan")})
    sink.end(outcome("done", **{"loss/discriminator": 1.5}))

    events = read(tmp_path)
    assert points(events, "5 loss/discriminator") == [(1, 1.25), (3, 1.5)]
    assert np.isnan(points(events, "5 loss/generator")[1][1])
    assert not any("final" in tag for tag in events.Tags()["scalars"])
    (image,) = events.Images("2 samples/real")
    assert (image.width, image.height) == (30, 20)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(image.encoded_image_string))), picture)
    assert texts(events, "config") == ["```yaml\nseed: 0\n```"]
    assert texts(events, "1 who is winning/verdict") == ["D is **winning**"]
    assert {"config", "1 who is winning/verdict"} <= set(events.PluginTagToContent("text"))


def test_samples_that_are_text_are_lines_of_a_code_block(tmp_path):
    """Whatever they hold: no fence, no markup and no empty line ends the block."""
    sink = TensorBoardSink()
    sink.begin(info(tmp_path))
    sink.text(3, "samples/lines", "```\n\n# red")
    sink.end(outcome("done"))
    events = read(tmp_path)
    assert texts(events, "2 samples/lines") == ["    ```\n    \n    # red"]
    (value,) = [value for value in records(tmp_path) if value.tag == "2 samples/lines"]
    assert value.metadata.plugin_data.plugin_name == "text"


def test_points_are_on_disk_before_the_run_ends(tmp_path):
    sink = TensorBoardSink()
    sink.begin(info(tmp_path))
    sink.scalars(1, {"a": 1.0})
    assert points(read(tmp_path), "a") == [(1, 1.0)]
    sink.end(outcome("done"))


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("done", "STATUS_SUCCESS"),
        ("diverged", "STATUS_FAILURE"),
        ("failed", "STATUS_FAILURE"),
        ("interrupted", "STATUS_UNKNOWN"),
    ],
)
def test_hparams_row_has_settings_and_status(tmp_path, status, shown):
    sink = TensorBoardSink()
    sink.begin(info(tmp_path))
    (start,), ends = sessions(tmp_path)
    assert ends == []
    cells = {key: cell.string_value.strip() for key, cell in start.hparams.items()}
    assert cells == {
        "loss.smoothing": "0.1",
        "trainer.steps": "10",
        "runtime.deterministic": "false",
        "data": "digits",
    }
    sink.end(outcome(status))
    (_,), (end,) = sessions(tmp_path)
    assert api_pb2.Status.Name(end.status) == shown


def test_cells_are_read_as_typed_and_sort_like_numbers(tmp_path):
    typed = [64, 8, 0.3, 0.0002, 1e-5, 128.5, 0.0, -3]
    texts = [hparams.as_text(value) for value in typed]
    assert [text.strip() for text in texts] == ["64", "8", "0.3", "0.0002", "0.00001", "128.5", "0", "-3"]
    rising = [text.strip() for text in sorted(texts[:7])]
    assert rising == ["0", "0.00001", "0.0002", "0.3", "8", "64", "128.5"]
    assert [hparams.as_text(value) for value in (True, "[ema,r1]", math.inf)] == ["true", "[ema,r1]", "inf"]


def test_a_number_that_a_search_drew_stays_a_number(tmp_path):
    """It has a place on an axis of the parallel coordinates, and five figures are enough."""
    run = replace(info(tmp_path), settings={"optim.generator.lr": 0.00034234123}, columns=["optim.generator.lr"])
    sink = TensorBoardSink()
    sink.begin(run)
    sink.end(outcome("done"))
    (start,), _ = sessions(tmp_path)
    assert start.hparams["optim.generator.lr"].number_value == 0.00034234123


def written(folder, columns, measures, verdict="balanced", recall=0.5, small_is_good=True, **settings):
    """A finished run's row; one without `recall` ended before it was measured."""
    folder.mkdir(parents=True)
    run = replace(info(folder, **settings), columns=columns, measures=measures, small_is_good=small_is_good)
    sink = TensorBoardSink()
    sink.begin(run)
    final = {} if recall is None else {"metric/recall": recall}
    sink.scalars(
        3, {"metric/recall": 0.5, **final, "metric/mmd": 0.1, "balance/distance": 0.2, "accuracy/discriminator": 0.6}
    )
    sink.end(Outcome("done", 3, "", final, 1.0, Verdict(verdict, 1)))


MEASURES = ["metric/recall", "metric/mmd", "balance/distance", "balance/missed", "accuracy/discriminator", "loss/d"]


@pytest.mark.parametrize(("keys", "figures"), [(0, 5), (1, 5), (4, 5), (6, 3), (8, 1), (12, 1)])
def test_the_table_has_ten_columns_at_most_and_always_the_figure_that_decides(tmp_path, keys, figures):
    columns = [f"setting.k{number:02d}" for number in range(keys)]
    written(tmp_path / "run", columns, MEASURES, **dict.fromkeys(columns, 1))
    names, titles, (row,) = hparams_page(tmp_path)
    assert names == ["verdict", *columns[:8]]
    assert titles == ["recall", "mmd", *MEASURES[2:]][:figures]
    assert row["verdict"] == "balanced"
    assert row["recall"] == 0.5


def test_several_sweeps_below_one_folder_share_a_table_in_which_every_cell_is_filled(tmp_path):
    """One run's columns stand for all; what another sweep did not vary is a setting of its runs all the same."""
    for depth in (1, 2):
        written(tmp_path / f"a/{depth}", ["depth"], MEASURES, depth=depth, width=8)
    for width in (8, 16):
        written(tmp_path / f"b/{width}", ["width"], MEASURES, depth=3, width=width)
    names, titles, rows = hparams_page(tmp_path)
    assert names in (["verdict", "depth"], ["verdict", "width"])
    assert titles[0] == "recall"
    assert len(rows) == 4
    assert all(row[name].strip() for row in rows for name in names)
    assert all(row["recall"] == 0.5 for row in rows)


@pytest.mark.parametrize("small_is_good", [True, False])
def test_the_best_run_of_a_sweep_stands_on_top(tmp_path, small_is_good):
    """TensorBoard sorts rows by their names; these hold the figure where nobody sees it."""
    figures = [0.5, -0.0003, 12.5, 0.0018, -0.5, 0.0, 0.50001, 1e-9]
    for number, figure in enumerate(figures):
        written(tmp_path / f"sweep/{number}", [], MEASURES, recall=figure, small_is_good=small_is_good)
    written(tmp_path / "sweep/a diverged one", [], MEASURES, recall=None)
    _, _, rows = hparams_page(tmp_path)
    assert [row["recall"] for row in rows] == pytest.approx(
        [*sorted(figures, reverse=not small_is_good), 0.5], rel=1e-6
    )
    names = row_names(tmp_path)
    assert all("sweep/" in name and not name.isprintable() for name in names)


def row_names(folder):
    """As TensorBoard would show them, were it to show blanks."""
    return [start.group_name for run in sorted(folder.glob("*/*")) for start in sessions(run)[0]]


def test_a_folder_whose_name_is_no_text_can_be_a_row(tmp_path):
    assert hparams.row_name(tmp_path / os.fsdecode(b"caf\xe9")).rstrip().endswith("/caf?")


def test_runs_of_equal_names_stay_two_rows(tmp_path):
    for above in ("a", "b"):
        written(tmp_path / above / "x/y/run", [], MEASURES)
    assert len(hparams_page(tmp_path)[2]) == 2


@pytest.mark.parametrize(
    ("state", "doubt", "cell"),
    [
        ("discriminator_dominates", "", "D dominates"),
        ("generator_dominates", "x", "G dominates?"),
        ("balanced", "", "balanced"),
    ],
)
def test_a_verdict_fits_its_cell(state, doubt, cell):
    assert hparams.short_verdict(Verdict(state, 1, (), doubt)) == cell
    assert max(len(hparams.short_verdict(Verdict(each, 1, (), "x"))) for each in WORDS) <= 15


def test_a_run_looked_at_by_itself_has_its_figures(tmp_path):
    """Without columns of its own the figures of a run that is the folder itself stay empty."""
    written(tmp_path / "run", [], MEASURES)
    _, _, (row,) = hparams_page(tmp_path / "run")
    assert row["recall"] == 0.5


def interrupted_run(folder):
    sink = TensorBoardSink()
    sink.begin(info(folder))
    sink.text(0, "config", "seed: 0\n")
    for step in (1, 2, 3):
        sink.scalars(step, {"a": float(step)})
        sink.picture(step, "samples/fixed", np.full((4, 4, 3), step, dtype=np.uint8))
    return sink


def test_resume_keeps_one_row_and_drops_what_lies_beyond(tmp_path):
    interrupted_run(tmp_path).end(outcome("interrupted", a=3.0))
    sink = TensorBoardSink()
    sink.begin(info(tmp_path, start_step=2, **{"trainer.steps": 20}))
    (start,), ends = sessions(tmp_path)
    assert start.hparams["trainer.steps"].string_value.strip() == "20"
    assert ends == []  # the row runs again
    sink.scalars(3, {"a": 30.0})
    sink.end(outcome("done", a=30.0))

    assert len(list(tmp_path.iterdir())) == 1
    (_,), (end,) = sessions(tmp_path)
    assert api_pb2.Status.Name(end.status) == "STATUS_SUCCESS"
    events = read(tmp_path)
    assert points(events, "a") == [(1, 1.0), (2, 2.0), (3, 30.0)]
    assert "final/a" not in events.Tags()["scalars"]
    assert [image.step for image in events.Images("2 samples/fixed")] == [1, 2]
    assert len(events.Tensors("config")) == 1


@pytest.mark.parametrize("torn", [1, 5, 13, 40])
def test_resume_after_a_kill_in_the_middle_of_a_record(tmp_path, torn):
    interrupted_run(tmp_path)._events.close()  # no end() as after SIGKILL
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-torn])
    sink = TensorBoardSink()
    sink.begin(info(tmp_path, start_step=2))
    sink.scalars(3, {"a": 30.0})
    sink.end(outcome("done"))
    assert points(read(tmp_path), "a") == [(1, 1.0), (2, 2.0), (3, 30.0)]


def test_resume_after_a_kill_between_the_new_file_and_the_removal_of_the_old(tmp_path):
    first = interrupted_run(tmp_path)
    first._events.close()
    (old,) = tmp_path.iterdir()
    content = old.read_bytes()
    second = TensorBoardSink()
    second.begin(info(tmp_path, start_step=2))
    second._events.close()
    old.write_bytes(content)
    third = TensorBoardSink()
    third.begin(info(tmp_path, start_step=2))
    third.end(outcome("done"))
    assert points(read(tmp_path), "a") == [(1, 1.0), (2, 2.0)]
    assert [len(part) for part in sessions(tmp_path)] == [1, 1]


def test_a_new_run_forgets_what_was_there(tmp_path):
    interrupted_run(tmp_path).end(outcome("interrupted"))
    sink = TensorBoardSink()
    sink.begin(info(tmp_path))
    sink.end(outcome("done"))
    assert "a" not in read(tmp_path).Tags()["scalars"]
    assert [len(part) for part in sessions(tmp_path)] == [1, 1]


def test_end_without_begin_is_harmless():
    TensorBoardSink().end(outcome("failed"))


def test_importing_the_sinks_is_cheap():
    modules = ["console", "files", "hparams", "jsonl", "layout", "tensorboard", "terminal"]
    code = "import sys, gan_cli.pictures.render\n" + "\n".join(f"import gan_cli.telemetry.{name}" for name in modules)
    code += "\nprint([m for m in ('tensorboard', 'tensorflow', 'matplotlib', 'rich', 'hydra') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_first_clips_can_be_played(tmp_path):
    sink = TensorBoardSink()
    sink.begin(info(tmp_path))
    clips = torch.linspace(-1.0, 1.0, 12 * 400).reshape(12, 1, 400)
    sink.sound(3, "samples/fixed", clips, SampleSpec((1, 400), sample_rate=8000))
    sink.end(outcome("done"))
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert sorted(events.Tags()["audio"]) == [f"2 samples/fixed/{index}" for index in range(8)]
    (played,) = events.Audio("2 samples/fixed/0")
    assert (played.step, played.sample_rate, played.length_frames) == (3, 8000, 400)
    with wave.open(io.BytesIO(played.encoded_audio_string)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (8000, 1, 400)
