"""YAML to objects and back: the only place that knows hydra, omegaconf and dotted paths."""
