"""What the tests of the door share: whom access.csv names, the rows that only one city may see, the way out."""

import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from skillsdw.editions import edition_file
from skillsdw.editions.write import write_edition
from skillsdw.home import Home

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "dashboard"))  # the made version of the pages' tests

import fixture  # noqa: E402
import rows_quality  # noqa: E402

NANNING, HECHI = "450100", "451200"
ACCESS = f"""kind,value,role,cities
subject,planner,planner,
group,planners,planner,
group,nanning,city,{NANNING}
group,hechi,city,{HECHI}
group,analysts,analyst,
group,nanning-analysts,analyst,{NANNING}
subject,short!nanning,city,{NANNING}
"""
# One row of each city that nobody else may see, and what tells it apart.
SECRET = {NANNING: "NANNING-ONLY-1", HECHI: "HECHI-ONLY-1"}


@dataclass(frozen=True)
class Door:
    """A dashboard behind a door: its address, its home, and what its server has said."""

    address: str
    home: Home
    log: Path
    cookie_secret: str


def published(home: Home) -> Path:
    """A version with a row that only each city may see, and the editions of the cities."""
    made = rows_quality.tables()
    planted = {
        table: [
            row | {"city_code": city} | ({"file_name": f"enrollment/{SECRET[city]}.csv"} if "file_name" in row else {})
            for city in SECRET
            for row in made[table]
        ]
        for table in ("refused_row", "refused_cause")
    }
    version = fixture.publish(home.root, **planted)
    figures = fixture.open_figures(version)
    for city in SECRET:
        cities = frozenset([city])
        write_edition(version, figures, edition_file(home, version.stem, cities), cities)
    return version


def sign_out(page: Page) -> None:
    """The way out of the dashboard and of the provider, which asks once more."""
    page.get_by_role("button", name="退出登录").click()
    page.click("button[value=yes]")
    page.wait_for_selector(".shut")
