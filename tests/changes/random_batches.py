"""Random batches of few persons with many records: new ones, corrections, records of other persons, voids.

Rows are as landing leaves them in raw. Everything meets everything: few persons, institutions, parks, days and keys, so
that a batch of one extract changes what was said of records of another.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from uuid import UUID

DAYS = [date(2025, month, day) for month in (1, 3, 6, 8, 11) for day in (1, 28)]
DAYS += [
    date(2025, 12, 31),
    date(2026, 1, 1),
    date(2026, 2, 28),
    date(2026, 3, 31),
    date(2026, 4, 30),
    date(2026, 5, 31),
]
PARKS = (None, "P01", "P02", "P03")
# Code and name: what has no code may have a name.
OCCUPATIONS = (("4-04-05-05", None), ("6-31-01-03", None), (None, None), (None, "米粉师"))
# Optional columns that a rule or a status needs: now and then a value could not be read.
UNREAD = {
    "enrollment": ("skill_level", "occupation_code", "park_code", "employer_uscc", "receives_unemployment_insurance"),
    "certification": ("skill_level", "occupation_code"),
    "employment": ("evidence_to",),
    "institution": ("licence_to",),
    "subsidy": ("park_code",),
}
KEYS = {"enrollment": 30, "certification": 24, "employment": 16, "institution": 4, "subsidy": 30}
TIMES = ("enrollment", "enrollment", "certification", "employment", "subsidy", "subsidy", "institution")


class Province:
    """What has landed so far; `batches` adds to it."""

    def __init__(self, dice: Random, number: int = 0) -> None:
        """`number` tells the keys and persons of several provinces apart that lie in one warehouse."""
        self.dice, self.number = dice, number
        self.batch_id = 0
        self.known: dict[tuple[str, int], dict] = {}

    def first(self) -> Iterator[tuple[str, list[dict]]]:
        """A batch of every extract, so that nothing lands for the first time later."""
        for extract in KEYS:
            yield extract, [self._row(extract, key) for key in range(KEYS[extract] * 2 // 3)]

    def batches(self) -> Iterator[tuple[str, list[dict]]]:
        """One to four batches of one to five rows."""
        for _ in range(self.dice.randint(1, 4)):
            extract = self.dice.choice(TIMES)
            keys = self.dice.sample(range(KEYS[extract]), self.dice.randint(1, min(5, KEYS[extract])))
            yield extract, [self._row(extract, key) for key in keys]

    def _row(self, extract: str, key: int) -> dict:
        """A new record, or a version of one that differs from the last in one or two columns."""
        fresh = getattr(self, f"_{extract}")(key) | self._unread(extract)
        last = self.known.get((extract, key))
        if last is not None and self.dice.random() < 0.8:
            changed = self.dice.sample(sorted(fresh), self.dice.choice((1, 1, 2)))
            fresh = last | {name: fresh[name] for name in changed}
        if extract == "enrollment" and fresh["status"] == "completed" and fresh["end_date"] is None:
            fresh["end_date"] = fresh["start_date"]
        for column in (fresh["unread_columns"] or "").split(","):
            if column:
                fresh[column] = None
            if column == "occupation_code":
                fresh["occupation_name"] = None
        self.known[extract, key] = fresh
        return fresh

    def _unread(self, extract: str) -> dict:
        columns = self.dice.sample(UNREAD[extract], 1) if self.dice.random() < 0.2 else []
        return {"unread_columns": ",".join(columns) or None}

    def _occupation(self) -> dict:
        return dict(zip(("occupation_code", "occupation_name"), self.dice.choice(OCCUPATIONS), strict=True))

    def _day(self) -> date:
        return self.dice.choice(DAYS) + timedelta(days=self.dice.choice((0, 0, -1, 1)))

    def _person(self) -> dict:
        return {
            "person_key": str(UUID(int=(self.number << 8) + self.dice.randint(1, 9))),
            "sex": "female",
            "birth_year": 1990,
        }

    def _enrollment(self, key: int) -> dict:
        choice, end = self.dice.choice, self._day()
        fund, kind = choice(
            [("employment_subsidy", "occupation")] * 4
            + [("special_account", "project")] * 3
            + [
                ("employment_subsidy", "project"),
                ("unemployment_insurance", "occupation"),
                ("self_funded", "occupation"),
            ]
        )
        return self._person() | {
            "enrollment_id": f"PX-{self.number}-{key}",
            "birth_year": choice((1990,) * 6 + (2010,)),
            "class_id": f"BJ-{key % 3}",
            "institution_uscc": f"J{self.number}-{choice((0, 1, 2, 3))}",
            "county_code": choice(("450102", "450123", "450202")),
            "industry_code": choice(("AI", "I01", "OTHER")),
            **self._occupation(),
            "skill_level": choice(("3", "4", "5", None)),
            "training_type": kind,
            "programme": choice((None, "ai")),
            "trainee_group": choice(("graduate_youth", "other")),
            "funding_source": fund,
            "start_date": end - timedelta(days=choice((0, 30, 365))),
            "end_date": choice((end, end, end, None)),
            "class_hours": 40,
            "status": choice(("completed",) * 8 + ("void", "enrolled", "withdrawn")),
            "employer_uscc": choice(("e", "e", None)),
            "receives_unemployment_insurance": choice((True, False, None)),
            "park_code": choice(PARKS),
        }

    def _certification(self, key: int) -> dict:
        choice = self.dice.choice
        return self._person() | {
            "certificate_no": f"ZS-{self.number}-{key}",
            "enrollment_id": f"PX-{self.number}-{self.dice.randint(0, KEYS['enrollment'] + 2)}",
            "certificate_kind": choice(("skill_level", "project_completion")),
            **self._occupation(),
            "skill_level": choice(("2", "3", "4", None)),
            "result": choice(("pass", "pass", "fail")),
            "issued_on": self._day(),
        }

    def _employment(self, key: int) -> dict:
        begin = self._day()
        return self._person() | {
            "record_id": f"JY-{self.number}-{key}",
            "evidence_type": "payroll",
            "evidence_from": begin,
            "evidence_to": self.dice.choice((None, begin + timedelta(days=self.dice.choice((10, 100))))),
            "county_code": self.dice.choice(("450102", "450202")),
        }

    def _institution(self, key: int) -> dict:
        # Its periods are records of their own: the day of the first is part of the key.
        begin = self.dice.choice((date(2020, 1, 1), date(2020, 1, 1), date(2025, 6, 1)))
        return {
            "institution_uscc": f"J{self.number}-{key}",
            "name": "n",
            "kind": "training_base",
            "county_code": "450102",
            "licence_from": begin,
            "licence_to": self.dice.choice((None, None, date(2025, 12, 31))),
        }

    def _subsidy(self, key: int) -> dict:
        choice = self.dice.choice
        return {
            "payment_id": f"FK-{self.number}-{key}",
            "enrollment_id": f"PX-{self.number}-{self.dice.randint(0, KEYS['enrollment'] + 2)}",
            "component": choice(("training", "training", "post_employment")),
            "funding_source": choice(("employment_subsidy", "special_account", "employment_subsidy", "self_funded")),
            # A park's budget is ten million yuan: two payments pass it.
            "amount_yuan": choice((0, 200, 600, 6_000_000)),
            "paid_on": self._day(),
            "payee_type": "institution",
            "payee_code": f"J{self.number}-{choice((0, 1, 2))}",
            "park_code": choice(PARKS),
        }
