"""How fast the pages are: `python -m benchmarks.pages --home DIR [--loads 9] [--out FILE.md]`.

A real Chromium opens every page of a published home, and in turn with them two baselines served by the same
Streamlit: a page with one sentence, and a page with one trivial Plotly chart. Each load is a new page of a browser
whose cache is warm. Seconds are counted in the browser from the start of the navigation; claims are ratios to the
baselines of the same run. A change of filter is a click on a year or the choice of a city, from the click until the
new answer stands and until the last chart does. Exits with 1 when a bar is missed.
"""

import argparse
import itertools
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import BrowserContext, Page, sync_playwright

from dashboards import site
from dashboards.screenshot import APP, BROWSER_FLAGS, serving

BASELINES = Path(__file__).parent / "baselines"
# What the issue that asked for speed allows, as ratios to a baseline or in seconds.
BARS = {"sentence": 1.3, "first chart": 1.2, "last chart": 1.6, "median": 0.3, "p95": 0.6}
QUIET = 700  # ms without a new drawing: the page stands
# Looks at every frame, as a reader would: when the answer is there, and when each drawing has its marks.
_WATCH = """
window.seen = {answer: null, drawings: [], text: null, changed: null};
const look = () => {
  const now = performance.now();
  const answer = document.querySelector('.answer');
  if (answer && answer.getClientRects().length) {
    if (seen.answer === null) seen.answer = now;
    if (seen.text !== answer.innerText) { seen.text = answer.innerText; seen.changed = now; }
  }
  const drawn = [...document.querySelectorAll('.js-plotly-plot .main-svg:first-of-type')]
    .filter(svg => svg.querySelector('.trace path, .hm image')).length;
  while (drawn > seen.drawings.length) seen.drawings.push(now);
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@dataclass(frozen=True)
class Load:
    """Seconds from the navigation to the answer, to the first chart and to the last; None where there is none."""

    sentence: float
    first: float | None
    last: float | None


@dataclass(frozen=True)
class Change:
    """Seconds from a choice to its answer, and to the last thing that it redrew; `name` says which page and choice."""

    name: str
    sentence: float
    whole: float


def load(context: BrowserContext, address: str) -> Load:
    """One load of a page in a new tab."""
    page = context.new_page()
    page.goto(address, wait_until="commit")
    _settle(page)
    seen = page.evaluate("seen")
    page.close()
    drawings = [moment / 1000 for moment in seen["drawings"]]
    return Load(seen["answer"] / 1000, *((drawings[0], drawings[-1]) if drawings else (None, None)))


def _settle(page: Page) -> None:
    page.wait_for_function("window.seen && seen.answer !== null", timeout=60_000)
    page.wait_for_selector('[data-test-script-state="notRunning"]', timeout=60_000)
    page.wait_for_function(
        f"""() => !document.querySelector('.st-key-rest')
              && document.querySelectorAll('[data-picture]').length === seen.drawings.length
              && performance.now() - Math.max(seen.answer, seen.drawings.at(-1) || 0) > {QUIET}""",
        timeout=60_000,
    )


# Every node that a choice changes; the last of them is when the page stands.
_LISTEN = """
window.choice = {at: null, answer: null, last: null};
new MutationObserver(all => {
  if (choice.at === null) return;
  const now = performance.now();
  for (const one of all) {
    const node = one.target.nodeType === 1 ? one.target : one.target.parentElement;
    const added = [...one.addedNodes].some(part => part.nodeType === 1
      && (part.matches('.answer') || part.querySelector('.answer')));
    if (added || node && node.closest('.answer')) choice.answer = now;
    if (node && node.closest('.stMainBlockContainer')
        && !node.closest('.st-key-filters, .st-key-bar, [data-testid=stStatusWidget]')) choice.last = now;
  }
}).observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true,
  attributeFilter: ['d', 'style', 'transform', 'x', 'y', 'width', 'height']});
