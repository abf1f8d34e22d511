"""MedMNIST3D: downloaded from a stand-in of Zenodo, verified, read, and what is said when that fails."""

from __future__ import annotations

import gc
import hashlib
import io
import threading
import warnings
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
import torch

from gan_cli.config.targets import resolve_trusted
from gan_cli.data import medmnist3d
from gan_cli.data.medmnist3d import CHECKSUMS, CLASSES, MedMNIST3D
from gan_cli.errors import SettingError, UserError
from gan_cli.session.assemble import Parts

DEAD = "http://127.0.0.1:9/"  # the discard port: refuses at once


class Zenodo(HTTPServer):
    """A loopback server of one folder that lists what it was asked for."""

    folder: Path
    asked: list[str]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        assert isinstance(self.server, Zenodo)
        self.server.asked.append(self.path)


@pytest.fixture
def zenodo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Zenodo]:
    served = tmp_path / "served"
    served.mkdir()
    with Zenodo(("127.0.0.1", 0), partial(Quiet, directory=str(served))) as server:
        server.folder, server.asked = served, []
        monkeypatch.setattr(medmnist3d, "ADDRESS", f"http://127.0.0.1:{server.server_port}/")
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def packed(counts: tuple[int, int, int] = (5, 3, 2), side: int = 28, value: int = 1, **other: object) -> bytes:
    """Sample k of each part has its first k + 1 layers filled, and class k modulo 2; a file as published."""
    arrays: dict[str, object] = {}
    for part, count in zip(("train", "val", "test"), counts, strict=True):
        images = np.zeros((count, side, side, side), np.uint8)
        for row in range(count):
            images[row, : row + 1] = value
        arrays |= {f"{part}_images": images, f"{part}_labels": (np.arange(count, dtype=np.uint8) % 2)[:, None]}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **(arrays | other))  # type: ignore[arg-type]
    return buffer.getvalue()


def publish(
    monkeypatch: pytest.MonkeyPatch, zenodo: Zenodo, content: bytes, name: str = "adrenal", size: int = 28
) -> None:
    file = f"{name}mnist3d.npz" if size == 28 else f"{name}mnist3d_{size}.npz"
    (zenodo.folder / file).write_bytes(content)
    sums = {**CHECKSUMS, name: {**CHECKSUMS[name], size: hashlib.md5(content).hexdigest()}}  # type: ignore[index]
    monkeypatch.setattr(medmnist3d, "CHECKSUMS", sums)


def refused(source: MedMNIST3D) -> str:
    with pytest.raises(UserError) as error:
        source.load()
    assert len(str(error.value).splitlines()) <= 3
    return str(error.value)


def test_download_then_no_more_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, zenodo: Zenodo, capfd: pytest.CaptureFixture[str]
) -> None:
    publish(monkeypatch, zenodo, packed())
    root = tmp_path / "new" / "root"
    source = MedMNIST3D(root=str(root), holdout=0.0)
    assert not root.exists() and source.spec.shape == (1, 28, 28, 28)
    source.prepare()
    assert [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()] == [
        "medmnist/adrenalmnist3d.npz"
    ]
    assert zenodo.asked == ["/adrenalmnist3d.npz?download=1"]
    table = source.load().train
    MedMNIST3D(root=str(root)).prepare()
    assert len(zenodo.asked) == 1 and capfd.readouterr() == ("", "")
    # five training and three validation samples, and no test sample; 0 and 1 became 0 and 255
    assert table.samples.shape == (8, 1, 28, 28, 28) and table.samples.unique().tolist() == [0, 255]
    assert table.samples[:, 0].float().mean((1, 2, 3)).mul(28 / 255).round().tolist() == [1, 2, 3, 4, 5, 1, 2, 3]
    assert table.labels is not None and table.labels.tolist() == [0, 1, 0, 1, 0, 0, 1, 0]
    assert table.labels.dtype == torch.int64


