"""The data files that come with scikit-learn, found without importing it, which takes a second."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def data_file(*parts: str) -> Path:
    """Return a file in the folder `sklearn/datasets`, such as `data_file("images", "china.jpg")`."""
    spec = find_spec("sklearn")
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0], "datasets", *parts)
