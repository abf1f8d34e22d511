"""A checkpoint that was damaged on disk, in whatever way: found out, named, and the one before it is used."""

from __future__ import annotations

import io
import logging
import pickle
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from gan_cli.training import checkpoint
from gan_cli.training.checkpoint import DamagedCheckpointError

STATE = {"weights": torch.arange(5000.0), "nested": {"lr": 2e-4, "names": ["a", "b"]}}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The newest of two checkpoints."""
    checkpoint.save(tmp_path, 10, STATE, keep=2)
    return checkpoint.save(tmp_path, 20, STATE, keep=2)


def flip(data: bytearray, rng: random.Random) -> None:
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def zero(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    data[start : start + 512] = bytes(len(data[start : start + 512]))


def noise(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data) - 64)
    data[start : start + 64] = rng.randbytes(64)


def cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def cut_out(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data) - 100)
    del data[start : start + rng.randrange(1, 100)]


@pytest.mark.parametrize("damage", [flip, zero, noise, cut, cut_out])
def test_no_damage_changes_what_is_read(saved: Path, damage: Callable[[bytearray, random.Random], None]) -> None:
    """Sixty random places each: it is refused as damaged, or (padding, dates in the zip) read as it was written."""
    whole = saved.read_bytes()
    rng = random.Random(0)
    refused = 0
    for _ in range(60):
        data = bytearray(whole)
        damage(data, rng)
        saved.write_bytes(data)
        try:
            state = checkpoint.load(saved.parents[1], 20)
        except DamagedCheckpointError as error:
            refused += 1
            assert str(error).startswith(f"{saved}: the checkpoint is damaged (")
            assert "\n" not in str(error)
        else:
            assert torch.equal(state["weights"], STATE["weights"])  # type: ignore[arg-type]
            assert state["nested"] == STATE["nested"]
    assert refused >= 40


def test_the_one_before_is_used_and_said(saved: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = bytearray(saved.read_bytes())
    data[len(data) // 2] ^= 4
    saved.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        state = checkpoint.load_newest(saved.parents[1])
    assert state is not None
    assert state["step"] == 10
    assert "step_00000020.pt: the checkpoint is damaged (the checksum of " in caplog.text
    assert "falling back to the one before" in caplog.text


def test_a_checkpoint_under_the_name_of_another_step_is_damaged(saved: Path) -> None:
    saved.write_bytes(checkpoint.path_of(saved.parents[1], 10).read_bytes())
    with pytest.raises(DamagedCheckpointError, match="it is of step 10"):
        checkpoint.load(saved.parents[1], 20)


def archive(inside: bytes, compression: int = zipfile.ZIP_STORED) -> bytes:
    """A zip file as torch writes them, its checksums right, with a pickle of one's own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, data in (("data.pkl", inside), ("version", b"3\n"), ("byteorder", b"little")):
            file.writestr(f"step_00000020/{name}", data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        b".",
        b"garbage",
        b"\x80\x02]q\x00.",
        b"\x80\x02" + b"(" * 5000 + b".",
        b"\x80\x02X\xff\xff\xff\x7fa.",
        b"\x80\x02K\x01K\x02s.",
        pickle.dumps({"step": -1}, 2),
        pickle.dumps({"step": True}, 2),
        pickle.dumps({"step": "4"}, 2),
        pickle.dumps([1, 2], 2),
    ],
)
def test_a_malformed_pickle_is_damage_or_is_refused(saved: Path, inside: bytes) -> None:
    saved.write_bytes(archive(inside))
    with pytest.raises(checkpoint.UserError, match=r"step_00000020.pt: (the checkpoint is damaged|refused)"):
        checkpoint.load(saved.parents[1], 20)


def test_compressed_parts_are_none_of_ours(saved: Path) -> None:
    saved.write_bytes(archive(bytes(10_000_000), zipfile.ZIP_DEFLATED))
    with pytest.raises(DamagedCheckpointError, match="compressed"):
        checkpoint.load(saved.parents[1], 20)


def test_odd_names_are_passed_over(saved: Path) -> None:
    folder = saved.parent
    for name in ("step_x.pt", "step_.pt", "step_4.pt", "step_-0000001.pt", "step_000000٣٣.pt", f"step_{'9' * 40}.pt"):
        (folder / name).write_bytes(b"")
    (folder / "step_00000030.pt.tmp").write_bytes(b"")
    assert checkpoint.steps_in(folder.parent) == [10, 20]


def test_a_folder_with_the_name_of_a_checkpoint_is_passed_over(saved: Path) -> None:
    (saved.parent / "step_00000030.pt").mkdir()
    state = checkpoint.load_newest(saved.parents[1])
    assert state is not None
    assert state["step"] == 20
    checkpoint.save(saved.parents[1], 40, STATE, keep=1)  # it would delete the older ones
    assert (saved.parent / "step_00000030.pt").is_dir()


@pytest.mark.parametrize("verb", ["train", "sample"])
def test_every_verb_uses_the_one_before(verb: str, gan, here: Path) -> None:
    newest = checkpoint.path_of(here, 4)
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 1
    newest.write_bytes(data)
    result = gan(verb, "run=here", *(["trainer.steps=5"] if verb == "train" else ["num=2", "formats=[grid]"]))
    assert result.code == 0, result.err
    assert "step_00000004.pt: the checkpoint is damaged" in result.err
    assert "going on after step 2" in result.err if verb == "train" else "step 2" in result.out


def test_what_was_asked_for_by_name_has_no_stand_in(refused, here: Path) -> None:
    newest = checkpoint.path_of(here, 4)
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 1
    newest.write_bytes(data)
    (here / "checkpoints" / "best.pt").write_bytes(data)
    for step in ("4", "best"):
        assert "the checkpoint is damaged" in refused("sample", "run=here", f"checkpoint={step}")
