"""What every method of surveillance answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Bounds:
    """``expected``, ``upper`` and ``p`` (series × times); NaN where nothing can be said."""

    expected: npt.NDArray[np.float64]
    upper: npt.NDArray[np.float64]
    p: npt.NDArray[np.float64]
