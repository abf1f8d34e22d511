import contextlib
import gc
import gzip
import hashlib
import os
import pickle
import tarfile
import threading
import time
import warnings
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from torchvision import datasets

from gan_cli.data.cifar10 import CIFAR10
from gan_cli.data.download import fetching
from gan_cli.data.download.downloaded import data_root
from gan_cli.data.download.fetching import staging
from gan_cli.data.fashion_mnist import FashionMNIST
from gan_cli.data.mnist import IDX_FILES, MNIST
from gan_cli.errors import SettingError, UserError

DEAD = "http://127.0.0.1:9/"  # the discard port: refuses at once


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args):
        self.server.requests.append(self.path)


@pytest.fixture
def server(tmp_path):
    """A loopback server of the folder `served`, with the list of requests it got."""
    served = tmp_path / "served"
    served.mkdir()
    with HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served))) as server:
        server.requests = []
        server.folder = served
        server.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def idx(values):
    """An array in the format of MNIST's files: 0 0 type ndim, extents, values."""
    return bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">i4").tobytes() + values.tobytes()


def stand_ins(count=12):
    """Image k of each part is filled with k."""
    images = np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None], (count, 28, 28)).copy()
    labels = np.arange(count, dtype=np.uint8) % 10
    return dict(zip(IDX_FILES, [idx(images), idx(labels)] * 2, strict=True))


def serve_idx(monkeypatch, dataset, server, wrong=()):
    resources = []
    for name, content in stand_ins().items():
        packed = gzip.compress(content, mtime=0)
        (server.folder / f"{name}.gz").write_bytes(packed)
        resources.append((f"{name}.gz", hashlib.md5(b"wrong" if name in wrong else packed).hexdigest()))
    monkeypatch.setattr(dataset, "resources", resources)
    monkeypatch.setattr(dataset, "mirrors", [server.url])


def left_over(root):
    return [path for path in root.rglob("*") if path.is_file() or path.name.startswith(".")]


@pytest.mark.parametrize(("source", "dataset"), [(MNIST, datasets.MNIST), (FashionMNIST, datasets.FashionMNIST)])
def test_download_then_no_more_network(monkeypatch, tmp_path, server, capfd, source, dataset):
    serve_idx(monkeypatch, dataset, server)
    root = tmp_path / "new" / "root"
    digits = source(root=str(root), classes=[9, 1], holdout=0.0)
    digits.prepare()
    assert {path.name for path in left_over(root)} == set(IDX_FILES)
    asked = len(server.requests)
    assert asked > 0
    table = digits.load().train
    assert digits.spec.shape == (1, 28, 28) and table.samples.shape == (3, 1, 28, 28)
    assert table.samples[:, 0, 5, 5].tolist() == [1, 9, 11] and table.labels.tolist() == [1, 0, 1]
    source(root=str(root)).prepare()
    assert len(server.requests) == asked
    assert capfd.readouterr() == ("", "")


def test_cifar10_is_downloaded_as_colour_images(monkeypatch, tmp_path, server):
    batch = {"data": np.arange(2 * 3072, dtype=np.int64).astype(np.uint8).reshape(2, 3072), "labels": [3, 5]}
    contents = {name: pickle.dumps(batch) for name, _ in datasets.CIFAR10.train_list + datasets.CIFAR10.test_list}
    contents["batches.meta"] = pickle.dumps({"label_names": list("abcdefghij")})
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    archive = server.folder / "cifar-10-python.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, folder.name)

    def md5(name):
        return hashlib.md5(contents[name]).hexdigest()

    for part in ("train_list", "test_list"):
        monkeypatch.setattr(datasets.CIFAR10, part, [[name, md5(name)] for name, _ in getattr(datasets.CIFAR10, part)])
    monkeypatch.setattr(datasets.CIFAR10, "meta", {**datasets.CIFAR10.meta, "md5": md5("batches.meta")})
    monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", hashlib.md5(archive.read_bytes()).hexdigest())
    monkeypatch.setattr(datasets.CIFAR10, "url", server.url + archive.name)

    root = tmp_path / "root"
    photos = CIFAR10(root=str(root), holdout=0.0)
    table = photos.load().train
    assert table.samples.shape == (10, 3, 32, 32) and table.labels.tolist() == [3, 5] * 5
    # channel planes of 1,024 values follow each other in the file
    assert table.samples[0, 1, 0, :3].tolist() == [0, 1, 2] and table.samples[1, 2, 31, 31].item() == 6143 % 256
    assert {path.parent.name for path in left_over(root)} == {"cifar-10-batches-py"}
    (root / "cifar-10-batches-py" / "data_batch_2").write_bytes(b"damaged")
    with pytest.raises(UserError, match="CIFAR-10 in .*cifar-10-batches-py is damaged"):
        photos.load()


