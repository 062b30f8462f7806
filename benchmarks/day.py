"""A day's files: rows that are new, and corrections, made from a plain sample that has landed."""

import csv
import random
from pathlib import Path

SHARES = {"enrollment": 0.5, "certification": 0.3, "employment": 0.2}
CORRECTED = 5  # one row of so many keeps its key: a correction; the others are new records of persons who are known


def write_day(landing: Path, out: Path, rows: int, day: int) -> None:
    """`rows` rows of the newest files of `landing`, in files of their own under `out`: other ones each `day`, the
    same for the same sample and day."""
    dice = random.Random(f"{rows}/{day}")
    for extract, share in SHARES.items():
        newest = max((landing / extract).glob("*.csv"))
        wanted = round(rows * share)
        with newest.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = next(reader)
            first = [row for row, _ in zip(reader, range(wanted * 4), strict=False)]
        chosen = dice.sample(first, min(wanted, len(first)))
        (out / extract).mkdir(parents=True, exist_ok=True)
        with (out / extract / f"zz-day-{day}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for number, row in enumerate(chosen):
                writer.writerow(row if number % CORRECTED == 0 else [f"{row[0]}D{day}N{number}", *row[1:]])
