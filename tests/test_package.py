"""The package as others get it: built, installed where this checkout is not to be seen, run from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow


def call(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "GAN_DATA_ROOT")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel; nothing is fetched for it."""
    pytest.importorskip("build")
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("built")
    call(sys.executable, "-m", "build", "--sdist", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def gan(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a new environment: the wheel in it, our dependencies behind it, no trace of this checkout."""
    place = tmp_path_factory.mktemp("clean") / "environment"
    venv.create(place, with_pip=False, symlinks=True)
    binaries = place / "bin"
    site = Path(
        call(binaries / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place).strip()
    )
    # A folder that is named in a .pth file does not have its own .pth files read: an editable install stays unseen.
    (site / "dependencies.pth").write_text("\n".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}))
    (wheel,) = built.glob("*.whl")
    pip = (sys.executable, "-m", "pip", "--python", binaries / "python")
    call(*pip, "install", "--no-deps", "--no-index", "--force-reinstall", "--quiet", wheel, cwd=place)
    home = call(binaries / "python", "-c", "import gan_cli; print(gan_cli.__file__)", cwd=place)
    assert Path(home.strip()).is_relative_to(place)
    return binaries / "gan"


def test_wheel_holds_code_and_groups(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    ours = {path.relative_to(ROOT / "configs").as_posix() for path in (ROOT / "configs").rglob("*.yaml")}
    assert {f"gan_cli/configs/{name}" for name in ours} <= names
    assert {"gan_cli/cli.py", "gan_cli/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests", "outputs", "configs")) or "__pycache__" in name]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_sdist_holds_what_a_reader_needs(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "LICENSE", "CHANGELOG.md", "Makefile", "pyproject.toml", "configs/train.yaml"} <= names
    assert "tests/test_package.py" in names
    assert not [name for name in names if name.startswith(("outputs/", ".venv", ".git/"))]


def test_a_persons_own_groups_from_another_folder(gan: Path, tmp_path: Path) -> None:
    for name, text in {
        "data/threes.yaml": "# only the threes\ndefaults:\n  - digits\nclasses: [3]\n",
        "model/tiny.yaml": (
            "# @package _global_\n# two small layers\ndefaults:\n  - override /generator: mlp\n"
            "  - override /discriminator: mlp\ngenerator:\n  widths: [6]\ndiscriminator:\n  widths: [6]\n"
        ),
    }.items():
        (tmp_path / "mine" / name).parent.mkdir(parents=True)
        (tmp_path / "mine" / name).write_text(text)
    chosen = ("--config-dir", "mine", "model=tiny", "data=threes")
    assert "tiny" in call(gan, "train", *chosen, "--help", cwd=tmp_path)
    assert "two small layers" in call(gan, "train", *chosen, "--help", "all", cwd=tmp_path)
    small = ("trainer.steps=2", "trainer.batch_size=4", "telemetry.num_samples=4", "runtime.device=cpu", "run=here")
    call(gan, "train", *chosen, *small, cwd=tmp_path)
    call(gan, "sample", "run=here", "num=2", "device=cpu", "out=drawn", cwd=tmp_path)
    names = {path.name for path in (tmp_path / "drawn").iterdir()}
    assert names == {"grid.png", "00000.png", "00001.png", "samples.npz"}
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "here", "drawn"}


def test_every_verb_is_installed(gan: Path, tmp_path: Path) -> None:
    out = call(gan, "--help", cwd=tmp_path)
    for verb in ("train", "sample", "inspect"):
        assert f"\n  {verb} " in out
    assert "3,600,256" in call(gan, "inspect", "model=dcgan", "data=fake", "data.shape=[3,64,64]", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []
