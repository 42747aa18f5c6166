"""Places in texts that name none of the province: how many get one all the same.

    python -m bench.elsewhere DATA [--read FILE [REGION]]

DATA is the folder of real data (laws, news, pages, policy cards, work reports, sentences). A text is taken for one
that names a place of the province where the province's name, or a prefecture's full name, stands in it; those are
left out, and counted. ``--read FILE`` writes each place that the others get, with the words around it, to be read.
REGION: the code of the region that all texts are said to be sent to.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from shuju.standard import regions
from shuju.text.places import find_places

AROUND = 14
HOME = re.compile("|".join(re.escape(r.name) for r in regions() if r.level != "county") + "|湖南")


def texts_of(data: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the texts of each collection of real texts."""
    laws = _json_lines(data / "laws" / "laws.jsonl.gz")
    yield "laws", [f"{law['title']}\n{law['text']}" for law in laws]
    news = _json_lines(data / "reprints_xwlb2023" / "items.jsonl.gz")
    yield "news", [f"{item['title']}\n{re.sub('<[^>]*>', '', item['text'])}" for item in news]
    pages = json.loads((data / "gov_pages" / "documents.json").read_text(encoding="utf-8"))
    yield "gov_pages", [page["original_text"] for page in pages]
    cards = json.loads((data / "policy" / "beijing_cards_dev.json").read_text(encoding="utf-8"))
    yield "beijing_cards", [f"{card['title']}\n" + "\n".join(card["fields"].values()) for card in cards]
    reports = sorted((data / "work_reports").glob("*/*.txt"))
    paragraphs = [line for path in reports for line in path.read_text(encoding="utf-8").splitlines()]
    yield "work_reports", [line for line in paragraphs if line.strip()]
    sentences: list[str] = []
    for path in sorted((data / "wrong_words").glob("*_dev.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            sentences += [row[-1] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
    yield "wrong_words", sentences


def _json_lines(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main(data: Path, read: Path | None = None, prior: str | None = None) -> None:
    """Print by collection: texts, those left out, and the share of the others that get a place of the province."""
    find_places(["长沙市"])
    lines = []
    for name, texts in texts_of(data):
        started = time.process_time()
        found = find_places(texts, [prior] * len(texts))
        seconds = time.process_time() - started
        found = found[found["code"].notna() & (found["kind"] != "outside")]
        is_home = pd.Series([bool(HOME.search(text)) for text in texts])
        others = found[~is_home[found["text"]].to_numpy()]
        share = others["text"].nunique() / max(int((~is_home).sum()), 1)
        print(
            f"{name}: {len(texts):,} texts, {is_home.sum():,} name the province; of the others "
            f"{others['text'].nunique():,} get a place ({share:.2%}); {sum(map(len, texts)) / seconds / 1e6:.1f} million "
            "characters a second"
        )
        for row in others.itertuples():
            text = texts[row.text]
            around = text[max(row.start - AROUND, 0) : row.end + AROUND].replace("\n", "⏎")
            lines.append(f"{name}\t{row.text}\t{row.name}\t{row.code}\t{row.confidence:.2f}\t{around}")
    if read:
        read.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[3]) if sys.argv[2:3] == ["--read"] else None, *sys.argv[4:])
