"""The circular as one HTML file that prints on A4: nothing is fetched, pictures are in it."""

import base64
from dataclasses import asdict
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bulletin.document import Block, Cells, Document, Items, Listing, Picture
from dashboards import theme
from dashboards.charts.pen import Pen


def written(document: Document, pen: Pen) -> bytes:
    """The file's bytes."""
    room = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    cells = Cells(pen.numbers.of_kind, pen.numbers.state)
    room.filters["data"] = lambda image: f"data:image/png;base64,{base64.b64encode(image).decode()}"
    room.globals |= {"kind": _kind, "says": pen.words, "shown": cells.shown, "colours": asdict(theme.LIGHT), "zip": zip}
    return room.get_template("page.html.j2").render(document=document, language=pen.words.tag).encode()


def _kind(block: Block) -> str:
    kinds = {Items: "items", Picture: "picture", Listing: "listing"}
    return kinds.get(type(block), "text")
