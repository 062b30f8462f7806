"""Recall and precision of every rule and every reason of refusal, on a sample whose faults are known.

`truth.csv` says what is wrong in a sample; landing and the build say what they found. A difference is printed with the
first records that only one of them has.
"""

import argparse
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from expectations.result import summary_lines
from skillsdw.build import STOPPED, build
from skillsdw.codes import read_seed
from skillsdw.home import Home
from skillsdw.landing import land
from skillsdw.publish import current_version
from skillsdw.sample import write_sample

AS_OF = date(2026, 10, 31)
SHOWN = 3

# A refused row is known by its file, its number and the reason; a breach by its record and rule, as is a rule that a
# session leaves open. Of corrections those of held batches are known: what else a file sent again closes is chance.
_SCORES = """
with
found as (
  select 'rule' as kind, extract, cast(record_key as varchar) as item, rule_code as code
  from published.marts.fct_rule_violation
  union
  select 'row', batch.extract, batch.file_name || ':' || fault.row_number, fault.reason_code
  from working.raw.rejected_row as fault
  inner join working.raw.batch as batch using (batch_id)
  union
  select 'file', extract, file_name, 'refused'
  from working.raw.batch
  where status = 'refused'
  union
  select 'open', 'enrollment', enrollment_id, unnest(rules_not_assessed)
  from published.marts.fct_training_session
  union
  select 'name', 'enrollment', enrollment_id, 'occupation_name'
  from published.marts.fct_training_session
  where occupation_name is not null
  union
  select 'release', batch.extract, batch.file_name, 'released'
  from working.raw.batch_release
  inner join working.raw.batch as batch using (batch_id)
  union
  select 'correction', batch.extract, batch.file_name || ':' || correction.row_number, 'corrected'
  from working.raw.correction as correction
  inner join working.raw.batch as batch using (batch_id)
  semi join working.raw.batch_release as released using (batch_id)
),
truth as (
  select kind, extract, coalesce(record_key, file_name || coalesce(':' || row_number, '')) as item, code
  from read_csv($truth, all_varchar = true)
),
every as (
  select
    coalesce(truth.kind, found.kind) as kind,
    coalesce(truth.extract, found.extract) as extract,
    coalesce(truth.code, found.code) as code,
    coalesce(truth.item, found.item) as item,
    truth.item is not null as is_true,
    found.item is not null as is_found
  from truth
  full join found using (kind, extract, item, code)
)
select
  kind, extract, code,
  count_if(is_true), count_if(is_found), count_if(is_true and is_found),
  list(item order by item) filter (is_true and not is_found)[:$shown],
  list(item order by item) filter (is_found and not is_true)[:$shown]
from every
group by all
order by kind desc, extract, code
"""


@dataclass(frozen=True)
class Score:
    """One rule, or one reason of refusal: true cases, found ones, and those in both."""

    kind: str
    extract: str
    code: str
    true: int
    found: int
    both: int
    missed: list[str] | None
    invented: list[str] | None

    @property
    def recall(self) -> float:
        """The share of true cases that were found."""
        return self.both / self.true if self.true else 1.0

    @property
    def precision(self) -> float:
        """The share of found cases that are true."""
        return self.both / self.found if self.found else 1.0


def measure(home: Home, truth: Path) -> list[Score]:
    """Scores of the version that a home has published, against the truth of its sample."""
    with duckdb.connect() as con:
        con.execute(f"attach '{home.warehouse}' as working (read_only)")
        con.execute(f"attach '{current_version(home)}' as published (read_only)")
        return [Score(*row) for row in con.execute(_SCORES, {"truth": str(truth), "shown": SHOWN}).fetchall()]


def run(home: Home, sessions: int, seed: int = 2025, faults: float = 0.01, wild: bool = True) -> list[Score]:
    """Make a sample of that many sessions in a new home, land it, build, and score."""
    write_sample(home.landing, sessions, seed=seed, end=AS_OF, faults=faults, wild=wild, progress=lambda _: None)
    land(home, None, None, progress=lambda _: None)
    report = build(home, AS_OF, None, progress=lambda _: None)
    if report.state == STOPPED:
        raise RuntimeError("\n".join(summary_lines(report.results, "en")))
    return measure(home, home.landing / "truth.csv")


def main() -> None:
    """Parse, run, print the table; status 1 when anything was missed or invented."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=600_000)
    parser.add_argument("--seed", type=int, default=2025)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scores = run(Home(Path(scratch)), options.sessions, options.seed)
    print("| kind | extract | code | true | found | recall | precision |\n|---|---|---|---:|---:|---:|---:|")
    for s in scores:
        line = f"| {s.kind} | {s.extract} | {s.code} | {s.true:,} | {s.found:,} | {s.recall:.4f} | {s.precision:.4f} |"
        print(line, *(f"missed {s.missed}" if s.missed else "", f"invented {s.invented}" if s.invented else ""))
    unmet = {row["rule_code"] for row in read_seed("rule")} - {s.code for s in scores if s.kind == "rule" and s.true}
    if unmet:
        print(f"not measured, for the sample breaks none: {', '.join(sorted(unmet))}")
    raise SystemExit(bool(unmet) or any(s.both < max(s.true, s.found) for s in scores))


if __name__ == "__main__":
    main()
