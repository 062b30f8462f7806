"""The rows that a circular is made of, read when a chapter asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from bulletin import queries
from bulletin.claims import too_small
from bulletin.queries import ALL
from bulletin.version import Published, last_day
from dashboards.findings.overview import Plan
from dashboards.queries import cities as of_cities
from dashboards.queries import common
from dashboards.queries import overview as of_overview

RATES = ("priority_share_persons", "certification_rate", "employment_rate", "violation_rate")
NEEDS = {"certification_rate": "certification", "employment_rate": "employment"}
REASONS = 3  # of refusal that are named
EVERY_YEAR = 0


@dataclass(frozen=True)
class Material:
    """One month's rows; `month` is its first day, `city` a city's code or ALL for the province."""

    published: Published
    month: date
    city: str = ALL

    @property
    def year(self) -> int:
        """The plan year."""
        return self.month.year

    @property
    def as_of(self) -> date:
        """The month's last day, which the version is as of."""
        return last_day(self.month)

    @cached_property
    def version(self) -> object:
        """What was built, when, from what."""
        return common.version(self.published)

    @cached_property
    def plan(self) -> Plan:
        """The plan years and the three together."""
        return Plan(of_overview.progress(self.published), self.as_of)

    @cached_property
    def progress(self) -> object:
        """The year's row of the province."""
        return self.plan.row(self.year)

    @cached_property
    def shares(self) -> dict[int, object]:
        """plan year → the province's priority share with its interval."""
        return {row.plan_year: row for row in queries.shares(self.published)}

    @cached_property
    def months(self) -> list:
        """Every month of the plan, of the province."""
        return of_overview.months(self.published, EVERY_YEAR)

    @cached_property
    def own_months(self) -> list:
        """Every month of the city."""
        return queries.months(self.published, self.city)

    @cached_property
    def steps(self) -> dict[str, object]:
        """step → its row of the funnel."""
        return {row.step: row for row in of_overview.funnel(self.published, self.year)}

    @cached_property
    def losses(self) -> list:
        """What the funnel loses, by step and cause."""
        return of_overview.losses(self.published, self.year)

    @cached_property
    def attention(self) -> list:
        """What most needs attention in the province."""
        return of_overview.attention(self.published)

    @cached_property
    def accuracy(self) -> list:
        """How far projections were off."""
        return of_overview.accuracy(self.published)

    @cached_property
    def checks(self) -> list:
        """The gates' results."""
        return of_overview.checks(self.published)

    @cached_property
    def names(self) -> dict[str, object]:
        """city_code → its row of names."""
        return {row.code: row for row in common.cities(self.published)}

    @cached_property
    def scorecard(self) -> list:
        """The cities, the regional level last."""
        return of_cities.scorecard(self.published, self.year)

    @cached_property
    def cards(self) -> dict[str, object]:
        """city_code → its row of the scorecard."""
        return {row.city_code: row for row in self.scorecard}

    @cached_property
    def pace(self) -> list:
        """The cities with a target, the largest gap first."""
        return of_cities.pace(self.published, self.year)

    @cached_property
    def hidden(self) -> frozenset[str]:
        """The cities with too few persons to be shown to the others."""
        return frozenset(
            self.scorecard[place].city_code for place in too_small([row.persons for row in self.scorecard])
        )

    @cached_property
    def shown(self) -> list:
        """The scorecard without the hidden."""
        return [row for row in self.scorecard if row.city_code not in self.hidden]

    @cached_property
    def funnels(self) -> dict[str, dict[str, object]]:
        """measure → city_code → its row against the province's limits."""
        return {
            measure: {row.city_code: row for row in of_cities.funnel(self.published, self.year, measure)}
            for measure in RATES
        }

    def province_value(self, measure: str) -> float | None:
        """The province's own value of a measure."""
        return next((row.province_value for row in self.funnels[measure].values()), None)

    @cached_property
    def standardised(self) -> list:
        """Outcomes against what each city's own mix would lead one to expect."""
        return of_cities.standardised(self.published, self.year)

    @cached_property
    def peers(self) -> list:
        """The four cities most like the one that the circular is for."""
        return of_cities.peers(self.published, self.city)

    @cached_property
    def rule_losses(self) -> list:
        """What the city's sessions lost to which rule."""
        return of_cities.losses(self.published, self.year, self.city)

    @cached_property
    def groups(self) -> list:
        """Groups of trainees."""
        return queries.groups(self.published, self.year, self.city)

    @cached_property
    def industries(self) -> list:
        """Industries, the largest first."""
        return queries.industries(self.published, self.year, self.city)

    @cached_property
    def outcomes(self) -> list:
        """Outcomes by type of training, all types first."""
        return queries.outcomes(self.published, self.year, self.city)

    @cached_property
    def outcome(self) -> object | None:
        """Outcomes of all types together."""
        return next((row for row in self.outcomes if row.code == ALL), None)

    @cached_property
    def demand(self) -> list:
        """Surveyed shortages."""
        return queries.demand(self.published, self.city)

    @cached_property
    def rules(self) -> list:
        """Rules and what breaks them."""
        return queries.rules(self.published, self.year, self.city)

    @cached_property
    def entitlement(self) -> list:
        """Subsidies due and paid."""
        return queries.entitlement(self.published, self.year, self.city)

    @cached_property
    def extracts(self) -> dict[str, object]:
        """extract → how far it has landed."""
        return {row.extract: row for row in queries.extracts(self.published)}

    def has_landed(self, extract: str) -> bool:
        """Whether a row of the extract ever landed: without, what needs it is not assessed."""
        return extract in self.extracts and bool(self.extracts[extract].has_landed)

    def is_assessed(self, measure: str) -> bool:
        """Whether the extract that a measure needs has landed."""
        return measure not in NEEDS or self.has_landed(NEEDS[measure])

    @cached_property
    def freshness(self) -> Sequence:
        """How fresh each extract of each city is."""
        return queries.freshness(self.published)

    @cached_property
    def landed(self) -> dict[tuple[str, str], object]:
        """(city or ALL, extract or ALL) → what came of files and rows."""
        return {(row.city_code, row.extract): row for row in queries.landed(self.published)}

    @cached_property
    def refused_reasons(self) -> list:
        """The main reasons for refused rows."""
        return queries.refused_reasons(self.published, self.city, REASONS)

    @cached_property
    def refused_files(self) -> list:
        """Files refused as a whole since the month began."""
        return queries.refused_files(self.published, self.city, self.month)
