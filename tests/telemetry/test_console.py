"""What a person sees: plain lines without a terminal, a display on one, and a closing block that can be copied."""

import io
import logging
import re
import shlex
import sys
from dataclasses import replace

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from rich.console import Console

from gan_cli import wording
from gan_cli.arguments import split_arguments
from gan_cli.diagnosis.verdict import Evidence, Verdict
from gan_cli.telemetry import console, terminal
from gan_cli.telemetry.base import Outcome, RunInfo
from gan_cli.telemetry.closing_block import closing_block
from gan_cli.telemetry.console import ConsoleSink, log_handler, shared_console

FIGURES = {
    "loss/discriminator": 1.3124,
    "loss/generator": 0.84,
    "accuracy/real": 0.6,
    "accuracy/fake": 0.66,
    "accuracy/discriminator": 0.63,
    "time/samples_per_second": 4512.4,
}
LINE = r"\[\d\d:\d\d:\d\d\] "


def info(folder, start_step=0):
    return RunInfo(folder, "dcgan-digits", 4000, start_step, 64, "")


def run(folder, *, plain_every, steps, outcome=None):
    sink = ConsoleSink(plain_every=plain_every)
    sink.begin(info(folder))
    for step in steps:
        sink.progress(step)
        sink.scalars(step, FIGURES)
    sink.end(outcome or Outcome("done", steps[-1], "", FIGURES, 125.2, speed=4096.0))


def test_plain_lines_without_a_terminal(tmp_path, capsys):
    run(tmp_path, plain_every=0.0, steps=[2000, 4000])
    out, err = capsys.readouterr()
    assert out == ""
    begin, first, last, *closing = err.splitlines()
    place = re.escape(str(tmp_path))
    where = f"dcgan-digits: training to step 4,000 in {place}; look: tensorboard --logdir {place}"
    assert re.fullmatch(LINE + where, begin)
    figures = re.escape("loss D 1.312  G 0.8400  D is right 63 %  4,512 samples/s")
    assert re.fullmatch(LINE + f"step 2,000/4,000  {figures}", first)  # one step alone has no pace
    assert re.fullmatch(LINE + f"step 4,000/4,000  {figures}", last)
    assert closing == [
        "",
        "done  dcgan-digits, step 4,000 of 4,000, 2 min 5 s",
        "  loss      D 1.312  G 0.8400",
        "  accuracy  D is right 63 % (real 60 %, fake 66 %)",
        "  speed     4,096 samples/s",
        f"  run       {tmp_path}",
        f"  look      tensorboard --logdir {tmp_path}",
        f"  sample    gan sample run={tmp_path}",
    ]


def test_plain_lines_are_few_but_have_the_first_and_the_last(tmp_path, capsys):
    run(tmp_path, plain_every=3600.0, steps=range(50, 4001, 50))
    lines = capsys.readouterr().err.splitlines()
    steps = [re.search(r"step ([\d,]+)/", line)[1] for line in lines if re.match(LINE + "step", line)]
    assert steps == ["50", "4,000"]


def test_the_last_line_is_not_printed_twice(tmp_path, capsys):
    run(tmp_path, plain_every=0.0, steps=[4000])
    assert capsys.readouterr().err.count("step 4,000/4,000") == 1


