"""What a search found, as a frame for analysts."""

from __future__ import annotations

from numbers import Integral

import numpy as np
import pandas as pd

from shuju.fulltext.errors import SearchError
from shuju.fulltext.excerpt import excerpt
from shuju.fulltext.find import Found, Hit, find, find_among
from shuju.fulltext.kinds import KINDS, kind_of
from shuju.library import Library

COLUMNS = ("kind", "key", "title", "excerpt", "at", "region_code", "topic_1")


def search_table(
    library: Library, text: str, kind: str | None = None, n: int = 20, keys: np.ndarray | None = None
) -> pd.DataFrame:
    """Return the best ``n`` rows of one kind or of each; of one kind, among those with some ``keys``.

    Errors as those of ``find``.
    """
    if not isinstance(n, Integral) or n < 1:
        raise SearchError(f"条数应为正整数，不能是 {n!r}")
    if kind is not None:
        kind_of(kind)
    if kind is not None and keys is not None:
        found = (find_among(library, text, kind, keys, n),)
    else:
        found = find(library, text, [kind] if kind is not None else list(KINDS), n)
    rows = [_row(one, hit) for one in found for hit in one.hits]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"at": "datetime64[s]"})
    table.attrs = {
        "n": {one.kind.table: one.n for one in found},
        "told": next((one.told for one in found if one.told), ""),
    }
    return table


def _row(found: Found, hit: Hit) -> dict[str, object]:
    shown = hit.shown
    return {
        "kind": found.kind.table,
        "key": hit.key,
        "title": hit.title,
        "excerpt": "".join(text for text, _ in excerpt(hit.text, found.asked)),
        "at": shown[found.kind.time],
        "region_code": shown.get("region_code"),
        "topic_1": shown.get("topic_1"),
    }
