"""Orders that papers found between settings, on voxels, sound and text, at a length that fits: tables of docs/kinds.md.

    python docs/studies/orders.py run   <folder> <seeds> [orders]     e.g. 1,2,3 ttur,phase_shuffle
    python docs/studies/orders.py table <folder> <seeds> [orders]     mean and deviation over the seeds, as Markdown

Variants of one order cost about the same time. GAN_DATA_ROOT names the folder of FSDD.
"""

from __future__ import annotations

import json
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from planted import WORKERS, Planted, train

_TEXT = "generator.base_channels=32 discriminator.base_channels=32"
_WAVES = "data=chirps data.length=2048 model=wavegan_small trainer.steps=800 'metric=[comb]'"
_SOLIDS = (
    "data=solids model=gan3d generator.base_channels=16 discriminator.base_channels=16 trainer.batch_size=32 "
    "trainer.steps=600 'metric=[nearest_neighbour,pieces]'"
)


@dataclass(frozen=True)
class Order:
    """What is compared.

    Attributes:
        source: who found it, and what is expected.
        base: the overrides of all variants.
        variants: what differs, by its name in the table; the one that should win is the first.
        shown: the results in the table, by their tags in summary.json.
    """

    source: str
    base: str
    variants: dict[str, str]
    shown: tuple[str, ...]


ORDERS = {
    "ttur": Order(
        "Heusel et al. (2017): two rates and one update of D beat ten updates, at the same time",
        f"data=manual {_TEXT} 'metric=[ngram_js]'",
        {
            "two rates, one update": "model=text_ttur trainer.steps=2500",
            "ten updates": "model=text_wgan_gp trainer.steps=450",
        },
        ("metric/js4", "balance/distance"),
    ),
    "phase_shuffle": Order(
        "Donahue et al. (2019): a D that cannot rely on phases leaves less of the comb",
        _WAVES,
        {"phase shuffle 2": "discriminator.phase_shuffle=2", "none": "discriminator.phase_shuffle=0"},
        ("metric/comb", "balance/distance"),
    ),
    "upsampling": Order(
        "Odena et al. (2016): resizing and then convolving leaves no comb",
        _WAVES,
        {"nearest": "generator.upsampling=nearest", "transposed": "generator.upsampling=transposed"},
        ("metric/comb", "balance/distance"),
    ),
    "gate": Order(
        "Wu et al. (2016): D rests above 80 % accuracy; their rate of D, 1e-5, and faster ones",
        _SOLIDS,
        {
            "1e-5, rests": "optim.discriminator.lr=1e-5",
            "1e-5": "optim.discriminator.lr=1e-5 balance.accuracy_band.high=1.0",
            "2e-4, rests": "optim.discriminator.lr=2e-4",
            "2e-4": "optim.discriminator.lr=2e-4 balance.accuracy_band.high=1.0",
            "1e-3, rests": "optim.discriminator.lr=1e-3",
            "1e-3": "optim.discriminator.lr=1e-3 balance.accuracy_band.high=1.0",
        },
        ("accuracy/discriminator", "balance/distance", "metric/one_piece", "metric/nearest_neighbour"),
    ),
    "fsdd": Order(
        "none: WaveGAN at a quarter of its width on spoken digits, beside real ones",
        "data=fsdd data.length=4096 trainer.steps=2000 'metric=[frechet_classifier]'",
        {"wavegan_small": "model=wavegan_small", "oscillators": "model=oscillators"},
        ("metric/frechet_classifier", "balance/distance"),
    ),
}


def runs(seeds: list[int], chosen: list[str]) -> list[Planted]:
    """Return the runs of some orders, seed by seed."""
    return [
        Planted(f"{name}.{place}.{seed}", "order", f"{ORDERS[name].base} {words}", ())
        for seed in seeds
        for name in chosen
        for place, words in enumerate(ORDERS[name].variants.values())
    ]


def table(folder: Path, seeds: list[int], chosen: list[str]) -> None:
    """Print a table for each order; its last column has the verdicts and the mean seconds."""
    for name in chosen:
        order = ORDERS[name]
        print(f"\n{name}: {order.source}\n\n    {order.base}\n")
        heads = [tag.split("/")[1] for tag in order.shown]
        print(f"| | {' | '.join(heads)} | verdicts | seconds |\n|{'---|' * (len(heads) + 3)}")
        for place, variant in enumerate(order.variants):
            paths = [folder / f"{name}.{place}.{seed}" / "summary.json" for seed in seeds]
            found = [json.loads(path.read_text()) for path in paths if path.exists()]
            values = [[run["metrics"].get(tag, float("nan")) for run in found] for tag in order.shown]
            verdicts = ", ".join(run["verdict"]["state"] for run in found)
            seconds = statistics.mean(run["seconds"] for run in found) if found else float("nan")
            print(f"| {variant} | {' | '.join(map(_spread, values))} | {verdicts} | {seconds:.0f} |")


def _spread(values: list[float]) -> str:
    """Return mean and standard deviation."""
    if len(values) < 2:
        return f"{values[0]:.3g}" if values else "-"
    return f"{statistics.mean(values):.3g} ± {statistics.stdev(values):.2g}"


if __name__ == "__main__":
    verb, root = sys.argv[1], Path(sys.argv[2])
    seeds = [int(seed) for seed in sys.argv[3].split(",")]
    chosen = sys.argv[4].split(",") if len(sys.argv) > 4 else list(ORDERS)
    if verb == "run":
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda run: train(root, run), runs(seeds, chosen)))
    else:
        table(root, seeds, chosen)
