"""Topics that people corrected (更正的主题), taken into the fact table of letters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from shuju.facts import Facts
from shuju.facts.incremental import facts_path
from shuju.facts.writing import append_facts
from shuju.letters.facts import COLUMNS, PERSON, dimensions, schema
from shuju.library import Library
from shuju.library.hashing import hash_columns


def take_corrections(library: Library, facts: Facts, topics: Mapping[str, str]) -> Facts:
    """Return the facts with the topic that a person gave where there is one (``topics``: by letter id).

    Rows that say so already are left alone; those of a correction that was taken back are judged anew.
    O(letters + rows that change).
    """
    ids = sorted(topics)
    wanted = dict(
        zip(hash_columns(pa.table({"letter_id": pa.array(ids, pa.string())})).tolist(), ids, strict=True)
    )
    keys = facts.column("key")
    is_person = facts.column("topic_by") == facts.codes["topic_by"][PERSON]
    told = dict(zip(keys[is_person].tolist(), facts.column("topic")[is_person].tolist(), strict=True))
    codes = facts.codes["topic"]
    here = np.fromiter(wanted, np.int64, len(wanted))
    changed = [
        key for key in here[np.isin(here, keys)].tolist() if told.get(key) != codes[topics[wanted[key]]]
    ]
    changed += [key for key in told if key not in wanted]
    if not changed:
        return facts
    rows = library.take("letters", changed, COLUMNS)
    made = dimensions(library, rows, seed=len(changed))
    given = [topics.get(wanted.get(key, "")) for key in rows.column("key_hash").to_pylist()]
    is_given = np.array([topic is not None for topic in given])
    for name, values in (
        ("topic", given),
        ("topic_by", [PERSON] * len(given)),
        ("confidence", [None] * len(given)),
    ):
        before = made.column(name).to_pylist()
        kind = made.schema.field(name).type
        now = [new if is_own else old for new, old, is_own in zip(values, before, is_given, strict=True)]
        made = made.set_column(made.schema.get_field_index(name), name, pa.array(now, kind))
    return append_facts(
        facts_path(library, schema().name),
        [made],
        source_version=facts.source_version,
        replaced=("key", rows.column("key_hash").to_pylist()),
    )