document.addEventListener('click', () => { choice = {at: performance.now(), answer: null, last: null}; }, true);
"""


def changes(page: Page, name: str, filters: tuple[str, ...]) -> Iterator[Change]:
    """The filter changes of one open page: years, cities, new ones and known ones, and the filters taken back."""
    page.evaluate(_LISTEN)
    if "year" in filters:
        for year in ("2025", "2026", "2027", "2025", "2026"):
            yield _change(page, f"{name} {year}", page.get_by_role("radio", name=f"{year}年", exact=True).click)
    if "city" in filters:
        for city in ("南宁市", "柳州市", "桂林市", "梧州市", "柳州市"):
            page.locator(".st-key-list_city [role=combobox], .st-key-list_city [data-baseweb=select]").first.click()
            option = page.get_by_role("option").filter(has_text=city).first
            yield _change(page, f"{name} {city}", option.click)
        yield _change(page, f"{name} reset", page.get_by_role("button", name="清除筛选").click)


def _change(page: Page, name: str, click: object) -> Change:
    before = page.evaluate("seen.text")
    click()
    page.wait_for_function("before => seen.text !== before", arg=before, timeout=20_000)
    page.wait_for_function(f"performance.now() - Math.max(choice.last, choice.at) > {QUIET}", timeout=20_000)
    times = page.evaluate("({at: choice.at, answer: seen.changed, last: choice.last})")
    return Change(name, (times["answer"] - times["at"]) / 1000, (times["last"] - times["at"]) / 1000)


def main() -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--loads", type=int, default=9)
    parser.add_argument("--page", action="append", help="only this page; may be repeated")
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args()
    entries = [entry for entry in site.PAGES if not wanted.page or entry.name in wanted.page]

    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        playwright = stack.enter_context(sync_playwright())
        served = {
            script.stem: stack.enter_context(serving(wanted.home, scratch / f"{script.stem}.log", script))
            for script in (BASELINES / "empty.py", BASELINES / "chart.py", APP)
        }
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_init_script(_WATCH)
        addresses = {"an empty page": served["empty"], "a trivial chart": served["chart"]}
        addresses |= {entry.name: f"{served['app']}/{entry.name}" for entry in entries}
        loads = defaultdict(list)
        for turn in range(wanted.loads + 1):  # the first warms the caches, and is not counted
            for name, address in addresses.items():
                measured = load(context, address)
                if turn:
                    loads[name].append(measured)
        changed = []
        for entry in entries:
            if entry.name == "query":
                continue
            page = context.new_page()
            page.goto(addresses[entry.name])
            _settle(page)
            changed += changes(page, entry.name, entry.filters)
            page.close()
        browser.close()
    text, held = report(loads, changed)
    print(text)
    if wanted.out:
        wanted.out.write_text(text, encoding="utf-8")
    return 0 if held else 1


def report(loads: dict[str, list[Load]], changed: list[Change]) -> tuple[str, bool]:
    """The tables as Markdown, and whether every bar holds. Medians of the loads."""
    middle = {
        name: {
            "sentence": median(one.sentence for one in measured),
            "first chart": _median(one.first for one in measured),
            "last chart": _median(one.last for one in measured),
        }
        for name, measured in loads.items()
    }
    empty = middle["an empty page"]["sentence"]
    chart = middle["a trivial chart"]["first chart"]
    against = {"sentence": empty, "first chart": chart, "last chart": chart}
    lines = ["| page | sentence s | × empty | first chart s | × chart | last chart s | × chart |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|")
    held = True
    for name, found in middle.items():
        cells = []
        for what, seconds in found.items():
            if seconds is None:
                cells += ["–", "–"]
                continue
            ratio = seconds / against[what]
            missed = ratio > BARS[what] and not name.startswith("a")
            held &= not missed
            cells += [f"{seconds:.2f}", f"{ratio:.2f}{' (missed)' * missed}"]
        lines.append("| " + " | ".join([name, *cells]) + " |")
    lines.append(f"| bar | | {BARS['sentence']} | | {BARS['first chart']} | | {BARS['last chart']} |")
    text = "\n".join(lines) + "\n"
    if changed:
        lines = ["", "| filter change | n | answer, median s | p95 s | last redrawn, median s | p95 s |"]
        lines.append("|---|---:|---:|---:|---:|---:|")
        groups = itertools.groupby(changed, key=lambda one: one.name.split()[0])
        for name, ones in [*((name, list(ones)) for name, ones in groups), ("all", changed)]:
            answer, whole = ([getattr(one, what) for one in ones] for what in ("sentence", "whole"))
            cells = [name, str(len(ones)), *(f"{one:.2f}" for one in (*_spread(answer), *_spread(whole)))]
            lines.append("| " + " | ".join(cells) + " |")
        middle_answer, high = _spread([one.sentence for one in changed])
        held &= middle_answer <= BARS["median"] and high <= BARS["p95"]
        lines.append(f"| bar | | {BARS['median']} | {BARS['p95']} | | |")
        text += "\n".join(lines) + "\n"
    return text, held


def _median(values: Iterator[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return median(there) if there else None


def _spread(values: list[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    return median(values), quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


if __name__ == "__main__":
    sys.exit(main())
