"""Samples of other programs in the formats of their kind: read as they are, or refused in a line or two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from gan_cli.errors import SettingError, UserError
from gan_cli.external.given import Given
from gan_cli.external.samples import ExternalSamples, open_external
from gan_cli.sound_file import wav
from gan_cli.spec import KINDS, SampleSpec

SOUND = SampleSpec((1, 400), sample_rate=8000)
LETTERS = SampleSpec((5, 4), KINDS["text"].value_range, alphabet=("", " ", "a", "b", "\N{REPLACEMENT CHARACTER}"))
WORDS = SampleSpec((4, 3), KINDS["text"].value_range, alphabet=("", "sea", "blue", "green"))
SOLID = SampleSpec((1, 8, 8, 8))


def opened(path: Path, spec: SampleSpec, value_range: Any = None) -> ExternalSamples:
    return open_external(Given(path), spec, value_range)


def samples_of(path: Path, spec: SampleSpec) -> torch.Tensor:
    found = opened(path, spec)
    samples = found.take(np.arange(found.count))
    assert samples.dtype == torch.float32 and samples.shape == (found.count, *spec.shape)
    return samples


def refusal(path: Path, spec: SampleSpec) -> str:
    with pytest.raises(UserError) as caught:
        opened(path, spec)
    message = str(caught.value)
    assert message.startswith(f"run={path}") and len(message.splitlines()) <= 3
    return message


def test_clips_that_gan_sample_wrote_are_read_back(tmp_path: Path) -> None:
    clips = torch.rand(3, 1, 400) * 1.8 - 0.9
    for row, clip in enumerate(clips):
        (tmp_path / f"{row}.wav").write_bytes(wav(clip[None], SOUND))
    assert torch.allclose(samples_of(tmp_path, SOUND), clips, atol=1 / 16000)
    assert torch.allclose(samples_of(tmp_path / "1.wav", SOUND), clips[1:2], atol=1 / 16000)


def test_other_rates_lengths_and_channels_are_told(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 500 * np.arange(1600) / 16000)
    soundfile.write(tmp_path / "a.flac", np.stack([tone, tone], axis=1), 16000)
    soundfile.write(tmp_path / "b.wav", 0.25 + tone[:100], 8000)
    found = opened(tmp_path, SOUND)
    first, second = samples_of(tmp_path, SOUND)[:, 0]
    assert found.description == (
        "2 files, 1 resampled to 8000 Hz, 1 shorter than 400 values and filled with silence, "
        "1 longer, of which the beginning is used"
    )
    assert torch.allclose(first[50:350], torch.from_numpy(tone[::2][50:350]).float(), atol=0.01)
    assert second[:100].mean() == pytest.approx(0.25 + tone[:100].mean(), abs=0.001)  # its offset stays
    assert not second[100:].any()


def test_a_damaged_sound_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    assert "a.wav cannot be read (" in refusal(tmp_path, SOUND)


def test_a_line_is_a_sample_with_its_spaces(tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_text(" ab\n\nabbaaa\nax\n")
    found = opened(tmp_path / "some.txt", LETTERS)
    rows = samples_of(tmp_path, LETTERS).argmax(dim=1).tolist()
    assert rows == [[1, 2, 3, 0], [0, 0, 0, 0], [2, 3, 3, 2], [2, 4, 0, 0]]
    assert found.description == "1 file, 4 lines, 1 longer than 4 chars and cut, 1 unknown char"


def test_words_that_the_data_do_not_have_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "some.txt"
    file.write_text("sea green\nblue\n")
    assert samples_of(file, WORDS).argmax(dim=1).tolist() == [[1, 3, 0], [2, 0, 0]]
    file.write_text("sea foam\n")
    assert "'sea foam' in some.txt has 'foam', which is none of the 3 words of the data" in refusal(file, WORDS)
    file.write_text("")
    assert "no line is in some.txt" in refusal(file, WORDS)
    file.write_bytes(b"\xff\xfe")
    assert "it is UTF-16" in refusal(file, WORDS)


def test_shares_of_tokens_need_no_range(tmp_path: Path) -> None:
    shares = torch.rand(6, 5, 4).softmax(dim=1)
    np.savez(tmp_path / "samples.npz", samples=shares.numpy())
    assert torch.allclose(samples_of(tmp_path, LETTERS), shares)


def test_grids_keep_their_size_and_empty_ones_count(tmp_path: Path) -> None:
    grids = np.random.RandomState(0).rand(3, 8, 8, 8) > 0.5
    for row, grid in enumerate(grids):
        np.save(tmp_path / f"{row}.npy", grid)
    np.save(tmp_path / "empty.npy", np.zeros((8, 8, 8), dtype=bool))
    found = opened(tmp_path, SOLID)
    assert found.count == 4 and found.description == "4 files, 4 solids, 1 all empty"
    samples = samples_of(tmp_path, SOLID)
    assert torch.equal(samples[:3, 0] > 0, torch.from_numpy(grids)) and (samples[3] == -1).all()


def test_meshes_are_scaled_to_their_cube(tmp_path: Path) -> None:
    corners = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    lines = [f"v {x} {y} {z}" for x, y, z in corners] + [f"f {' '.join(str(c + 1) for c in face)}" for face in faces]
    (tmp_path / "box.obj").write_text("\n".join(lines))
    found = opened(tmp_path, SOLID)
    assert found.description == "1 file, 1 solid, 1 of them meshes, each scaled to fit its cube"
    assert (samples_of(tmp_path, SOLID) > 0).sum() == 6**3  # a voxel stays empty around it


def test_what_cannot_be_samples_is_refused(tmp_path: Path) -> None:
    assert "holds no sounds, no .npz" in refusal(tmp_path, SOUND)
    (tmp_path / "a.vox").write_bytes(b"nothing")
    assert "a.vox cannot be read" in refusal(tmp_path, SOLID)
    (tmp_path / "a.vox").unlink()
    np.save(tmp_path / "a.npy", np.zeros((8, 8, 8), dtype=bool))
    (tmp_path / "b.npy").write_bytes((tmp_path / "a.npy").read_bytes())
    assert "cubes of one channel" in refusal(tmp_path, SampleSpec((1, 8, 8, 4)))
    np.save(tmp_path / "b.npy", np.full((8, 8, 8), 5.0))
    assert f"run={tmp_path}: b.npy cannot be read as occupancies" in refusal(tmp_path, SOLID)
    (tmp_path / "notes.txt").write_text("a\n")
    assert "nor samples of the data's kind" in refusal(tmp_path / "notes.txt", SOUND)
    with pytest.raises(SettingError, match="these files say it themselves"):
        opened(tmp_path / "notes.txt", LETTERS, [0, 1])
