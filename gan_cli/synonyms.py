"""Names of settings and choices in other programs, with their names in this one. This module needs no other code."""

from __future__ import annotations

from collections.abc import Mapping

_RATES = "optim.generator.lr and optim.discriminator.lr"
_STEPS = "trainer.steps"
_BATCH = "trainer.batch_size"
_FOLDER = "run=<folder> names the folder of a run"
_WIDTHS = "generator.base_channels and discriminator.base_channels"
_GPU = "runtime.device=cuda, or cuda:1"

_SETTINGS: Mapping[str, str] = {
    **dict.fromkeys(("lr", "learning_rate", "rate"), _RATES),
    **dict.fromkeys(("lr_g", "g_lr", "glr"), "optim.generator.lr"),
    **dict.fromkeys(("lr_d", "d_lr", "dlr"), "optim.discriminator.lr"),
    **dict.fromkeys(("beta1", "beta2", "b1", "b2", "beta"), "optim.generator.betas and optim.discriminator.betas"),
    **dict.fromkeys(("batch", "batchsize", "batch_size", "bs", "bsz"), _BATCH),
    **dict.fromkeys(("step", "steps", "iters", "iterations", "niter", "max_steps", "num_steps", "kimg"), _STEPS),
    **dict.fromkeys(("nz", "z_dim", "zdim", "latent_size", "latent_dim", "noise_dim"), "generator.latent_dim"),
    **dict.fromkeys(("channels", "width", "features", "nf"), _WIDTHS),
    "ngf": "generator.base_channels",
    "ndf": "discriminator.base_channels",
    **dict.fromkeys(("n_critic", "critic_iters", "d_iters", "k"), "trainer.d_steps"),
    **dict.fromkeys(("image_size", "img_size", "imsize", "imagesize", "resolution", "crop_size"), "data.size"),
    **dict.fromkeys(("dataroot", "data_root", "data_dir", "data_path", "datadir"), "data.root, with data=folder"),
    **dict.fromkeys(("dataset", "dataset_name"), "data=<choice>"),
    **dict.fromkeys(("arch", "architecture", "gan", "gan_type"), "model=<recipe>"),
    **dict.fromkeys(("outdir", "out_dir", "output", "output_dir", "save_dir", "logdir", "log_dir", "outf"), _FOLDER),
    **dict.fromkeys(("resume", "load", "ckpt", "restore"), "`gan train run=<folder>`, which goes on with a run"),
    **dict.fromkeys(("gpu", "gpus", "gpu_id", "cuda", "device", "ngpu"), _GPU),
    **dict.fromkeys(("fp16", "amp", "bf16", "half"), "runtime.precision"),
    **dict.fromkeys(("num_workers", "nworkers", "n_workers"), "workers=<jobs of a sweep at a time>"),
    **dict.fromkeys(("num_threads", "cpus"), "runtime.threads"),
    **dict.fromkeys(("n", "num_images", "num_samples", "n_samples"), "num=<samples>, of gan sample"),
    "manualseed": "seed",
    "random_seed": "seed",
}

_EPOCHS = frozenset({"epoch", "epochs", "num_epochs", "n_epochs", "max_epochs", "nepochs"})
_OF_MNIST, _AT_ONCE = 54_000, 128

_NO_RECIPE = "there is no recipe for it; r3gan is the newest design here"
_OWN_IMAGES = "images of your own are data=folder data.root=<folder>"
_OWN_SOUNDS = "sounds of your own are data=sounds data.root=<folder>"
_CHOICES: Mapping[str, Mapping[str, str]] = {
    "model": {
        **dict.fromkeys(("stylegan", "stylegan2", "stylegan3", "biggan", "progan", "sagan"), _NO_RECIPE),
        **dict.fromkeys(("gan", "vanilla", "vanillagan"), "did you mean mlp or dcgan?"),
        **dict.fromkeys(
            ("cyclegan", "pix2pix", "cgan", "acgan", "infogan"), "conditional designs are not supported yet"
        ),
        "sngan": "did you mean sn_dcgan?",
    },
    "metric": {
        "fid": "did you mean frechet_classifier (the data's own classifier) or inception (extra `fid`)?",
        "kid": "did you mean kid_classifier (the data's own classifier) or inception (extra `fid`)?",
        "is": "did you mean inception (extra `fid`)?",
        "emd": "did you mean wasserstein?",
        "swd": "did you mean sliced_wasserstein?",
        **dict.fromkeys(("precision", "recall", "pr", "prdc"), "did you mean precision_recall or density_coverage?"),
    },
    "loss": {
        **dict.fromkeys(("bce", "gan", "vanilla", "ns", "nsgan", "logistic"), "did you mean non_saturating?"),
        **dict.fromkeys(("wgan", "wgangp", "wgan_gp"), "did you mean wasserstein?"),
        **dict.fromkeys(("lsgan", "ls", "mse"), "did you mean least_squares?"),
        **dict.fromkeys(("rgan", "rpgan", "ragan"), "did you mean relativistic?"),
    },
    "balance": {
        **dict.fromkeys(("gp", "wgan_gp"), "did you mean gradient_penalty?"),
        "ada": "did you mean adaptive_augment?",
        "diffaug": "did you mean diff_augment?",
        "mbstd": "did you mean minibatch_stddev?",
        "sn": "did you mean discriminator.norm=spectral?",
        "ttur": "did you mean optim.discriminator.lr=..., or sweep=ttur?",
    },
    "data": {
        **dict.fromkeys(("celeba", "lsun", "ffhq", "imagenet", "images", "custom", "imagefolder"), _OWN_IMAGES),
        **dict.fromkeys(("audio", "audiofolder", "wav", "music"), _OWN_SOUNDS),
        "sc09": "did you mean speech_commands?",
    },
    "optim": {"adamw": "did you mean adam, with optim.generator.weight_decay?"},
}


def folded(word: str) -> str:
    """Return a word in lower case without hyphens, underscores and spaces, so that spellings can be compared."""
    return "".join(letter for letter in word.casefold() if letter not in "-_ ")


def of_setting(key: str, value: str = "") -> str:
    """Return the hint `; here it is ...` for the name of a setting in other programs, or an empty text.

    Args:
        key: the key as typed, without leading dashes; only the last word of a dotted key counts.
        value: the value as typed.
    """
    word = key.rpartition(".")[2]
    if folded(word) in map(folded, _EPOCHS):
        return f"; training is counted in steps: trainer.steps = epochs x samples / trainer.batch_size{_worked(value)}"
    here = next((name for name_there, name in _SETTINGS.items() if folded(name_there) == folded(word)), None)
    return f"; here it is {here}" if here else ""


def _worked(value: str) -> str:
    """Return the number of steps for this number of epochs of MNIST, as an example."""
    if not value.isdecimal() or len(value) > 6:
        return ""
    steps = round(int(value) * _OF_MNIST / _AT_ONCE)
    return f"\n  MNIST, without the tenth held out: {value} x {_OF_MNIST} / {_AT_ONCE} is trainer.steps={steps}"


def of_choice(group: str, choice: str) -> str:
    """Return the hint `; did you mean ...?` for a choice that has another name here, or an empty text."""
    words = {folded(word): said for word, said in _CHOICES.get(group, {}).items()}
    said = words.get(folded(choice))
    return f"; {said}" if said else ""
