"""What the owner of a file meets: tests that run as root are let past every mode."""

import ctypes
import os

_DROP_FROM_BOUNDING_SET = 24  # PR_CAPBSET_DROP
_PASS_OVER_MODES = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


def as_anybody() -> None:
    """Take from root the right to pass over modes; for `preexec_fn`, before the program begins."""
    if os.geteuid() == 0:
        for capability in _PASS_OVER_MODES:
            ctypes.CDLL(None, use_errno=True).prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)
