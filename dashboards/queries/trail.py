"""Who asked for what of late, from the home's audit trail; for planners."""

from datetime import timedelta

from dashboards.warehouse import home
from skillsdw.audit_trail import Entry, entries
from skillsdw.home import Home, beijing_now


def newest(days: int) -> list[Entry]:
    """What was asked for in the last so many days, the newest first."""
    since = beijing_now().date() - timedelta(days=days - 1)
    return list(entries(Home(home()), since))[::-1]
