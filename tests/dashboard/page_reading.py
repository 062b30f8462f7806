"""Everything of an open page that holds figures, as a reader, a mouse and a screen reader get it.

`read` takes the page apart by where things stand; `tokens` turns a text into the figures, signs, states, dates and
names in it, in the order in which they are read. What stands nowhere known comes under `elsewhere`.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from html import unescape

from playwright.sync_api import Page

_MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_FIGURE = (
    r"〈[^〉]*〉|‹[^›]*›"  # states
    r"|\d{4}年\d{1,2}月\d{1,2}日|\d{4}年\d{1,2}月|\d{1,2}月\d{1,2}日|\d{1,2}月"
    rf"|\d{{1,2}} (?:{_MONTH}) \d{{4}}|(?:{_MONTH}) \d{{4}}|\b(?:{_MONTH})\b"
    r"|\d{4}-\d\d-\d\d(?: \d\d:\d\d)?"
    r"|(?:(?<![A-Za-z0-9.)])[+−-])?\d+(?:,\d{3})*(?:\.\d+)?(?:%|亿|万|[kM](?![A-Za-z]))?"
    r"|[▼▲●]"
)
_TAG = re.compile(r"</?[a-z][^>]*>")
# A name on two lines: parted between Han characters or by a hyphen.
_BROKEN = re.compile(r"(?<=[\u2e80-\uffef])<br>(?=[\u2e80-\uffef])|-<br>(?=[a-z])")


@cache
def _finder(names: tuple[str, ...]) -> re.Pattern:
    """Names first, the longest first: a rule's name may hold figures, a city's another's."""
    own = (
        rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])" if name.isascii() else re.escape(name)
        for name in sorted(names, key=len, reverse=True)
        if name
    )
    return re.compile("|".join([*own, _FIGURE]))


def tokens(text: str, names: Iterable[str] = ()) -> tuple[str, ...]:
    """The figures, signs, states, dates and names of a text, as written, in its order."""
    told = unescape(_TAG.sub(" ", _BROKEN.sub("", text or ""))).replace("\u00a0", " ")
    return tuple(_finder(tuple(sorted(names))).findall(told))


def read(page: Page) -> dict:
    """The page by its blocks; texts are as they stand, what is drawn is turned back into values."""
    return page.evaluate(_READ)


