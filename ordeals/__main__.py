"""`python -m ordeals --seed 2025 [--area landing] [--short] [--out docs/ordeals.md]`; 1 when a promise is broken."""

import argparse
import importlib
import pkgutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import ordeals
from ordeals.trial import Trial

NOT_AREAS = {"__main__", "trial"}


def areas() -> list[str]:
    """The areas by name: every module of this package that has trials; packages in it hold what an area needs."""
    modules = (module for module in pkgutil.iter_modules(ordeals.__path__) if not module.ispkg)
    return sorted(module.name for module in modules if module.name not in NOT_AREAS)


def table(trials: Iterable[Trial]) -> str:
    """The trials as a Markdown table."""
    lines = ["| area | tried | promise | times | seen | held |", "|---|---|---|---:|---|---|"]
    for trial in trials:
        cells = (trial.area, trial.what, trial.promise, f"{trial.times:,}", trial.seen, "yes" if trial.held else "NO")
        lines.append("| " + " | ".join(cell.replace("|", r"\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the areas that were asked for, printing each trial as it ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=2025)
    parser.add_argument("--area", action="append", choices=areas(), help="only this one; may be repeated")
    parser.add_argument("--short", action="store_true", help="fewer tries, as the tests do")
    parser.add_argument("--out", type=Path, help="also write the table here")
    wanted = parser.parse_args()
    found = []
    for name in wanted.area or areas():
        module = importlib.import_module(f"ordeals.{name}")
        with tempfile.TemporaryDirectory(prefix=f"ordeal-{name}-") as scratch:
            for trial in module.trials(wanted.seed, Path(scratch), full=not wanted.short):
                found.append(trial)
                print(f"{'held  ' if trial.held else 'BROKEN'} {name}: {trial.what} × {trial.times:,}: {trial.seen}")
                sys.stdout.flush()
    if wanted.out:
        how = f"`python -m ordeals --seed {wanted.seed}{' --short' if wanted.short else ''}`"
        wanted.out.write_text(f"# Ordeals\n\nWritten by {how}.\n\n{table(found)}", encoding="utf-8")
    return 0 if found and all(trial.held for trial in found) else 1


if __name__ == "__main__":
    sys.exit(main())
