"""A synthetic province (演示数据), written in the raw formats real systems give."""

from shuju.demo.province import write_province

__all__ = ["write_province"]