def message(source):
    with pytest.raises(UserError) as error:
        source.prepare()
    assert len(str(error.value).splitlines()) <= 3
    return str(error.value)


def test_a_wrong_checksum_leaves_nothing_behind(monkeypatch, tmp_path, server):
    serve_idx(monkeypatch, datasets.MNIST, server, wrong=IDX_FILES[3:])
    root = tmp_path / "root"
    said = message(MNIST(root=str(root)))
    assert "wrong checksum" in said
    assert left_over(root) == []


def test_the_network_is_down(monkeypatch, tmp_path):
    monkeypatch.setattr(datasets.MNIST, "mirrors", [DEAD])
    said = message(MNIST(root=str(tmp_path)))
    assert f"MNIST is not in {tmp_path}" in said and "refused" in said
    assert all(f"{name}.gz" in said for name in IDX_FILES) and str(tmp_path / "MNIST" / "raw") in said
    assert "data=digits" in said
    assert left_over(tmp_path) == []
    monkeypatch.setattr(datasets.CIFAR10, "url", DEAD + "cifar-10-python.tar.gz")
    said = message(CIFAR10(root=str(tmp_path)))
    assert "CIFAR-10" in said and f"Put cifar-10-python.tar.gz, packed or unpacked, into {tmp_path}\n" in said


