"""How many CPU threads a run uses beside other work, on a machine whose counters are written by hand."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from gan_cli import control_groups, cpu_threads, processors
from gan_cli.cpu_threads import CHOSEN_BY_USER, CpuThreads
from gan_cli.processors import CoreTime, core_time, free_cores, most_cores
from gan_cli.runtime import Runtime

CORES = 4


class Machine:
    """A machine of four cores on which time passes when it is told to."""

    def __init__(self) -> None:
        self.now = CoreTime(at=0.0, busy=0.0, own=0.0)

    def passes(self, seconds: float, *, others: float, own: float = 1.0) -> None:
        """Time passes, in which the others and this process keep so many cores busy."""
        before = self.now
        busy = before.busy + seconds * (others + own)
        self.now = CoreTime(before.at + seconds, busy, before.own + seconds * own)

    def measure(self) -> CoreTime:
        return self.now


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    found = Machine()
    before = torch.get_num_threads()
    for name in CHOSEN_BY_USER:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cpu_threads, "USUAL", CORES)
    monkeypatch.setattr(cpu_threads, "most_cores", lambda: CORES)
    monkeypatch.setattr(cpu_threads, "at_beginning", found.measure)
    monkeypatch.setattr(processors, "allowed_cores", lambda: set(range(CORES)))
    cpu_threads._most_threads.cache_clear()
    yield found
    cpu_threads._most_threads.cache_clear()
    torch.set_num_threads(before)


def chosen(machine: Machine, *, fixed: bool = False) -> CpuThreads:
    return CpuThreads(fixed=fixed, measure=machine.measure)


@pytest.mark.parametrize(("others", "count"), [(0.0, 4), (0.4, 4), (1.0, 3), (2.6, 1), (4.0, 1)])
def test_a_run_starts_with_the_cores_that_others_left_free(machine: Machine, others: float, count: int) -> None:
    threads = chosen(machine)
    machine.passes(2.0, others=others)
    threads.choose()
    assert torch.get_num_threads() == count
    assert threads.fewer is (count < CORES)
    assert (f"of {CORES}, because other processes are busy; runtime.threads={CORES}" in threads.description) is (
        count < CORES
    )


def test_a_moment_is_too_short_to_judge_by(machine: Machine) -> None:
    threads = chosen(machine)
    machine.passes(0.1, others=4.0)
    threads.choose()
    assert torch.get_num_threads() == CORES


@pytest.mark.parametrize("name", CHOSEN_BY_USER)
def test_a_number_from_the_environment_stays(machine: Machine, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "4")
    threads = chosen(machine)
    machine.passes(2.0, others=3.0)
    threads.choose()
    assert torch.get_num_threads() == CORES
    assert not threads.fewer


def slow_down(threads: CpuThreads, machine: Machine) -> None:
    machine.passes(3.0, others=0.0, own=4.0)
    threads.after_reading(1000.0)
    machine.passes(3.0, others=2.0, own=2.0)
    threads.after_reading(300.0)


def test_a_run_that_becomes_slow_beside_others_takes_fewer(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    threads = chosen(machine)
    machine.passes(2.0, others=0.0)
    threads.choose()
    with caplog.at_level(logging.INFO):
        slow_down(threads, machine)
    assert torch.get_num_threads() == 2
    assert "2 CPU threads: other processes leave 2.0 cores free" in caplog.text


def test_a_run_that_stays_fast_keeps_its_threads(machine: Machine) -> None:
    threads = chosen(machine)
    machine.passes(2.0, others=0.0)
    threads.choose()
    for _ in range(4):
        machine.passes(3.0, others=2.0, own=2.0)
        threads.after_reading(1000.0)
    assert torch.get_num_threads() == CORES


def test_a_run_takes_more_when_cores_were_free_for_two_readings(machine: Machine) -> None:
    threads = chosen(machine)
    machine.passes(2.0, others=3.0)
    threads.choose()
    counts = []
    for _ in range(3):
        machine.passes(3.0, others=0.0)
        threads.after_reading(1000.0)
        counts.append(torch.get_num_threads())
    assert counts == [1, 4, 4]


def test_readings_in_quick_succession_count_together(machine: Machine) -> None:
    threads = chosen(machine)
    machine.passes(2.0, others=3.0)
    threads.choose()
    for _ in range(6):
        machine.passes(0.5, others=0.0)
        threads.after_reading(1000.0)
    assert torch.get_num_threads() == 1, "only one window of two seconds has passed"


def test_a_fixed_number_does_not_follow(machine: Machine) -> None:
    threads = chosen(machine, fixed=True)
    torch.set_num_threads(CORES)
    slow_down(threads, machine)
    assert torch.get_num_threads() == CORES


def test_a_resumed_run_goes_on_with_its_number_and_knows_its_speed(machine: Machine) -> None:
    threads = chosen(machine)
    machine.passes(2.0, others=2.0)
    threads.choose()
    machine.passes(3.0, others=2.0)
    threads.after_reading(1000.0)
    saved = threads.state_dict()
    machine.passes(2.0, others=0.0)
    resumed = chosen(machine)
    resumed.choose()
    resumed.load_state_dict(saved)
    assert torch.get_num_threads() == 2
    machine.passes(3.0, others=3.0)
    resumed.after_reading(300.0)
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize(("settings", "fixed"), [({}, False), ({"threads": 1}, True), ({"deterministic": True}, True)])
def test_who_asks_for_a_number_or_for_determinism_gets_a_fixed_one(
    machine: Machine, settings: dict[str, object], fixed: bool
) -> None:
    assert Runtime(device="cpu", **settings).cpu_threads._fixed is fixed  # type: ignore[arg-type]


def test_the_counters_of_this_machine_are_read_for_the_cores_of_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = tmp_path / "stat"
    stat.write_text(
        "cpu  999 999 999 999 999 999 999 999 0 0\n"
        "cpu0 100 20 30 5000 40 1 2 3 0 0\n"
        "cpu1 200 0 0 5000 0 0 0 0 0 0\n"
        "cpu2 400 0 0 5000 0 0 0 0 0 0\n"
        "intr 5\n"
    )
    monkeypatch.setattr(processors, "_COUNTERS", stat)
    monkeypatch.setattr(processors, "allowed_cores", lambda: {0, 1})
    monkeypatch.setattr(processors.os, "sysconf", lambda name: 100)  # type: ignore[attr-defined]
    found = core_time()
    assert found is not None
    assert found.busy == pytest.approx((100 + 20 + 30 + 1 + 2 + 3 + 200) / 100)


def test_a_system_without_counters_keeps_the_usual_number(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "_COUNTERS", Path("/nowhere"))
    assert core_time() is None
    threads = CpuThreads(fixed=False, measure=core_time)
    threads.choose()
    threads.after_reading(1.0)
    assert torch.get_num_threads() == CORES


def test_our_own_use_does_not_count_as_that_of_others() -> None:
    cores = len(processors.allowed_cores())
    assert free_cores(CoreTime(0, 10, 5), CoreTime(2, 10 + cores, 5 + cores)) == cores
    assert free_cores(CoreTime(0, 10, 5), CoreTime(2, 13, 6)) == cores - 1


def test_a_control_group_limits_the_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_groups, "_GROUPS", tmp_path)
    monkeypatch.setattr(control_groups, "_OWN_GROUP", tmp_path / "nothing")
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert most_cores() == len(processors.allowed_cores())
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert most_cores() == 0.5
