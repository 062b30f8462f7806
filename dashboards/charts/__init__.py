"""The pictures, each a function named by what it shows. They draw marks or rows; the words come in finished.

A picture's title is its finding, its subtitle says what is drawn, the unit and the date. Marks carry their
labels, so there is no legend and mostly no grid.
"""

from dashboards.charts.bridge import bridge
from dashboards.charts.compare import bars, bars_with_before, dots_with_intervals, funnel_plot, share_bar
from dashboards.charts.course import Line, cohort_curves, course, small_multiples
from dashboards.charts.grid import heat_map
from dashboards.charts.maps import schematic_map, tile_grid
from dashboards.charts.pen import Mark, Pen, Picture
from dashboards.charts.progress import attainment_by_year, cumulative_against_target, sessions_at_each_step

__all__ = [
    "Line",
    "Mark",
    "Pen",
    "Picture",
    "attainment_by_year",
    "bars",
    "bars_with_before",
    "bridge",
    "cohort_curves",
    "course",
    "cumulative_against_target",
    "dots_with_intervals",
    "funnel_plot",
    "heat_map",
    "schematic_map",
    "sessions_at_each_step",
    "share_bar",
    "small_multiples",
    "tile_grid",
]