def test_where_a_run_lies_is_short_from_here_and_quoted(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "my runs" / ("long" * 30)
    message = "the discriminator's loss is nan at step 7 [see below]"
    run(folder, plain_every=0.0, steps=[6], outcome=Outcome("diverged", 6, message, {}, 1.0))
    err = capsys.readouterr().err
    assert f"diverged  dcgan-digits, step 6 of 4,000, 1 s\n  {message}\n" in err
    command = next(line for line in err.splitlines() if line.startswith("  look")).split(maxsplit=1)[1]
    assert shlex.split(command) == ["tensorboard", "--logdir", f"my runs/{'long' * 30}"]


@pytest.mark.parametrize("name", ["plain-1.2", "a=3,b=[x,y]", "my run", "it's", "${x}", "null", "3", '"q"', "a\\"])
def test_an_interrupted_run_says_how_to_go_on(tmp_path, capsys, name):
    folder = tmp_path / name
    run(folder, plain_every=0.0, steps=[6], outcome=Outcome("interrupted", 6, "", FIGURES, 1.0))
    command = next(line for line in capsys.readouterr().err.splitlines() if "gan train" in line)
    words_of_shell = shlex.split(command.removeprefix("  go on").strip())
    assert words_of_shell[:2] == ["gan", "train"]
    (typed,) = split_arguments(words_of_shell[2:]).overrides
    assert OverridesParser.create().parse_override(typed).value().replace("\\${", "${") == str(folder)


VERDICT = Verdict("mode_collapse", 1500, (Evidence("balance/missed", 0.41237, ">=", 0.3),), "it is early")


@pytest.mark.parametrize(
    ("verdict", "advice", "rows"),
    [
        (None, (), []),
        (Verdict("balanced", 50), (), ["  verdict   balanced, since step 50"]),
        (
            VERDICT,
            ("'balance=[ema,packing]'", "generator.norm=batch"),
            [
                "  verdict   mode collapse: the generator leaves out a part of the data (?), since step 1,500",
                "  because   balance/missed 0.412 >= 0.3",
                "  in doubt  it is early",
                "  try       'balance=[ema,packing]'",
                "            generator.norm=batch",
            ],
        ),
    ],
)
def test_the_closing_block_says_who_was_winning_why_and_what_to_try(tmp_path, capsys, verdict, advice, rows):
    outcome = Outcome("done", 4000, "", FIGURES, 1.0, verdict, advice)
    run(tmp_path, plain_every=0.0, steps=[4000], outcome=outcome)
    closing = capsys.readouterr().err.partition("\ndone ")[2].splitlines()
    first = next(at for at, line in enumerate(closing) if line.startswith("  accuracy")) + 1
    last = next(at for at, line in enumerate(closing) if line.startswith("  run"))
    assert closing[first:last] == rows


def test_plain_lines_end_with_the_verdict(tmp_path, capsys):
    sink = ConsoleSink(plain_every=0.0)
    sink.begin(info(tmp_path))
    for step, verdict in ((2000, Verdict("warming_up", 0)), (4000, VERDICT)):
        sink.verdict(step, verdict, ())
        sink.scalars(step, FIGURES)
    first, *told, last = capsys.readouterr().err.splitlines()[1:]
    assert not told
    assert first.endswith("4,512 samples/s  warming up: too early for a verdict")
    assert last.endswith(f"4,512 samples/s  {VERDICT.words}")


def test_losses_without_a_cut_show_the_ranking():
    assert wording.figures({"accuracy/pairwise": 0.5}) == ["D ranks right 50 %"]


def test_display_on_a_terminal(tmp_path, monkeypatch):
    screen = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    monkeypatch.setattr(console, "has_terminal", lambda: True)
    monkeypatch.setattr(console, "shared_console", lambda: screen)
    run(tmp_path, plain_every=0.0, steps=[1000, 2000])
    shown = screen.file.getvalue()
    assert "2,000/4,000" in shown
    assert "loss D 1.312  G 0.8400   D is right 63 %   4,512 samples/s" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1  # the cursor comes back
    assert f"tensorboard --logdir {tmp_path}" in shown


def test_end_without_begin_is_harmless(capsys):
    ConsoleSink().end(Outcome("failed", 0, "", {}, 0.0))
    assert capsys.readouterr().err == ""


def test_log_lines_without_a_terminal(capsys):
    handler = log_handler()
    handler.emit(logging.LogRecord("any", logging.INFO, "file", 1, "going on after step %d", (7,), None))
    assert re.fullmatch(LINE + "going on after step 7\n", capsys.readouterr().err)


def test_what_is_for_files_alone_is_not_on_the_screen(capsys):
    record = logging.LogRecord("any", logging.INFO, "file", 1, "metrics every 1000 steps", None, None)
    record.for_files = True
    assert not log_handler().handle(record)
    assert capsys.readouterr().err == ""


def test_log_messages_and_display_share_one_console_on_a_terminal(monkeypatch):
    monkeypatch.setattr(terminal, "has_terminal", lambda: True)
    assert log_handler().console is shared_console()


def test_a_worker_has_no_terminal(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert terminal.has_terminal()
    monkeypatch.setattr("multiprocessing.parent_process", object)
    assert not terminal.has_terminal()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (3599, "59 min 59 s"), (11_520, "3 h 12 min")],
)
def test_durations(seconds, text):
    assert wording.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.31249, "1.312"), (-12.484, "-12.48"), (0.0, "0.000"), (6.312e-4, "0.0006312"), (1234, "1234")],
)
def test_numbers(value, text):
    assert wording.number(value) == text


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"status": "done", "advice": ("balance=[r1]",)}, True),
        ({"status": "diverged", "advice": ("balance=[r1]",)}, True),
        ({"status": "done", "advice": ()}, False),
        ({"status": "interrupted", "advice": ("balance=[r1]",)}, False),
    ],
)
def test_the_closing_block_names_the_cure_of_a_run_that_needs_one(tmp_path, more, named) -> None:
    outcome = Outcome(step=9, message="", final={}, seconds=1.0, verdict=Verdict("oscillating", 3), **more)
    run = RunInfo(tmp_path, "dcgan-mnist", 9, 0, 64, "")
    assert (f"gan cure run={tmp_path}" in closing_block(run, outcome).plain) == named
    assert "gan cure" not in closing_block(replace(run, swept=True), outcome).plain