def test_some_classes_holdout_and_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, zenodo: Zenodo) -> None:
    publish(monkeypatch, zenodo, packed((40, 8, 2), value=200), "vessel")
    split = MedMNIST3D(name="vessel", root=str(tmp_path / "root"), classes=[1], holdout=0.25, limit=10).load()
    assert len(split.train) == 10 and split.holdout is not None and len(split.holdout) == 6
    assert split.train.samples.unique().tolist() == [0, 200] and set(split.train.labels.tolist()) == {0}
    spec = MedMNIST3D(name="vessel", classes=[1, 0]).spec
    assert spec.class_names == ("aneurysm", "vessel") and spec.num_classes == 2


def test_the_larger_size_is_another_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, zenodo: Zenodo) -> None:
    publish(monkeypatch, zenodo, packed((2, 2, 1), side=64), "synapse", 64)
    source = MedMNIST3D(name="synapse", size=64, root=str(tmp_path / "root"), holdout=0.0)
    assert source.load().train.samples.shape[1:] == source.spec.shape == (1, 64, 64, 64)
    assert zenodo.asked == ["/synapsemnist3d_64.npz?download=1"]


def test_every_set_has_a_checksum_of_each_size_and_names() -> None:
    sums = [md5 for sizes in CHECKSUMS.values() for md5 in sizes.values()]
    assert len(set(sums)) == 12 and all(len(md5) == 32 and int(md5, 16) for md5 in sums)
    assert CHECKSUMS.keys() == CLASSES.keys() and all(sizes.keys() == {28, 64} for sizes in CHECKSUMS.values())
    with pytest.raises(SettingError, match="there is no class 2; class numbers are 0 to 1"):
        MedMNIST3D(classes=[2])


def test_a_wrong_checksum_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, zenodo: Zenodo
) -> None:
    publish(monkeypatch, zenodo, packed())
    (zenodo.folder / "adrenalmnist3d.npz").write_bytes(b"another file")
    assert "a file has the wrong checksum" in refused(MedMNIST3D(root=str(tmp_path / "root")))
    assert not (tmp_path / "root").exists()


def test_the_network_is_down(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(medmnist3d, "ADDRESS", DEAD)
    said = refused(MedMNIST3D(root=str(tmp_path)))
    assert f"AdrenalMNIST3D is not in {tmp_path} and could not be downloaded" in said and "refused" in said
    assert f"Put adrenalmnist3d.npz into {tmp_path / 'medmnist'}\n" in said and "data=solids" in said
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_gone(tmp_path: Path, zenodo: Zenodo) -> None:
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        assert "HTTP Error 404" in refused(MedMNIST3D(root=str(tmp_path / "root")))
        gc.collect()  # urllib leaves the socket of a refusal to the collector: let it complain here and now
    assert not (tmp_path / "root").exists()


def test_a_file_put_there_by_hand_needs_no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(medmnist3d, "ADDRESS", DEAD)
    (tmp_path / "medmnist").mkdir()
    (tmp_path / "medmnist" / "adrenalmnist3d.npz").write_bytes(packed())
    assert len(MedMNIST3D(root=str(tmp_path), holdout=0.0).load().train) == 8


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (packed()[:-100], "not a zip file"),
        (packed(train_labels=np.array([[0], [1], [2], [0], [1]])), "its labels are 0 to 2"),
        (packed(train_labels=np.zeros((4, 1))), "8 samples have 7 labels"),
        (packed(side=20), "its samples are uint8 5x20x20x20"),
        (packed(val_images=np.array([{}])), "allow_pickle=False"),
        (b"", "No data left"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "medmnist").mkdir()
    (tmp_path / "medmnist" / "adrenalmnist3d.npz").write_bytes(content)
    words = refused(MedMNIST3D(root=str(tmp_path)))
    assert f"AdrenalMNIST3D in {tmp_path / 'medmnist'} is damaged" in words and said in words, words


def test_nothing_is_fetched_into_a_folder_that_a_stranger_named(tmp_path: Path, zenodo: Zenodo) -> None:
    node = {"_target_": "gan_cli.data.medmnist3d.MedMNIST3D", "root": str(tmp_path / "home")}
    source = Parts({"data": node}, resolve_trusted).source()
    assert isinstance(source, MedMNIST3D) and "nothing is downloaded there" in refused(source)
    assert zenodo.asked == [] and not (tmp_path / "home").exists()
