"""Where the `quack` extension is: in its wheel, so that nothing is fetched at run time."""

import importlib.util
from pathlib import Path

import duckdb

from skillsdw.share import ShareError


def extension_file(name: str) -> Path:
    """The extension's file for this very DuckDB; ShareError when its wheel is absent or of another version."""
    found = importlib.util.find_spec(f"duckdb_extension_{name}")
    folders = [Path(folder) for folder in found.submodule_search_locations or ()] if found else []
    for folder in folders:
        file = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if file.is_file():
            return file
    raise ShareError(
        f"找不到 DuckDB {duckdb.__version__} 的扩展 {name};请运行 make setup / "
        f"The extension {name} of DuckDB {duckdb.__version__} is not installed: run make setup"
    )
