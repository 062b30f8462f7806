"""Synthetic extracts that look real, and are nobody's."""

from skillsdw.sample.profile import sessions_for_plan
from skillsdw.sample.write import SampleSummary, write_sample

__all__ = ["SampleSummary", "sessions_for_plan", "write_sample"]
