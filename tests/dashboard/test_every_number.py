"""Every figure of the Overview and of the Cities page, in a real browser, against SQL on the published file.

The SQL, the order of figures in each sentence and the way to write them are the test's own (due_overview.py,
due_cities.py, saying.py): nothing of the pages is asked. What a reader sees, gets on hover or hears (page_reading.py)
is held against it place by place, and both ways: a figure that nothing explains is a fault, and one that is missing.

The home is a small made one; SKILLSDW_NUMBERS_HOME names a published home to check instead, in every combination.
"""

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import fixture
import pytest
import rows_cities
from browsing import IN_A_BROWSER, arrived
from due import Due, compare
from due_cities import MEASURES, cities
from due_overview import overview
from page_reading import read
from playwright.sync_api import Browser, Page
from saying import Published, Tongue

from dashboards.screenshot import serving

pytestmark = IN_A_BROWSER

REAL = os.environ.get("SKILLSDW_NUMBERS_HOME")
LANGUAGES = ("zh", "en")
YEARS = (2025, 2026)
HECHI, LIUZHOU, REGION = "451200", "450200", "450000"
OVERVIEWS = list(product((*YEARS, 0, *([2027] if REAL else [])), LANGUAGES))
# year, city, measure, language, map: of the real home all; of the small one each pair of choices at least once.
ALL_CITIES = [
    *((*choice, "tiles") for choice in product(YEARS, ("ALL", HECHI), MEASURES, LANGUAGES)),
    (2026, REGION, "certification_rate", "zh", "outline"),
    (2027, "ALL", "employment_rate", "en", "tiles"),
]
SOME_CITIES = [
    (2026, "ALL", "employment_rate", "zh", "tiles"),
    (2026, HECHI, "employment_rate", "en", "tiles"),
    (2025, HECHI, "employment_rate", "zh", "tiles"),
    (2026, HECHI, "certification_rate", "zh", "tiles"),
    (2025, "ALL", "certification_rate", "en", "tiles"),
    (2026, LIUZHOU, "priority_share_persons", "en", "tiles"),
    (2025, "ALL", "priority_share_persons", "zh", "tiles"),
    (2026, "ALL", "violation_rate", "en", "tiles"),
    (2025, HECHI, "violation_rate", "zh", "outline"),
    (2025, "ALL", "observation_complete", "en", "tiles"),
    (2026, HECHI, "observation_complete", "zh", "tiles"),
    (2026, REGION, "certification_rate", "zh", "tiles"),
]


def _different(rows: list[dict], **of_place: object) -> list[dict]:
    """Rows whose columns differ from each other, so that one column in the place of another shows."""
    return [row | {name: make(row, place) for name, make in of_place.items()} for place, row in enumerate(rows)]


def _city_tables(monkeypatch: pytest.MonkeyPatch) -> dict[str, list]:
    """The rows of 2026 and, with other figures, those of 2025."""
    found = rows_cities.tables()
    before = {
        code: (target and round(target * 0.86), round(counted * 0.91), expected and round(expected * 0.89), *rates)
        for code, (target, counted, expected, *rates) in rows_cities.CITIES.items()
    }
    shifted = {code: (*row[:3], *(rate - 0.0137 for rate in row[3:])) for code, row in before.items()}
    monkeypatch.setattr(rows_cities, "CITIES", shifted)
    earlier = rows_cities.tables()
    monkeypatch.undo()
    tables = {
        name: [*rows, *(row | {"plan_year": 2025} for row in earlier[name])]
        for name, rows in found.items()
        if name != "city_peer"
    }
    tables["city_standardised"] = _different(
        tables["city_standardised"],
        observed_expected=lambda row, place: row["observed_expected"] + place * 0.0007,
        comparable_share=lambda _, place: 0.8 + place * 0.0021,
    )
    return tables | {
        "city_peer": _different(
            found["city_peer"],
            peer_population_2020=lambda _, place: 1_200_345 + place * 13_579,
            peer_sessions_per_10k=lambda _, place: 20.25 + place * 0.37,
            distance=lambda row, place: row["distance"] + place * 0.013,
        )
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that SKILLSDW_NUMBERS_HOME names, else a small one that fills every figure differently."""
    if REAL:
        return Path(REAL)
    folder = tmp_path_factory.mktemp("home")
    running = {
        "projection": 194_730.4,
        "projection_low": 188_261.7,
        "projection_high": 201_944.2,
        "delay_basis": "observed",
        "delay_sessions": 1_873.6,
        "required_monthly_sessions": 23_456.5,
    }
    over = {"projection": 181_300.0, "projection_low": 181_300.0, "projection_high": 181_300.0, "delay_basis": "none"}
    progress = [fixture.progress_row(year, **{2026: running, 2025: over}.get(year, {})) for year in fixture.PROGRESS]
    with pytest.MonkeyPatch.context() as patch:
        tables = _city_tables(patch)
    fixture.publish(folder, target_progress=progress, **tables)
    return folder


@pytest.fixture(scope="module")
def address(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the dashboard is served."""
    with serving(home, tmp_path_factory.mktemp("log") / "server.log") as served:
        yield served


@pytest.fixture(scope="module")
def published(home: Path) -> Iterator[Published]:
    """The published file, for the test's own questions."""
    opened = Published(home)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One page that all visits share: the second finds the browser's scripts in its memory."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


def _hold(seen: dict, due: Due, record: object) -> None:
    faults, checked = compare(seen, due)
    record("figures_checked", checked)
    print(f"{checked} figures")
    assert not faults, "\n" + "\n".join(faults)
    assert checked > 100  # else it did not look


@pytest.mark.parametrize(("year", "language"), OVERVIEWS)
def test_every_figure_of_the_overview_is_what_sql_says(page, address, published, record_property, year, language):
    arrived(page, f"{address}/overview?lang={language}&year={year}")
    due = overview(published, Tongue(language, published), year)
    due.frame(published, year, "ALL")
    _hold(read(page), due, record_property)


@pytest.mark.parametrize(("year", "city", "measure", "language", "kind"), ALL_CITIES if REAL else SOME_CITIES)
def test_every_figure_of_the_cities_page_is_what_sql_says(
    page, address, published, record_property, year, city, measure, language, kind
):
    arrived(page, f"{address}/cities?lang={language}&year={year}&city={city}&measure={measure}&map={kind}")
    seen = read(page)
    due = cities(published, Tongue(language, published), year, city, measure, seen, kind)
    due.frame(published, year, city)
    _hold(seen, due, record_property)
