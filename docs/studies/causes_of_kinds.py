"""What is planted in runs on voxels, sound and text, and which verdicts are right; see `causes.py`.

Beside the causes of every kind there are those that a person would name at once: an empty grid, a blob, silence, noise,
one clip, one sentence, letters that do not fit.
"""

from __future__ import annotations

from causes import COLLAPSE, DIVERGED, OVERFITS, Cause, Causes, D, G

_NARROW = "generator.base_channels=8 discriminator.base_channels=8"
_TEXT = "model=text_small generator.depth=3 discriminator.depth=3 trainer.steps=900"
_RATES = "optim.discriminator.lr=2e-3 optim.generator.lr=1e-6"
BASES = {
    "solids": f"data=solids model=gan3d_small {_NARROW} trainer.steps=800",
    "chirps": f"data=chirps data.length=2048 model=oscillators {_NARROW} trainer.steps=800",
    "manual": f"data=manual data.length=16 {_TEXT}",
}
EVERY = tuple(BASES)
PENALTY = {"solids": "ema", "chirps": "ema,r1", "manual": "ema,gradient_penalty"}


def _technique(name: str, settings: str, base: str) -> str:
    """The overrides that add a technique to those of a base."""
    return f"'balance=[{PENALTY[base]},{name}]' " + " ".join(f"balance.{name}.{each}" for each in settings.split())


CAUSES: dict[str, Cause] = {
    # the discriminator wins
    "uneven_rates": Cause(_RATES, (D,), EVERY),
    "narrow_generator": Cause("generator.base_channels=1", (D, COLLAPSE), EVERY),
    "generator_dropout": Cause("generator.dropout=0.9", (D, COLLAPSE), EVERY),
    "frozen_generator": Cause("optim.generator.lr=1e-8", (D,), EVERY),
    "one_latent": Cause("generator.latent_dim=1", (D, COLLAPSE), EVERY),
    # the generator wins
    "idle_discriminator": Cause("optim.discriminator.lr=1e-7", (G,), EVERY),
    "discriminator_dropout": Cause("discriminator.dropout=0.95", (G,), ("chirps",)),
    **{
        f"labels_at_random.{base}": Cause(_technique("label_flip", "probability=0.5", base), (G,), (base,))
        for base in ("solids", "chirps")
    },
    "frozen_discriminator.manual": Cause(_technique("freeze", "start=0 steps=100000", "manual"), (G,), ("manual",)),
    # the discriminator memorises
    "15_samples": Cause("data.limit=15", (OVERFITS,), EVERY),
    # the numbers explode
    "huge_rates": Cause("optim.generator.lr=0.5 optim.discriminator.lr=0.5", (DIVERGED, D), EVERY),
    # what a person would name at once
    "empty": Cause("generator._target_=incomplete.EmptyGrid", (D, COLLAPSE), ("solids",)),
    "blob": Cause("generator._target_=incomplete.Blob", (D, COLLAPSE), ("solids",)),
    "one_solid": Cause("generator._target_=incomplete.OneOutput", (D, COLLAPSE), ("solids",)),
    "half_of_the_grid": Cause("generator._target_=incomplete.HalfOfTheGrid", (D, COLLAPSE), ("solids",)),
    "noisy_voxels": Cause("generator._target_=incomplete.NoisyImages", (D,), ("solids",)),
    "silence": Cause("generator._target_=incomplete.SilentClips", (D, COLLAPSE), ("chirps",)),
    "one_clip": Cause("generator._target_=incomplete.OneClip", (D, COLLAPSE), ("chirps",)),
    "noise": Cause("generator._target_=incomplete.OnlyNoise", (D,), ("chirps",)),
    "noisy_clips": Cause("generator._target_=incomplete.NoisyClips", (D,), ("chirps",)),
    "one_sentence": Cause("generator._target_=incomplete.OneText", (D, COLLAPSE), ("manual",)),
    "independent_letters": Cause("generator._target_=incomplete.IndependentTokens", (D,), ("manual",)),
    "random_letters": Cause("generator._target_=incomplete.RandomTokens", (D,), ("manual",)),
}
HEALTHY: dict[str, str] = {
    "solids-gan3d_small": BASES["solids"],
    "solids-dropout": f"{BASES['solids']} discriminator.dropout=0.5",
    "solids-hinge": f"{BASES['solids']} loss=hinge discriminator.norm=spectral",
    "chirps-oscillators": BASES["chirps"],
    "chirps-hinge": f"{BASES['chirps']} loss=hinge",
    "chirps-low": f"{BASES['chirps']} data.classes=[0,2,4,6]",
    "fsdd-oscillators": f"data=fsdd data.length=2048 model=oscillators {_NARROW} trainer.steps=800",
    "manual-text_small": BASES["manual"],
    "manual-five_steps": f"{BASES['manual']} trainer.d_steps=5 trainer.steps=600",
    "manual-words": f"{BASES['manual']} data.unit=word data.vocabulary=256",
    "colours-letters": f"data=colours data.unit=char {_TEXT}",
}
"""Commands in which neither network should win.

Three that seeds 1 to 3 showed to be sick are not among them: batch norm in D on solids made a single solid, WaveGAN
does not learn the pitch of calls (docs/kinds.md), and solids of 8 voxels a side became balls or nothing.
"""
ALL = Causes(BASES, CAUSES, HEALTHY)
