"""Fact tables of small codes, linked histograms over all of them, labelled cubes and rasters.

``write_facts``, ``append_facts``, ``open_facts``, ``facts_version`` · ``FactSchema`` of ``Codes``,
``Days``, ``Bins`` · ``Crossfilter`` with ``Range`` or labels · ``raster``, ``dots``, ``points`` ·
``cube``, ``write_cube``, ``read_cube``. What is asked wrongly raises ``FactsError``.
"""

from shuju.facts.crossfilter import Counts, Crossfilter
from shuju.facts.cube import cube, read_cube, write_cube
from shuju.facts.filters import Range
from shuju.facts.raster import dots, points, raster
from shuju.facts.schema import Bins, Codes, Days, FactSchema, FactsError
from shuju.facts.store import Facts, facts_version, open_facts
from shuju.facts.writing import append_facts, write_facts

__all__ = [
    "Bins",
    "Codes",
    "Counts",
    "Crossfilter",
    "Days",
    "FactSchema",
    "Facts",
    "FactsError",
    "Range",
    "append_facts",
    "cube",
    "dots",
    "facts_version",
    "open_facts",
    "points",
    "raster",
    "read_cube",
    "write_cube",
    "write_facts",
]
