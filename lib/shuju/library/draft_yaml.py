"""A drafted source as a catalog file, for a person to correct."""

from __future__ import annotations

import json
from pathlib import Path

from shuju.library.drafting import Draft


def as_yaml(draft: Draft, location: Path) -> str:
    """Return the draft as a catalog file, with its notes as comments."""

    def quote(text: object) -> str:
        return json.dumps(str(text), ensure_ascii=False)  # YAML reads JSON

    lines = [
        "# 由 shuju source new 起草，请核对每一行；核对用 shuju check --catalog 本文件 --sample 数据文件"
    ]
    lines += [f"# - {note}" for note in draft.notes]
    lines += [
        "version: 1", "sources:", f"  {draft.name}:", f"    title: {quote(draft.name)}", '    licence: "（请写明）"',
        "    refresh: monthly", f"    location: {quote(location)}", "    inputs:", f"      - table: {draft.table}",
        f"        reader: {draft.reader}", f"        files: {quote(draft.pattern)}",
    ]  # fmt: skip
    if draft.options:
        lines.append(f"        options: {json.dumps(dict(draft.options), ensure_ascii=False)}")
    lines.append("        fields:")
    for name, raw in draft.fields.items():
        steps = draft.transforms.get(name)
        more = [f"as: {json.dumps(list(steps), ensure_ascii=False)}"] if steps else []
        if name not in ("title", "body") and name in _UNSURE:
            more.append("invalid: empty")
        taken = f"[{quote(raw)}, {quote(draft.fallbacks[name])}]" if name in draft.fallbacks else quote(raw)
        made = f"{{from: {', '.join([taken, *more])}}}" if more or name in draft.fallbacks else quote(raw)
        lines.append(f"          {name}: {made}")
    for name, raws in draft.joined.items():
        lines.append(f"          {name}: {{from: [{', '.join(map(quote, raws))}], join: '-'}}")
    lines += [f"          {name}: {{const: {quote(value)}}}" for name, value in draft.constants.items()]
    if draft.unused:
        lines.append(f"# 没有用到的字段：{'、'.join(name.replace(chr(10), ' ') for name in draft.unused)}")
    return "\n".join(lines) + "\n"


# Values that one source writes otherwise than the next: left empty and flagged rather than quarantined.
_UNSURE = (
    *("region_code", "topic_1", "motive", "status", "channel", "writer_sex", "satisfaction", "birth_year"),
    *("replied_at", "closes_on", "likes", "dislikes"),
)
