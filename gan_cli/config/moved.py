"""Classes that have moved since runs were made: saved configs name them by their old paths."""

from __future__ import annotations

from typing import Any

from gan_cli.config.check import CLASS

MOVED = {
    "gan_cli.balance.diagnosis.Diagnosis": "gan_cli.diagnosis.diagnosis.Diagnosis",
    "gan_cli.session.benchmark.Benchmark": "gan_cli.benchmark.benchmark.Benchmark",
    "gan_cli.session.examiner.Examiner": "gan_cli.quality.during_training.TrainingMetrics",
}
"""Old dotted path -> new one. A class that is renamed or moved needs a line here, or its runs cannot be opened."""


def with_new_paths(settings: Any) -> Any:
    """Return the settings with the current path of every moved class. Nothing is built or trusted here."""
    if isinstance(settings, dict):
        return {
            key: MOVED.get(value, value) if key == CLASS and isinstance(value, str) else with_new_paths(value)
            for key, value in settings.items()
        }
    return [with_new_paths(value) for value in settings] if isinstance(settings, list) else settings