def test_a_file_that_is_gone_from_the_server(monkeypatch, tmp_path, server):
    serve_idx(monkeypatch, datasets.MNIST, server)
    (server.folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        assert "HTTP Error 404" in message(MNIST(root=str(tmp_path / "root")))
        gc.collect()  # urllib leaves the socket of a refusal to the collector: let it complain here and now
    assert left_over(tmp_path / "root") == []


@pytest.mark.parametrize("packed", [True, False])
def test_files_put_there_by_hand_need_no_network(monkeypatch, tmp_path, server, packed):
    serve_idx(monkeypatch, datasets.MNIST, server)
    monkeypatch.setattr(datasets.MNIST, "mirrors", [DEAD])
    raw = tmp_path / "root" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in stand_ins().items():
        if packed:
            (raw / f"{name}.gz").write_bytes((server.folder / f"{name}.gz").read_bytes())
        else:
            (raw / name).write_bytes(content)
    assert len(MNIST(root=str(tmp_path / "root"), holdout=0.0).load().train) == 12


def test_a_damaged_file_is_named(tmp_path):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in stand_ins().items():
        (raw / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match="MNIST in .*raw is damaged") as error:
        MNIST(root=str(tmp_path)).load()
    assert len(str(error.value).splitlines()) <= 3 and "Delete that folder" in str(error.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_root_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    assert "ermission denied" in message(MNIST(root=str(tmp_path)))


def test_a_root_that_is_a_file(tmp_path):
    (tmp_path / "file").touch()
    assert "File exists" in message(MNIST(root=str(tmp_path / "file")))


def test_where_the_data_lies(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.delenv("GAN_DATA_ROOT", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert data_root(None) == Path("/home/someone/.cache/gan-cli")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert data_root(None) == Path("/cache/gan-cli")
    monkeypatch.setenv("GAN_DATA_ROOT", "/data")
    assert data_root(None) == Path("/data")
    assert data_root("~/mine") == Path("/home/someone/mine")
    monkeypatch.delenv("GAN_DATA_ROOT")
    monkeypatch.setenv("XDG_CACHE_HOME", "~nobody-of-this-name/cache")
    assert data_root(None).name == f"gan-cli-{os.getuid()}", "who has no home still has temporary files"


def test_constructors_do_no_input_or_output(tmp_path):
    source = MNIST(root=str(tmp_path / "nowhere"), size=32, classes=[1])
    assert source.spec.shape == (1, 32, 32) and source.spec.num_classes == 1
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(SettingError, match="class numbers are 0 to 9"):
        MNIST(classes=[10])


@pytest.mark.skipif(
    not all((data_root(None) / file).is_file() for file in MNIST.files) or "GAN_DATA_ROOT" not in os.environ,
    reason="set GAN_DATA_ROOT to a folder that holds MNIST",
)
def test_the_real_mnist():
    split = MNIST(size=32, holdout=0.1).load()
    assert split.train.samples.shape == (54000, 1, 32, 32) and len(split.holdout) == 6000
    assert split.train.samples.dtype == torch.uint8
    shares = split.train.labels.bincount() / 54000
    assert shares.min() > 0.08 and shares.max() < 0.12


def test_what_a_kill_left_is_swept_up_and_what_is_in_use_stays(monkeypatch, tmp_path, server):
    serve_idx(monkeypatch, datasets.MNIST, server)
    root = tmp_path / "root"
    left, mine, named = (root / name for name in (".download-abcd1234", ".download-mine5678", ".download-notes"))
    for folder in (left, mine, named):
        folder.mkdir(parents=True)
        (folder / "big").write_bytes(b"half")
    (left / "held").touch()
    with staging(root) as used:
        (used / "big").write_bytes(b"half")
        assert not left.exists()
        MNIST(root=str(root)).prepare()
        assert (used / "big").exists()
    assert sorted(path.name for path in root.iterdir()) == sorted(["MNIST", mine.name, named.name])


class Tired(SimpleHTTPRequestHandler):
    """Sends a byte now and then, or without end."""

    def log_message(self, *_args):
        pass

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(200):
                self.wfile.write(self.server.piece)
                self.wfile.flush()
                time.sleep(0.02)


@pytest.mark.parametrize(
    ("piece", "words"), [(b"a", "bytes a second; given up"), (bytes(9000), "without end; given up")]
)
def test_a_server_that_is_slow_or_endless_is_given_up(monkeypatch, tmp_path, piece, words):
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)
    monkeypatch.setattr(fetching, "LARGEST", 100_000)
    with ThreadingHTTPServer(("127.0.0.1", 0), Tired) as server:
        server.piece = piece
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        monkeypatch.setattr(datasets.MNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
        began = time.monotonic()
        assert words in message(MNIST(root=str(tmp_path / "root")))
        assert time.monotonic() - began < 3
        server.shutdown()
        thread.join()
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("name", ["mnist", "stacked_mnist"])
def test_nothing_is_fetched_into_a_folder_that_a_stranger_named(gan, here, tmp_path, monkeypatch, server, name):
    serve_idx(monkeypatch, datasets.MNIST, server)
    data = yaml.safe_load((here / "config.yaml").read_text())
    target = {"mnist": "gan_cli.data.mnist.MNIST", "stacked_mnist": "gan_cli.data.stacked_mnist.StackedMNIST"}[name]
    data["data"] = {"_target_": target, "root": str(tmp_path / "home" / "documents"), "size": 8}
    (here / "config.yaml").write_text(yaml.safe_dump(data))
    for verb in (["train", "trainer.steps=6"], ["evaluate"], ["sample", "classes=[1]"]):
        result = gan(*verb[:1], "run=here", *verb[1:])
        assert result.code == 2, result.err
        assert "nothing is downloaded there" in result.err or name == "stacked_mnist", result.err
    assert server.requests == []
    assert not (tmp_path / "home").exists()
