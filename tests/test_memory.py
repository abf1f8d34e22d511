"""What memory is free, of the machine and within control groups, and the refusal of what is more."""

from __future__ import annotations

from pathlib import Path

import pytest

from gan_cli import control_groups, memory
from gan_cli.memory import free_memory, refuse_beyond
from gan_cli.shortage import MemoryNeededError, shortage


def test_more_than_there_is_is_refused_with_both_amounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 3 * 2**30)
    refuse_beyond(3 * 2**30)
    with pytest.raises(MemoryNeededError) as caught:
        refuse_beyond(5 * 2**40)
    assert shortage(caught.value) == "memory: at least 5 TiB are needed, 3 GiB are free"


def test_free_is_what_every_control_group_leaves_and_files_that_are_kept_in_memory_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "groups" / "job"
    inner.mkdir(parents=True)
    (tmp_path / "cgroup").write_text("1:name=systemd:/\n0::/job\n")
    for folder, limit, used, cached in ((inner.parent, "max", 0, 0), (inner, str(7 * 2**20), 6 * 2**20, 5 * 2**20)):
        (folder / "memory.max").write_text(f"{limit}\n")
        (folder / "memory.current").write_text(f"{used}\n")
        (folder / "memory.stat").write_text(f"anon {used - cached}\ninactive_file {cached}\nactive_file 0\n")
    monkeypatch.setattr(control_groups, "_GROUPS", inner.parent)
    monkeypatch.setattr(control_groups, "_OWN_GROUP", tmp_path / "cgroup")
    assert free_memory() == 6 * 2**20


def test_where_nothing_is_limited_the_machine_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_groups, "_GROUPS", tmp_path)
    assert 2**20 < free_memory() < 2**50
