from __future__ import annotations

import re
import shutil
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan_cli.cli import main
from gan_cli.data.colours import Colours
from gan_cli.game import GeneratorInput
from gan_cli.sampling.interpolation import on_the_way
from gan_cli.session.trained import open_run
from gan_cli.text_lines import lines_of

SMALL = (
    "generator.base_channels=4",
    "discriminator.base_channels=4",
    "trainer.batch_size=8",
    "runtime.device=cpu",
    "runtime.threads=1",
    "telemetry.num_samples=4",
)


def trained(folder: Path, *overrides: str) -> Path:
    main(["train", *overrides, *SMALL, f"run={folder}"])
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Runs that are trained once and never written to: each test has a copy."""
    made: dict[tuple[str, ...], Path] = {}

    def run(*overrides: str) -> Path:
        if overrides not in made:
            made[overrides] = trained(tmp_path_factory.mktemp("trained") / "run", *overrides)
        return made[overrides]

    return run


@pytest.fixture
def digits(gan, runs, tmp_path: Path) -> Path:
    run = runs("data=digits", "trainer.steps=4", "trainer.checkpoint_every=2", "optim.generator.lr=0.01")
    return Path(shutil.copytree(run, tmp_path / "run"))


def draw(gan, run: Path, *overrides: str, out: str = "drawn") -> np.ndarray:
    result = gan("sample", f"run={run}", f"out={out}", "device=cpu", *overrides)
    assert result.code == 0, result.err
    with np.load(Path(out) / "samples.npz") as arrays:
        return arrays[arrays.files[0]]


def test_same_seed_same_pixels(gan, digits):
    first, again, other = (draw(gan, digits, "num=5", f"seed={seed}", out=f"{at}") for at, seed in enumerate((3, 3, 4)))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_first_of_many_are_the_first_of_few(gan, digits):
    few, many = draw(gan, digits, "num=3", out="few"), draw(gan, digits, "num=300", out="many")
    assert few.shape == (3, 8, 8) and many.shape == (300, 8, 8)
    assert np.abs(few.astype(int) - many[:3]).max() <= 1


def test_samples_of_an_earlier_call_are_not_mingled_with_the_new(gan, refused, digits):
    draw(gan, digits, "num=5")
    draw(gan, digits, "num=5", "seed=1")
    message = refused("sample", f"run={digits}", "num=3", "out=drawn")
    assert (
        message
        == "gan sample: out=drawn: holds 00003.png and 2 in all of other samples; name another folder, or empty it"
    )
    assert "holds 00000.png and 5 in all" in refused("sample", f"run={digits}", "num=5", "out=drawn", "formats=[npz]")
    assert len(draw(gan, digits, "num=8")) == 8


def test_pixels_are_those_of_the_averaged_generator(gan, digits):
    """By hand: the weights in the checkpoint, one latent batch of the seed, and the scaling to bytes."""
    from gan_cli.networks.conv import ConvGenerator
    from gan_cli.spec import SampleSpec

    drawn = draw(gan, digits, "num=4", "seed=5")
    state = torch.load(digits / "checkpoints" / "step_00000004.pt", weights_only=True)
    network = ConvGenerator(SampleSpec((1, 8, 8)), base_channels=4).eval()
    (weights,) = (value for value in state["techniques"]["ema"].values() if isinstance(value, dict))
    network.load_state_dict(weights)
    with torch.no_grad():
        samples = network(torch.randn(4, 100, generator=torch.Generator().manual_seed(5)))
    expected = ((samples[:, 0] + 1) / 2 * 255).round().to(torch.uint8).numpy()
    assert np.abs(drawn.astype(int) - expected).max() <= 1


def test_other_checkpoints_and_weights(gan, digits):
    newest, older = draw(gan, digits, out="newest"), draw(gan, digits, "checkpoint=2", out="older")
    raw = draw(gan, digits, "ema=false", out="raw")
    assert np.array_equal(newest, draw(gan, digits, "checkpoint=4", out="same"))
    assert not np.array_equal(newest, older)
    assert not np.array_equal(newest, raw)


def test_a_checkpoint_that_is_not_there(gan, digits):
    result = gan("sample", f"run={digits}", "checkpoint=3")
    assert result.code == 2
    assert "checkpoint=3" in result.err and "2" in result.err and "4" in result.err
    assert not (digits / "sampled").exists()


def test_without_an_average_the_trained_weights_are_taken(gan, runs, tmp_path):
    run = shutil.copytree(runs("data=digits", "trainer.steps=2", "balance=[]"), tmp_path / "run")
    result = gan("sample", f"run={run}", "device=cpu", "num=2", "formats=[npz]")
    assert result.code == 0 and "2 samples of step 2 (raw weights, seed 0)" in result.out


def test_names_and_formats(gan, digits):
    result = gan("sample", f"run={digits}", "device=cpu", "num=3", "seed=7")
    folder = digits / "sampled" / "step_00000004-ema-seed_7-num_3"
    names = {"grid.png", "00000.png", "00001.png", "00002.png", "samples.npz"}
    assert {path.name for path in folder.iterdir()} == names
    assert result.out.splitlines() == [
        "3 samples of step 4 (ema weights, seed 7):",
        f"  {folder / 'grid.png'}",
        f"  {folder / '00000.png'} ... 00002.png",
        f"  {folder / 'samples.npz'}, key images, uint8 3x8x8",
    ]


@pytest.mark.parametrize(
    ("formats", "names"),
    [("[grid]", {"grid.png"}), ("[png]", {"00000.png", "00001.png"}), ("[npz,npz]", {"samples.npz"})],
)
def test_only_what_was_asked_for(gan, digits, formats, names):
    result = gan("sample", f"run={digits}", "device=cpu", "num=2", f"formats={formats}", "out=drawn")
    assert result.code == 0, result.err
    assert {path.name for path in Path("drawn").iterdir()} == names


def test_voxels_are_written_for_viewers_and_turn_in_a_film(gan, refused, runs, tmp_path):
    solids = runs("data=solids", "data.size=8", "data.num_samples=64", "trainer.steps=1")
    typed = ("sample", f"run={solids}", "device=cpu", "out=drawn")
    result = gan(*typed, "num=2", "formats=[png,obj,stl,vox,turn]")
    assert result.code == 0, result.err
    singles = {f"0000{index}.{ending}" for index in range(2) for ending in ("obj", "stl", "vox")}
    assert {path.name for path in Path("drawn").iterdir()} == {"turn.gif", *singles}
    assert "no single pictures: 8x8x8, 1 channel are not images of 1 or 3 channels" in result.out
    assert "drawn/00000.stl ... 00001.stl" in result.out
    with Image.open("drawn/turn.gif") as film:
        assert film.n_frames > 12
    assert "holds 00001.obj and 3 in all of other samples" in refused(*typed, "num=1", "formats=[obj,stl,vox]")


def test_sound_is_written_for_players(gan, runs, tmp_path):
    chirps = runs(
        "data=chirps", "model=harmonics", "data.length=512", "data.num_samples=64", "trainer.steps=1", "metric=[]"
    )
    assert {"real.wav", "step_00000001.wav"} <= {path.name for path in (chirps / "samples").iterdir()}
    result = gan("sample", f"run={chirps}", "device=cpu", "out=drawn", "num=2")
    assert result.code == 0, result.err
    assert {path.name for path in Path("drawn").iterdir()} == {"grid.png", "samples.npz", "00000.wav", "00001.wav"}
    with wave.open("drawn/00001.wav") as file:
        assert (file.getframerate(), file.getnframes()) == (8000, 512)


def test_a_generator_with_labels_is_asked_for_classes(gan, runs, refused):
    told = runs("model=cgan", "data=digits", "data.classes=[3,8,5]", "trainer.steps=2", "metric=[]")
    typed = ("sample", f"run={told}", "device=cpu")
    result = gan(*typed, "num=6", "classes=[5,3]", "out=some")
    assert result.code == 0, result.err
    assert "3 of class 5, 3 of class 3, as the generator was asked" in result.out
    assert Path("some/labels.txt").read_text().split() == ["5"] * 3 + ["3"] * 3
    with Image.open("some/grid.png") as grid:
        assert grid.width > grid.height, "a row for each class"
    assert gan(*typed, "num=9", "interpolate=4", "out=all", "formats=[npz,grid]").code == 0
    assert sorted(Path("all/labels.txt").read_text().split()) == ["3"] * 3 + ["5"] * 3 + ["8"] * 3
    assert Path("all/interpolation.png").is_file()
    whole, asked = np.load("all/samples.npz")["images"], np.load("some/samples.npz")["images"]
    assert len(whole) == 9 and len(asked) == 6 and not np.array_equal(asked[0], asked[3])
    assert "there is no class 4; the run's classes are 3, 8, 5" in refused(*typed, "classes=[4]")


def test_samples_with_labels_are_read_again(gan, runs):
    told = runs("model=projection_gan", "data=digits", "trainer.steps=2", "metric=[]")
    assert gan("sample", f"run={told}", "device=cpu", "num=40", "out=drawn", "formats=[npz]").code == 0
    result = gan("evaluate", "run=drawn", "data=digits", "metric=[mmd]", "figures=false", "device=cpu")
    assert result.code == 0, result.err


def test_walks_between_classes_mix_them(gan, runs):
    """Half way between two classes the generator is given half of each."""
    folder = runs("model=cgan", "data=digits", "trainer.steps=2", "metric=[]")
    trained = open_run(folder, step=None, average=True, device="cpu")
    ends = GeneratorInput(torch.randn(2, trained.latent.dim), torch.tensor([1, 4]))
    way = on_the_way(trained, ends, 4)
    assert way.y is not None and way.y.shape == (8, 10) and torch.allclose(way.y.sum(dim=1), torch.ones(8))
    assert way.y[2, [1, 4]].tolist() == [0.5, 0.5] and way.y[4, [1, 4]].tolist() == [0.0, 1.0]
    assert trained.sample(way).x.shape == (8, 1, 8, 8)


def test_text_is_written_as_lines(gan, runs):
    names = runs("data=colours", "data.limit=32", "trainer.steps=1")
    result = gan("sample", f"run={names}", "device=cpu", "num=5", "out=drawn")
    assert result.code == 0, result.err
    assert {path.name for path in Path("drawn").iterdir()} == {"grid.png", "samples.npz", "samples.txt"}
    lines = Path("drawn/samples.txt").read_text(encoding="utf-8").splitlines()
    with np.load("drawn/samples.npz") as arrays:
        assert lines == lines_of(torch.from_numpy(arrays["samples"]), Colours().spec.alphabet)
    assert len(lines) == 5 and f"drawn/samples.txt, 5 lines, such as: {lines[0]}" in result.out
    step = sorted((names / "samples").glob("step_*.txt"))
    assert [path.name for path in step] == ["step_00000000.txt", "step_00000001.txt"]
    assert len(step[0].read_text(encoding="utf-8").splitlines()) == 4, "telemetry.num_samples"


def test_images_have_no_files_of_voxels(gan, digits):
    result = gan("sample", f"run={digits}", "device=cpu", "num=2", "formats=[grid,obj,turn,txt]", "out=drawn")
    assert result.code == 0, result.err
    assert {path.name for path in Path("drawn").iterdir()} == {"grid.png"}
    assert "no obj files: 8x8, 1 channel are not voxels" in result.out and "no turn.gif: 8x8" in result.out
    assert "no samples.txt: 8x8, 1 channel are not text" in result.out


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (("num=0",), "num=0: must be >= 1"),
        (("formats=[gif]",), "formats=[gif]: each value must be one of grid, png, npz, wav, turn, obj, stl, vox, txt"),
        (("formats=[]",), "formats=[]: must hold at least 1 value"),
        (("sede=1",), "sede=1: no such setting; did you mean seed?"),
        (("seed=-1", "ema=7"), "2 settings are wrong"),
        (("truncation=0",), "truncation=0: must be > 0, or null"),
        (("interpolate=1",), "interpolate=1: must be >= 2 and <= 60, or null"),
        (("num=1", "interpolate=4"), "num=1: must be >= 2, for interpolate=4 walks"),
        (("classes=[]",), "classes=[]: must hold at least 1 value, or null"),
        (("classes=3",), "classes=3: must be a list such as [1,2], or null"),
        (("classes=[3,10]",), "classes=[3,10]: there is no class 10; the run's classes are 0, 1, 2"),
    ],
)
def test_wrong_settings(gan, digits, typed, message):
    result = gan("sample", f"run={digits}", *typed)
    assert result.code == 2 and result.err.startswith(f"gan sample: {message}")
    assert not (digits / "sampled").exists()


def test_arrays_and_pictures_agree(gan, digits):
    array = draw(gan, digits, "num=2", out="drawn")
    assert array.dtype == np.uint8 and array.shape == (2, 8, 8)
    for index in range(2):
        with Image.open(f"drawn/{index:05d}.png") as single:
            assert single.mode == "L" and np.array_equal(np.asarray(single), array[index])


def test_colour(gan, runs, tmp_path):
    shape = ("data=fake", "data.shape=[3,8,12]", "data.num_samples=16", "trainer.steps=1")
    run = shutil.copytree(runs(*shape), tmp_path / "run")
    array = draw(gan, run, "num=2")
    assert array.dtype == np.uint8 and array.shape == (2, 8, 12, 3)
    with Image.open("drawn/00001.png") as single:
        assert single.mode == "RGB" and np.array_equal(np.asarray(single), array[1])


@pytest.mark.parametrize("shape", [(2,), (1, 64), (2, 8, 8), (1, 4, 4, 4)])
def test_what_is_no_image(gan, runs, tmp_path, shape):
    spelled = str(list(shape)).replace(" ", "")
    model = "mlp" if len(shape) == 1 else "dcgan"
    data = ("data=fake", f"data.shape={spelled}", "data.num_samples=16")
    run = shutil.copytree(runs(f"model={model}", *data, "trainer.steps=1"), tmp_path / "run")
    typed = ("sample", f"run={run}", "device=cpu", "num=3")
    result = gan(*typed, "out=drawn")
    assert result.code == 0, result.err
    sounds = {f"0000{index}.wav" for index in range(3)} if len(shape) == 2 else set()
    assert {path.name for path in Path("drawn").iterdir()} == {"grid.png", "samples.npz", *sounds}
    result = gan(*typed, "formats=[png]", "out=single")
    assert re.search(r"no single pictures: .* are not images of 1 or 3 channels", result.out)
    with np.load("drawn/samples.npz") as arrays:
        assert arrays.files == ["samples"]
        assert arrays["samples"].shape == (3, *shape) and arrays["samples"].dtype == np.float32


def test_the_data_may_have_gone(gan, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for index in range(4):
        Image.new("RGB", (16, 16), (60 * index, 90, 10)).save(photos / f"{index}.png")
    run = trained(tmp_path / "run", "data=folder", f"data.root={photos}", "data.size=8", "trainer.steps=1")
    shutil.rmtree(photos)
    assert draw(gan, run, "num=2").shape == (2, 8, 8, 3)


def test_the_run_may_have_moved(gan, digits, tmp_path):
    digits.rename(tmp_path / "elsewhere, and = renamed")
    result = gan("sample", "run=elsewhere, and = renamed", "device=cpu", "num=2", "formats=[grid]", "out=drawn")
    assert result.code == 0, result.err
    assert Path("drawn/grid.png").is_file()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there(gan, digits):
    result = gan("sample", f"run={digits}", "device=cuda")
    assert result.code == 2
    assert "device=cuda" in result.err and "cpu" in result.err


@pytest.mark.gpu
def test_a_run_from_the_cpu_is_drawn_on_the_gpu(gan, digits):
    on_cpu = draw(gan, digits, "num=8", out="cpu")
    result = gan("sample", f"run={digits}", "device=cuda", "num=8", "out=gpu")
    assert result.code == 0, result.err
    with np.load("gpu/samples.npz") as arrays:
        assert np.abs(arrays["images"].astype(int) - on_cpu).max() <= 8


def test_a_folder_that_is_no_run(gan, tmp_path):
    (tmp_path / "photos").mkdir()
    result = gan("sample", "run=photos")
    assert result.code == 2
    assert result.err == (
        "gan sample: run=photos: not a run folder (it has no config.yaml); name a folder that `gan train` made\n"
    )


def test_run_must_be_given(gan):
    result = gan("sample")
    assert result.code == 2 and "run" in result.err and "must be given" in result.err


class Brightness:
    """In place of the classifier: class 0 of ten are the darkest samples, class 9 the brightest."""

    accuracy = 0.5

    def __init__(self, levels: torch.Tensor) -> None:
        self._levels = levels

    def features_and_probabilities(self, samples: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        named = torch.bucketize(samples.flatten(1).mean(dim=1), self._levels)
        return samples, torch.nn.functional.one_hot(named, 10).double()


@pytest.fixture
def brightness(gan, digits, monkeypatch) -> np.ndarray:
    """A classifier by brightness: the first 256 samples fall evenly into classes 0 to 8; gives their classes."""
    from gan_cli.session.trained import open_run

    trained = open_run(digits, step=None, average=True, device="cpu")
    means = trained.sample(GeneratorInput(trained.latent.draw_seeded(256, 0))).x.flatten(1).mean(dim=1)
    levels = torch.cat([means.quantile(torch.arange(1, 9) / 9), torch.tensor([1e9])])
    monkeypatch.setattr("gan_cli.sampling.by_class.classifier_of", lambda *data, stacked: Brightness(levels))
    return torch.bucketize(means, levels).numpy()


def test_samples_of_some_classes_are_those_of_the_stream(gan, digits, brightness):
    everything = draw(gan, digits, "num=256", out="all")
    drawn = draw(gan, digits, "num=12", "classes=[7,2]", out="some")
    wanted = everything[np.isin(brightness, (7, 2))][:12]
    assert np.abs(drawn.astype(int) - wanted).max() <= 1


def test_classes_are_counted(gan, digits, brightness):
    result = gan("sample", f"run={digits}", "device=cpu", "num=12", "classes=[7,2]", "truncation=40", "formats=[npz]")
    first = brightness[np.isin(brightness, (7, 2))][:12]
    line = f"{(first == 7).sum()} of class 7, {(first == 2).sum()} of class 2, out of 256 drawn"
    assert result.out.splitlines()[:2] == [
        "12 samples of step 4 (ema weights, seed 0, truncation 40):",
        f"  {line}; the classifier is right on 50.0% of real samples",
    ]
    name = "step_00000004-ema-seed_0-num_12-truncation_40-classes_7_2"
    assert (digits / "sampled" / name / "samples.npz").is_file()


def test_a_class_that_does_not_occur(gan, digits, brightness, refused):
    message = refused("sample", f"run={digits}", "device=cpu", "num=2", "classes=[9]")
    assert "classes=[9]: 0 of num=2 samples found in 10,240 draws; class 9 did not occur" in message
    assert re.search(r"\n  ask for what this run draws most: \d", message)


def test_classes_that_the_run_kept_have_their_own_numbers(gan, runs, tmp_path, refused):
    data = ("data=digits", "data.classes=[3,8]", "trainer.steps=2")
    shutil.copytree(runs(*data), tmp_path / "run")
    assert "there is no class 1; the run's classes are 3, 8" in refused("sample", "run=run", "classes=[1]")


@pytest.mark.parametrize(
    "data", [("data=fake", "data.shape=[1,8,8]", "data.num_samples=16"), ("model=mlp", "data=ring")]
)
def test_data_without_labels_have_no_classes(gan, runs, tmp_path, refused, data):
    shutil.copytree(runs(*data, "trainer.steps=1"), tmp_path / "run")
    assert "classes=[1]: needs images with labels; use classes=null" in refused("sample", "run=run", "classes=[1]")


def test_truncation_changes_the_samples_that_it_must(gan, digits):
    plain, wide, narrow = (
        draw(gan, digits, "num=4", *typed, out=f"{at}")
        for at, typed in enumerate(((), ("truncation=40",), ("truncation=0.1",)))
    )
    assert np.array_equal(plain, wide)
    assert not np.array_equal(plain, narrow)
    assert np.ptp(narrow.astype(int), axis=0).mean() < np.ptp(plain.astype(int), axis=0).mean()


def test_latents_that_training_hardly_saw_are_told(gan, digits):
    for truncation, told in (("0.7", True), ("1", True), ("1.5", False), ("null", False)):
        result = gan("sample", f"run={digits}", "device=cpu", "num=2", f"truncation={truncation}", "formats=[grid]")
        assert ("of their usual length" in result.out) is told
        assert not told or f"have {'39%' if truncation == '0.7' else '54%'}" in result.out


def test_interpolation_of_images(gan, digits):
    array = draw(gan, digits, "num=3", "interpolate=4")
    with Image.open("drawn/interpolation.gif") as gif:
        assert gif.size == (256, 256) and gif.info["loop"] == 0 and 3 <= gif.n_frames <= 12
        assert np.abs(np.asarray(gif.convert("L"))[::32, ::32].astype(int) - array[0]).max() <= 1
    with Image.open("drawn/interpolation.png") as strip:
        width, height = strip.size
    assert width / height == pytest.approx(5 / 2, rel=0.05)  # two pairs, five pictures each


def test_interpolation_visits_a_bounded_number_of_samples(gan, digits):
    result = gan("sample", f"run={digits}", "device=cpu", "num=20", "interpolate=2", "formats=[npz]", "out=drawn")
    assert result.out.splitlines()[2:] == [
        f"  {Path('drawn/interpolation.png')}, between the first 16 of the 20 samples, 2 steps each",
        f"  {Path('drawn/interpolation.gif')}, 32 pictures",
    ]


@pytest.mark.parametrize("shape", [(1, 64), (3, 8, 12), (1, 4, 4, 4)])
def test_interpolation_of_what_is_drawn_as_tiles(gan, runs, tmp_path, shape):
    data = ("data=fake", f"data.shape={str(list(shape)).replace(' ', '')}", "data.num_samples=16")
    run = shutil.copytree(runs(*data, "trainer.steps=1"), tmp_path / "run")
    draw(gan, run, "num=2", "interpolate=3", "formats=[npz]")
    assert {path.name for path in Path("drawn").iterdir()} == {"interpolation.png", "interpolation.gif", "samples.npz"}


def test_interpolation_of_points_is_a_line(gan, runs, tmp_path):
    run = shutil.copytree(runs("model=mlp", "data=ring", "trainer.steps=1"), tmp_path / "run")
    result = gan("sample", f"run={run}", "device=cpu", "num=3", "interpolate=3", "formats=[npz]", "out=drawn")
    assert result.code == 0, result.err
    assert {path.name for path in Path("drawn").iterdir()} == {"interpolation.png", "samples.npz"}
    assert "no interpolation.gif: points make a line" in result.out


def test_a_film_of_the_run(gan, runs, tmp_path, refused):
    run = shutil.copytree(runs("data=digits", "trainer.steps=3", "telemetry.samples_every=1"), tmp_path / "run")
    result = gan("sample", "run=run", "device=cpu", "num=2", "film=true", "formats=[npz]", "out=drawn")
    assert result.out.splitlines()[-1] == f"  {Path('drawn/film.gif')}, 4 pictures of steps 0 to 3"
    with Image.open("drawn/film.gif") as film:
        assert film.n_frames == 4 and film.info["loop"] == 0
    for path in (run / "samples").iterdir():
        path.unlink()
    assert "film=true: run holds no pictures" in refused("sample", "run=run", "device=cpu", "film=true", "out=other")


def test_two_at_once_into_one_folder_both_end_well(here) -> None:
    command = [sys.executable, "-m", "gan_cli", "sample", f"run={here}", "num=40"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    (folder,) = (here / "sampled").iterdir()
    assert len(list(folder.iterdir())) == 42, "40 pictures, the grid, the array, and nothing unfinished"
