"""What ends a command though nothing wrong was typed: told in two or three lines, with what is safe."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from gan_cli.accidents import ErrorContext, as_user_error
from gan_cli.errors import AccidentError, UserError
from gan_cli.shortage import shortage

GOING = ErrorContext("run=here: ", "the checkpoint of step 40 is safe", "`gan train run=here`", "here/train.log")


def asked(**settings: object) -> ErrorContext:
    return ErrorContext(settings={key.replace("__", "."): value for key, value in settings.items()}, typed=["num"])


def of_torch() -> Exception:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(10**17)
    return raised.value


def too_large_to_count() -> Exception:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**40, 2**40)
    return raised.value


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "memory"),
        (MemoryError("Unable to allocate 7.45 GiB for an array with shape (1000000000,)"), "memory: 7.45 GiB more"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has"), "GPU memory: 20.00 GiB"),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), "GPU memory"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), "GPU memory"),
        (RuntimeError("CUDA error: out of memory\nCompile with `TORCH_USE_CUDA_DSA`"), "GPU memory"),
        (RuntimeError("std::bad_alloc"), "memory"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "memory"),
        (RuntimeError("DataLoader worker (pid 7) is killed by signal: Bus error. out of shared memory"), "memory"),
        (of_torch(), "memory: 355 PiB more at once than there is"),
        (too_large_to_count(), "memory"),
    ],
)
def test_memory_is_known_by_every_name(error: Exception, words: str) -> None:
    assert str(shortage(error)).startswith(words)
    mistake = as_user_error(error, asked(trainer__batch_size=128, generator__base_channels=64, seed=3, num=10**9))
    assert mistake.exit_code == 2
    first, second = str(mistake).splitlines()
    assert first.startswith(f"out of {words}")
    assert (
        second == "Make smaller: num (now 1000000000), trainer.batch_size (now 128), generator.base_channels (now 64)."
    )
    assert as_user_error(error, GOING).exit_code == 1
    assert str(as_user_error(error, GOING)).startswith(f"run=here: out of {words}")
    assert "; the checkpoint of step 40 is safe.\nGo on with `gan train run=here` once" in str(
        as_user_error(error, GOING)
    )


@pytest.mark.parametrize(
    "error", [RuntimeError("mat1 and mat2 shapes cannot be multiplied"), KeyError("memory"), OSError()]
)
def test_other_errors_are_no_shortage(error: Exception) -> None:
    assert shortage(error) is None


def test_a_full_disk_says_what_is_safe_and_how_to_go_on() -> None:
    for code in (errno.ENOSPC, errno.EDQUOT):
        error = OSError(code, os.strerror(code), "here/metrics.jsonl")
        assert str(as_user_error(error, GOING)).splitlines() == [
            "run=here: no space left on the disk; the checkpoint of step 40 is safe.",
            "Free some space and go on with `gan train run=here`, or choose another disk with run=.",
        ]
        assert isinstance(as_user_error(error, GOING), AccidentError) and not isinstance(
            as_user_error(error), AccidentError
        )


def test_a_limit_on_file_sizes_is_no_full_disk() -> None:
    error = OSError(errno.EFBIG, os.strerror(errno.EFBIG), "here/metrics.jsonl")
    assert str(as_user_error(error, GOING)).splitlines() == [
        "run=here: a file would be larger than the limit on file sizes; the checkpoint of step 40 is safe.",
        "Raise the limit (ulimit -f) and go on with `gan train run=here`.",
    ]


def test_a_file_that_cannot_be_had_is_named_with_a_remedy() -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "/far/x\x1b[31m")
    assert str(as_user_error(error)) == r"/far/x\x1b[31m: permission denied; name another folder"
    assert str(as_user_error(error, GOING)).splitlines() == [
        r"run=here: /far/x\x1b[31m: permission denied; the checkpoint of step 40 is safe.",
        "Mend it and go on with `gan train run=here`.",
    ]


def test_an_unexpected_error_has_three_lines_of_bounded_length() -> None:
    error = ZeroDivisionError("x" * 10_000 + "\x1b[2J\nmore\nlines")
    lines = str(as_user_error(error)).splitlines()
    assert len(lines) == 3 and max(map(len, lines)) < 260 and as_user_error(error).exit_code == 1
    assert lines[0].startswith("unexpected error: ZeroDivisionError: xxx") and "HYDRA_FULL_ERROR=1" in lines[1]
    assert lines[2] == "  Runs and their checkpoints are as they were."
    assert str(as_user_error(error, GOING)).splitlines()[1:] == [
        "  The stack trace shows where: put HYDRA_FULL_ERROR=1 in front of the command; it is in here/train.log too.",
        "  The checkpoint of step 40 is safe; go on with `gan train run=here`.",
    ]


def test_a_data_workers_error_is_told_as_its_own() -> None:
    text = "Caught ZeroDivisionError in DataLoader worker process 0.\nOriginal Traceback:\n  File\n"
    assert "unexpected error: ZeroDivisionError: a bug\n" in str(
        as_user_error(ZeroDivisionError(f"{text}ZeroDivisionError: a bug\n"))
    )


def test_a_persons_mistake_is_told_as_it_is() -> None:
    mistake = UserError("as it is")
    assert as_user_error(mistake) is mistake


def fail(*_arguments: object, **_settings: object) -> None:
    raise LookupError("a bug\x07")


def play(monkeypatch: pytest.MonkeyPatch, verb: str, instead: Callable[[], object]) -> None:
    """Have a verb do something else; Hydra names a job after the module of its function."""

    def run(_config: object, **_asked: object) -> None:
        instead()

    run.__module__ = f"gan_cli.commands.{verb}"
    monkeypatch.setattr(f"gan_cli.commands.{verb}.run", run)


def recurse(*_arguments: object, **_settings: object) -> None:
    recurse()


@pytest.mark.parametrize("verb", ["train", "inspect", "benchmark", "sample", "evaluate", "compare"])
@pytest.mark.parametrize("where", ["check", "run"])
def test_every_verb_ends_in_three_lines(gan, here, monkeypatch, verb: str, where: str) -> None:
    play(monkeypatch, verb, fail)
    if where == "check":
        monkeypatch.setattr("gan_cli.config.hooks.check_each", fail)
    typed = {"sample": ("run=here",), "evaluate": ("run=here",), "compare": ("here",)}.get(verb, ())
    result = gan(verb, *typed)
    lines = result.err.splitlines()[-3:]
    assert lines[0] == rf"gan {verb}: unexpected error: LookupError: a bug\x07", result.err
    assert (result.code, result.out) == (1, "") and "Traceback" not in result.err
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    assert "Traceback (most recent call last)" in gan(verb, *typed).err


def test_what_is_nested_too_deeply_says_so(gan, monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, "inspect", recurse)
    result = gan("inspect")
    assert result.code == 2 and "nested too deeply" in result.err and "\nMake it flatter: " in result.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_signal_before_anything_began_is_obeyed_at_once(gan, monkeypatch, number: signal.Signals, code: int) -> None:
    play(monkeypatch, "inspect", lambda: os.kill(os.getpid(), number))
    before = signal.getsignal(number)
    result = gan("inspect")
    assert (result.code, result.out, result.err) == (code, "", "")
    assert signal.getsignal(number) is before


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of shell in which `gan` is this checkout's."""
    line = f"gan() {{ '{sys.executable}' -m gan_cli \"$@\"; }}; {command}"
    return subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("gan --help | true; exit ${PIPESTATUS[0]}", 141),
        ("gan --help >&-", 0),
        ("gan --help 2>&-", 0),
        ("gan nosuchverb 2>&-", 2),
        ("gan nosuchverb 2>/dev/full", 2),
        ("gan nosuchverb 2> >(true); exit $?", 2),
        ("gan --help <&- >&- 2>&-", 0),
    ],
)
def test_closed_streams_change_no_exit_code(tmp_path: Path, command: str, code: int) -> None:
    result = run(command, tmp_path)
    assert (result.returncode, result.stderr) == (code, "")


@pytest.mark.parametrize("verb", ["inspect --json", "compare run"])
def test_nobody_reads_what_a_verb_prints(trained: Path, tmp_path: Path, verb: str) -> None:
    (tmp_path / "run").symlink_to(trained)
    result = run(f"gan {verb} | true; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert result.returncode == 141
    assert "unexpected error" not in result.stderr and "Traceback" not in result.stderr


def test_a_full_disk_behind_stdout_is_said(tmp_path: Path) -> None:
    result = run("gan --help > /dev/full", tmp_path)
    assert result.stderr == "gan: no space left on device; free some space or name another folder\n"
    assert result.returncode == 2
