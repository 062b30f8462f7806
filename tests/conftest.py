"""The order of the tests."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules that take minutes begin first: with one file a worker, one begun last would leave the other workers idle.
    `--no-loadscope-reorder` keeps this order."""
    items.sort(key=lambda item: item.get_closest_marker("minutes") is None)
