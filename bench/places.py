"""Places in letters: precision and recall on real letters in which anonymous codes stand for regions.

    python -m bench.places FOLDER

FOLDER holds 附件3.xlsx, 附件4.xlsx and place_codes.csv. The letters write A3区 for a county and A市 for a
prefecture (also within names of roads, 芙蓉中路: those are left alone). Each code is replaced by the region's
name, full or short, and what is found is compared with what was put there. In a third run the names of
counties are taken out, and townships alone tell the county.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from shuju.standard import current_code, library_of, region
from shuju.text.places import find_places, places_of

CODE = re.compile(
    r"(?<![A-Za-z0-9])(?:([A-N])市|([A-N]\d{1,2})[市区县]|(西地省))(?![东南西北中]?路|[东南西北]?街|大道|[山阁亭郡塔])"
)


def letters(folder: Path) -> tuple[list[str], list[str]]:
    """Return titles and bodies of all letters, with their codes."""
    frames = [pd.read_excel(folder / f"附件{n}.xlsx", engine="calamine") for n in (3, 4)]
    frame = pd.concat(frames, ignore_index=True).drop_duplicates("留言编号")
    return [str(t) for t in frame["留言主题"]], [str(b).strip() for b in frame["留言详情"]]


def written(text: str, names: dict[str, str], form: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Return the text with names for codes, and start, end and region code of each."""
    parts, spans, at, length = [], [], 0, 0
    for match in CODE.finditer(text):
        key = f"{match[1]}市" if match[1] else match[2]
        code = names.get(key) if key else None
        if code is None and not match[3]:
            continue
        name = _name(code, form) if code else "湖南省"
        parts += [text[at : match.start()], name]
        length += match.start() - at
        if code and name:
            spans.append((length, length + len(name), code))
        length += len(name)
        at = match.end()
    return "".join([*parts, text[at:]]), spans


def _name(code: str, form: str) -> str:
    found = region(code)
    if form == "towns" and found.level == "county":
        return ""
    if form != "short":
        return found.name
    if found.level == "county" and found.short_name == region(str(found.parent_code)).short_name:
        return found.name  # 长沙县 is never written 长沙
    return found.short_name


def main(folder: Path) -> None:
    table = pd.read_csv(folder / "place_codes.csv", dtype=str)
    names = {key: current_code(code) for key, code in zip(table["匿名代码"], table["adcode"], strict=True)}
    titles, bodies = letters(folder)
    truth = []
    for title, body in zip(titles, bodies, strict=True):
        codes = {names[m[2]] for m in CODE.finditer(f"{title}\n{body}") if m[2] in names}
        truth.append(codes.pop() if len(codes) == 1 else None)
    one = np.array([code is not None for code in truth])
    print(f"{len(titles):,} letters, {one.sum():,} with one county")
    find_places(titles[:10])
    for form in ("full", "short", "towns"):
        pairs = [
            (written(t, names, form), written(b, names, form)) for t, b in zip(titles, bodies, strict=True)
        ]
        texts = [f"{t}\n{b}" for (t, _), (b, _) in pairs]
        gold = {
            (n, start + shift, end + shift): code
            for n, ((t, of_title), (_, of_body)) in enumerate(pairs)
            for shift, spans in ((0, of_title), (len(t) + 1, of_body))
            for start, end, code in spans
        }
        for prior in ("province", "prefecture"):
            known = [library_of(c) if c and prior == "prefecture" else "430000" for c in truth]
            started = time.process_time()
            found = find_places(texts, known)
            seconds = time.process_time() - started
            report(form, prior, found, gold)
            told = places_of([t for (t, _), _ in pairs], [b for _, (b, _) in pairs], known)
            code = told["region_code"].to_numpy(object)[one]
            right = code == np.array(truth, object)[one]
            is_county = np.array([isinstance(c, str) and not c.endswith("00") for c in code])
            sure = told["confidence"].to_numpy()[one]
            print(
                f"    letter → county: told {is_county.mean():.3f}, right of told {right[is_county].mean():.4f}, "
                f"right of all {right.mean():.4f}; with confidence ≥ 0.8: {(is_county & (sure >= 0.8)).mean():.3f} "
                f"told, {right[is_county & (sure >= 0.8)].mean():.4f} right"
            )
            print(f"    {len(texts) / seconds:,.0f} letters a second of processor time")
            if form != "towns" and prior == "prefecture":
                counter(pairs, truth, one)


def report(form: str, prior: str, found: pd.DataFrame, gold: dict[tuple[int, int, int], str]) -> None:
    regions_found = found[found["kind"].isin(["prefecture", "county"])]
    keys = list(zip(regions_found["text"], regions_found["start"], regions_found["end"], strict=True))
    by_text: dict[int, list[tuple[int, int, str]]] = {}
    for (n, start, end), code in gold.items():
        by_text.setdefault(n, []).append((start, end, code))
    hits = [
        [(n, a, b) for a, b, c in by_text.get(n, ()) if c == code and a < end and start < b]
        for (n, start, end), code in zip(keys, regions_found["code"], strict=True)
    ]
    right = np.array([bool(hit) for hit in hits])
    met = {key for hit in hits for key in hit}
    print(f"{form} names, prior {prior}: {len(gold):,} names, {len(keys):,} found, precision {right.mean():.4f}, "
          f"recall {len(met) / len(gold):.4f}")  # fmt: skip
    for low, high in ((0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.97), (0.97, 1.01)):
        within = regions_found["confidence"].between(low, high, inclusive="left").to_numpy()
        if within.any():
            print(
                f"    confidence {low}–{min(high, 1)}: {within.sum():,} found, {right[within].mean():.3f} right"
            )


def counter(pairs: list, truth: list[str | None], one: np.ndarray) -> None:
    """Give half of the letters a wrong county as their field, and see which are flagged."""
    rng = np.random.default_rng(1)
    counties = sorted({code for code in truth if code})
    field = [rng.choice([c for c in counties if c != code]) if code and n % 2 else code or "430000"
             for n, code in enumerate(truth)]  # fmt: skip
    told = places_of([t for (t, _), _ in pairs], [b for _, (b, _) in pairs], field)
    wrong = np.array([n % 2 == 1 for n in range(len(truth))])
    flagged = told["is_contradicted"].to_numpy()
    print(
        f"    wrong field flagged {flagged[one & wrong].mean():.4f}, right field flagged {flagged[one & ~wrong].mean():.4f}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
