"""All provinces, prefectures and counties of the country by name (GB/T 2260), present and since 1990.

A place elsewhere is thereby known to be elsewhere. ``country/NOTICE`` says where the names come from;
``tools/build_divisions.py`` makes the file.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("country") / "divisions.csv"
_PEOPLES = (
    "壮|满|回|苗|维吾尔|土家|彝|蒙古|藏|布依|侗|瑶|朝鲜|白|哈尼|哈萨克|黎|傣|畲|傈僳|仡佬|东乡|高山|拉祜|水|佤|纳西|羌|土|仫佬|锡伯|"
    "柯尔克孜|达斡尔|景颇|毛南|撒拉|布朗|塔吉克|阿昌|普米|鄂温克|怒|京|基诺|德昂|保安|俄罗斯|裕固|乌孜别克|门巴|鄂伦春|独龙|塔塔尔|赫哲|珞巴|各"
)
_KIND = re.compile(
    rf"(?:(?:(?:{_PEOPLES})族)+|(?<=.)(?:蒙古|哈萨克|柯尔克孜|锡伯|塔吉克)(?=自治[州县]))?"
    "(?:(?:壮族|回族|维吾尔)?自治区|自治[州县旗]|特别行政区|地区|林区|特区|新区|[省市县区盟旗])$"
)


@dataclass(frozen=True)
class Division:
    """One name of a code; ``until`` is its last year where the code bears it no longer."""

    code: str
    name: str
    until: int | None

    @property
    def level(self) -> str:
        """``province``, ``prefecture`` or ``county``."""
        return {"0000": "province"}.get(self.code[2:], "prefecture" if self.code.endswith("00") else "county")

    @property
    def short_name(self) -> str:
        """The name without its kind and its peoples: 恩施 of 恩施土家族苗族自治州."""
        return without_kind(self.name)


def without_kind(name: str) -> str:
    """Return a region's name without its kind and its peoples; one of two characters as it is (道县)."""
    return _KIND.sub("", name) if len(name) > 2 else name


@cache
def divisions() -> tuple[Division, ...]:
    """Return every name of every division, by code, the present name first."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Division(row["code"], row["name"], int(row["until"]) if row["until"] else None)
            for row in csv.DictReader(file)
        )
