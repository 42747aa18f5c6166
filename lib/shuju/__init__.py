"""数聚 (shuju): an analytical workbench over a province's government-website library."""

__version__ = "0.1.0"
