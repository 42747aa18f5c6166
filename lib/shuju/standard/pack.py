"""The data pack (数据包) of the province in force: all that is one province's.

A pack is a folder: ``province.yaml`` (code, abbreviation, what its synthetic province is like), ``regions.csv``,
``boundaries/counties.topojson``, and, where there are any, ``towns.csv``, ``other_names.csv``, ``departments.csv``,
``words.txt``, and ``holidays.csv`` where others than the national ones are days off. ``shuju pack build`` makes one. A process
works for one province: the first that is chosen, by the catalog (``province:``), by ``SHUJU_PROVINCE``, or else the first that ships.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

SHIPPED = Path(__file__).with_name("packs")
FILE = "province.yaml"
VARIABLE = "SHUJU_PROVINCE"
_NEEDED = (FILE, "regions.csv", "boundaries/counties.topojson")
_CODE = re.compile(r"\d{6}")


class PackError(ValueError):
    """A pack that is not there, lacks something, or is another than the one in force."""


@dataclass(frozen=True)
class Pack:
    """One province's folder; ``told`` is what its ``province.yaml`` says."""

    folder: Path
    told: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The province's code of GB/T 2260."""
        return str(self.told["code"])

    def rows(self, name: str) -> list[dict[str, str]]:
        """Return the rows of the table ``name``; none where the pack has no such table."""
        path = self.folder / f"{name}.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


_in_force: list[Pack] = []


def pack() -> Pack:
    """Return the pack in force; a process that has chosen none takes that of ``SHUJU_PROVINCE``, or the first shipped."""
    if not _in_force:
        use_province(os.environ.get(VARIABLE) or min(shipped()))
    return _in_force[0]


def use_province(where: str | Path, beside: Path | None = None) -> Pack:
    """Put a province's pack in force: the code of one that ships, or a folder, relative to ``beside``.

    Processes that this one begins take the same.

    Raises:
        PackError: there is no such pack, it lacks something, or another one is in force in this process.
    """
    found = read_pack(where, beside)
    if _in_force and _in_force[0].folder != found.folder:
        raise PackError(
            f"本进程已在使用 {_in_force[0].code} 的数据包（{_in_force[0].folder}），不能再换成 {found.code}：请另起一个进程"
        )
    if not _in_force:
        _in_force.append(found)
        is_shipped = shipped().get(found.code) == found.folder
        os.environ[VARIABLE] = found.code if is_shipped else str(found.folder)
    return found


def read_pack(where: str | Path, beside: Path | None = None) -> Pack:
    """Return a pack without putting it in force. Raises as ``use_province``."""
    if _CODE.fullmatch(str(where)):
        folder = shipped().get(str(where))
        if folder is None:
            raise PackError(
                f"没有 {where} 的数据包；随附的有：{'、'.join(sorted(shipped()))}。"
                "其他省份请用 shuju pack build 制作，并在 province: 写它的文件夹"
            )
    else:
        folder = ((beside or Path()) / Path(where).expanduser()).resolve()
    if not folder.is_dir():
        raise PackError(f"没有数据包文件夹 {folder}")
    lacking = [name for name in _NEEDED if not (folder / name).exists()]
    if lacking:
        raise PackError(f"{folder} 不是完整的数据包，缺少：{'、'.join(lacking)}")
    return Pack(folder, _told(folder / FILE))


def _told(path: Path) -> Mapping[str, Any]:
    try:
        told = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise PackError(f"{path} 读不懂：{error}") from None
    if not isinstance(told, Mapping) or not _CODE.fullmatch(str(told.get("code", ""))):
        raise PackError(f'{path} 须写 code: "六位省级行政区划代码"')
    return told


@cache
def shipped() -> dict[str, Path]:
    """Return the folders of the packs that ship, by their province's code."""
    return {str(_told(path)["code"]): path.parent for path in SHIPPED.glob(f"*/{FILE}")}
