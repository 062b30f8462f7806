"""A font with Chinese for the pictures, found on this machine; none is fetched, and none means no circular.

Found anew each time: Matplotlib's own list of fonts is kept from its first start, and would not know the font that
somebody has installed since because this module asked for it.
"""

import logging
import os
import tempfile
from functools import cache
from pathlib import Path

from bulletin.version import ReportError

ENVIRONMENT = "SKILLSDW_FONT"
# Families in the order of preference, then the file names under which they come.
FAMILIES = (
    ("Noto Sans CJK SC", ("notosanscjk-regular", "notosanscjk", "notosanscjksc-regular")),
    ("Noto Sans SC", ("notosanssc-regular", "notosanssc")),
    ("Source Han Sans SC", ("sourcehansanssc-regular", "sourcehansans-regular", "sourcehansans")),
    ("Microsoft YaHei", ("msyh",)),
    ("PingFang SC", ("pingfang",)),
    ("WenQuanYi Micro Hei", ("wqy-microhei",)),
    ("WenQuanYi Zen Hei", ("wqy-zenhei",)),
    ("SimHei", ("simhei",)),
    ("Noto Serif CJK SC", ("notoserifcjk-regular", "notoserifcjk")),
    ("Droid Sans Fallback", ("droidsansfallbackfull", "droidsansfallback")),
)
PROOF = (0x5E7F, 0x897F, 0x6280, 0x80FD, 0x3014, 0x201C)  # signs that the font must hold


def find_font(searched: list[str] | None = None) -> str:
    """Register a Chinese font with Matplotlib and return its family; ReportError says what to install."""
    manager = _manager()
    named = os.environ.get(ENVIRONMENT)
    if named:
        family = _family_in(named, None)
        if family is None:
            raise ReportError(
                f"{ENVIRONMENT} 所指的 {named} 不是可用的中文字体 / {ENVIRONMENT} names {named}, which is no font with "
                "Chinese that can be read"
            )
        manager.addfont(named)
        return family
    files = manager_files() if searched is None else searched
    by_name = {Path(file).stem.lower(): file for file in sorted(files, reverse=True)}
    for wanted, names in FAMILIES:
        for file in (by_name[name] for name in names if name in by_name):
            family = _family_in(file, wanted)
            if family:
                manager.addfont(file)
                return family
    raise ReportError(
        "本机没有可用的中文字体,图中的汉字会变成方框,因此没有写出通报。请安装一种,如 Debian/Ubuntu:"
        f"apt-get install fonts-noto-cjk;或用环境变量 {ENVIRONMENT} 指明字体文件(.ttf、.otf、.ttc) / "
        "No font with Chinese was found on this machine: pictures would hold boxes, so nothing was written. Install "
        f"one, for example apt-get install fonts-noto-cjk, or name a font file (.ttf, .otf, .ttc) in {ENVIRONMENT}"
    )


@cache
def _manager():
    """Matplotlib's fonts, without its remarks; its cache goes where it may be written."""
    if "MPLCONFIGDIR" not in os.environ and not os.access(Path.home(), os.W_OK):
        os.environ["MPLCONFIGDIR"] = tempfile.mkdtemp(prefix="skillsdw-fonts-")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from matplotlib.font_manager import fontManager

    return fontManager


def manager_files() -> list[str]:
    """Every font file of this machine, as it is now."""
    from matplotlib.font_manager import findSystemFonts

    return findSystemFonts()


def _family_in(file: str, wanted: str | None) -> str | None:
    """The family of the file's face that is wanted, else of its first, if it has the signs that prove Chinese."""
    from matplotlib.ft2font import FT2Font

    try:
        first = FT2Font(file)
        faces = [first, *(FT2Font(file, face_index=place) for place in range(1, first.num_faces))]
    except (OSError, RuntimeError):
        return None
    chosen = next((face for face in faces if face.family_name == wanted), first)
    if not all(chosen.get_char_index(sign) for sign in PROOF):
        return None
    return chosen.family_name