# A figure's data (traces, notes, ticks) as the element holds them; `drawn` is read off the drawing itself: bars by
# their boxes, dots by where they are moved to, both turned into values by the axes.
_READ = """() => {
  const text = node => node ? node.textContent : "";
  const all = (root, selector) => [...root.querySelectorAll(selector)];
  const own = (node, prefix) => {
    const holder = node.closest(`[class*="${prefix}"]`);
    return holder && [...holder.classList].find(name => name.startsWith(prefix)).slice(prefix.length);
  };
  const plain = list => list === undefined || list === null ? [] : Array.from(list);

  const figures = all(document, ".figure").map(figure => ({
    label: text(figure.querySelector(".label")),
    value: figure.querySelector(".value").firstChild.textContent,
    beside: text(figure.querySelector(".value small")),
    compare: text(figure.querySelector(".compare")),
    dated: text(figure.querySelector(".dated")),
    defines: text(figure.querySelector(".defines")),
  }));

  const blocks = all(document, ".says-title").map(title => {
    const next = title.nextElementSibling;
    return [text(title), next && next.classList.contains("says-sub") ? text(next) : ""];
  });
  const said = all(document, "ol.says, p.says").map(
    block => block.tagName === "OL" ? all(block, "li").map(text) : [text(block)]);

  const charts = {};
  for (const plot of all(document, ".js-plotly-plot")) {
    const place = plot.closest(".stPlotlyChart"), key = own(plot, "st-key-");
    const full = plot._fullLayout, layout = plot.layout;
    const ticks = name => {
      const axis = layout[name] || {};
      if (axis.visible === false || axis.showticklabels === false) return [];
      const texts = plain(axis.ticktext);
      return plain(axis.tickvals).map((value, i) => [value, String(texts[i])]);
    };
    const drawn = [];
    for (const group of all(plot, ".cartesianlayer .trace")) {
      const about = group.__data__ && group.__data__[0] && group.__data__[0].trace;
      if (!about) continue;
      if (about.type === "bar") {
        for (const point of all(group, ".point")) {
          const shape = point.querySelector("path"), mark = point.__data__;
          if (!shape || !mark) continue;
          const box = shape.getBBox();
          const [from, to] = [full.xaxis.p2l(box.x), full.xaxis.p2l(box.x + box.width)];
          drawn.push([about.index, mark.i, Math.abs(from) > Math.abs(to) ? from : to, null]);
        }
      } else {
        for (const point of all(group, "path.point")) {
          const at = /translate\\(([-\\d.e]+)[, ]+([-\\d.e]+)\\)/.exec(point.getAttribute("transform") || "");
          const mark = point.__data__;
          if (at && mark) drawn.push([about.index, mark.i, full.xaxis.p2l(+at[1]), full.yaxis.p2l(+at[2])]);
        }
      }
    }
    charts[key] = {
      aria: place.getAttribute("aria-label") || "",
      traces: plain(plot.data).filter(trace => trace.mode !== "text").map(trace => ({
        type: trace.type, x: plain(trace.x), y: plain(trace.y),
        text: typeof trace.text === "string" ? [trace.text] : plain(trace.text),
        customdata: plain(trace.customdata).map(said => Array.isArray(said) ? said : [said]),
        hovertemplate: trace.hovertemplate || "", hoverinfo: trace.hoverinfo || "",
      })),
      notes: plain(layout.annotations).map(note => [String(note.text ?? ""), note.x, note.y, note.xref, note.yref])
        .concat(plain(plot.data).filter(trace => trace.mode === "text").flatMap(
          trace => plain(trace.x).map((x, i) => [String(plain(trace.text)[i] ?? ""), x, plain(trace.y)[i], "x", "y"]))),
      lines: plain(layout.shapes).map(line => [line.x0, line.x1, line.xref, line.y0, line.y1, line.yref]),
      x: ticks("xaxis"), y: ticks("yaxis"),
      dates: full.xaxis.type === "date",
      axis_title: (layout.xaxis && layout.xaxis.title && layout.xaxis.title.text) || "",
      svg: all(plot, "svg text").map(node => node.getAttribute("data-unformatted") || text(node)).filter(said => said),
      drawn,
    };
  }

  const tables = {};
  for (const table of all(document, ".table")) {
    const key = own(table, "st-key-figures_") || "scorecard";
    const heads = all(table, "thead th");
    const defines = table.parentElement.querySelector(":scope > .defines");
    tables[key] = {
      name: table.getAttribute("aria-label"),
      heads: heads.map(text),
      titles: heads.map(head => head.getAttribute("title") || ""),
      rows: all(table, "tbody tr").map(row => all(row, "th, td").map(text)),
      bars: all(table, "tbody tr").map(row => all(row, "th, td").map(cell => cell.style.getPropertyValue("--bar"))),
      states: all(table, ".no-figure").map(cell => [text(cell), cell.getAttribute("title") || ""]),
      symbols: all(table.parentElement, ":scope > .symbols").map(text),
      defines: defines ? all(defines, "dt").map((term, i) => [text(term), text(all(defines, "dd")[i])]) : [],
    };
  }

  const buttons = {};
  for (const button of all(document, "button[data-picture]"))
    buttons[button.dataset.picture] =
      ["title", "subtitle", "source", "file"].map(name => button.getAttribute(`data-${name}`));

  const notes = all(document, "dl.notes").filter(list => !list.closest(".defines")).flatMap(
    list => all(list, "dt").map((term, i) => [text(term), text(all(list, "dd")[i])]));

  // What none of the above has read: texts, and the attributes that a mouse or a screen reader says.
  const known = ".question, .answer, .figure, .says-title, .says-sub, .says, .js-plotly-plot, .table, .symbols, "
    + ".defines, dl.notes, .foot";
  const elsewhere = [];
  const walker = document.createTreeWalker(document.querySelector(".stApp"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (!node.parentElement.closest(`${known}, style, script, [data-testid=stIconMaterial]`) && node.textContent.trim())
      elsewhere.push(node.textContent);
  for (const node of all(document, ".stApp [title], .stApp [aria-label], .stApp [alt], .stApp [placeholder]"))
    for (const name of ["title", "aria-label", "alt", "placeholder"]) {
      const said = node.getAttribute(name);
      if (said && !node.matches(".stPlotlyChart, .table, .table th, .no-figure")) elsewhere.push(said);
    }
  return {
    question: text(document.querySelector(".question")), answer: text(document.querySelector(".answer")),
    figures, blocks, said, charts, tables, buttons, notes,
    foot: all(document, ".foot span").map(text), elsewhere, title: document.title,
  };
}"""


def hovered(trace: dict, place: int) -> str:
    """What a mouse hears at a point: the trace's template with the point's own texts in it."""
    if trace["hoverinfo"] == "skip":
        return ""
    if not trace["hovertemplate"]:
        return trace["text"][min(place, len(trace["text"]) - 1)] if trace["text"] else ""
    said = trace["customdata"][place] if place < len(trace["customdata"]) else []

    def filled(field: re.Match) -> str:
        return _at(said, int(field[1] or 0))

    return re.sub(r"%\{customdata(?:\[(\d+)\])?\}", filled, trace["hovertemplate"])


def _at(said: Sequence[object], place: int) -> str:
    return str(said[place])
