"""The peer of ``bench.ingest``: the same steps over the same catalog, as one would write them with pandas.

Each input is read whole, each step is a column operation of pandas, rows at fault leave with a reason,
and one ``write_deltalake`` an input commits. Where a plain way was slow and a better one is well known, the
better one is taken (calamine for XLSX, ``format="mixed"`` for dates, the C parser for CSV).
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import zstandard
from deltalake import write_deltalake

from bench.personal import peer_mask
from shuju.catalog import Catalog, Column, FieldMapping, Input, Table
from shuju.library.readers.html_pages import page_encoding, page_fields
from shuju.standard import code_list, regions

BOUNDS = {"int16": 2**15 - 1, "int32": 2**31 - 1, "int64": 2**63 - 1}


@dataclass
class Peer:
    """The pipeline over one folder of raw files, and what it remembers: the sites, keys and contents seen."""

    catalog: Catalog
    raw: Path
    home: Path
    sites: pd.DataFrame | None = None
    seen: dict[str, pd.DataFrame] = field(default_factory=dict)

    def take_in(self, source: str) -> int:
        """Take in all inputs of a source; return how many rows were read."""
        n_read = 0
        for entry in self.catalog.sources[source].inputs:
            frame = read(entry, self.raw)
            store(frame, entry, self)
            n_read += len(frame)
        return n_read


def read(entry: Input, raw: Path) -> pd.DataFrame:
    if entry.reader == "sql":
        with sqlite3.connect(raw / entry.options["url"].removeprefix("sqlite:///")) as database:
            return pd.read_sql(entry.options["query"], database)
    readers = {"csv": read_csv, "json": read_json, "xlsx": read_xlsx, "html": read_page}
    return pd.concat(
        [readers[entry.reader](path, entry.options) for path in sorted(raw.glob(str(entry.files)))],
        ignore_index=True,
    )


def read_csv(path: Path, options: Any) -> pd.DataFrame:
    return pd.read_csv(
        path,
        encoding=options["encoding"],
        encoding_errors="replace",
        dtype=str,
        keep_default_na=False,
        on_bad_lines="skip",
    )


def read_json(path: Path, _: Any) -> pd.DataFrame:
    rows = []
    with zstandard.open(path, "rt", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                rows.append(json.loads(line))
            except ValueError:
                rows.append({})
    return pd.DataFrame(rows)


def read_xlsx(path: Path, _: Any) -> pd.DataFrame:
    return pd.read_excel(path, engine="calamine", dtype=str)


def read_page(path: Path, _: Any) -> pd.DataFrame:
    """Read a page with shuju's own extraction: what is compared is not trafilatura."""
    data = path.read_bytes()
    return pd.DataFrame([page_fields(data.decode(page_encoding(data), "replace")) or {}])


def store(frame: pd.DataFrame, entry: Input, peer: Peer) -> None:
    table = peer.catalog.tables[entry.table]
    companion = peer.catalog.tables.get(f"{entry.table}_private")
    reason = pd.Series("", index=frame.index)
    found = {
        name: convert(column(mapping, frame, peer.raw), table.columns[name], mapping, reason)
        for name, mapping in entry.fields.items()
        if name in table.columns
    }
    rows = pd.DataFrame(found, index=frame.index)
    derive(rows, table, peer.sites)
    validate(rows, table, reason, peer.sites)
    good = reason == ""
    for name, spec in table.columns.items():
        if name in rows and (spec.type == "text" or spec.personal or name == "title"):
            texts = rows[name].astype(object).where(rows[name].notna(), None)
            rows[name] = pd.Series(
                [None if t is None else peer_mask([t])[0] for t in texts], index=rows.index, dtype="str"
            )
    new = commit(rows[good], entry.table, table, peer)
    if companion is not None:
        private = [name for name in entry.fields if name in companion.columns and name not in table.columns]
        if private:
            extra = {name: text(column(entry.fields[name], frame, peer.raw)) for name in private}
            own = rows[["letter_id", "library", "written_at"]].assign(**extra).loc[new.index]
            write(own, f"{entry.table}_private", companion, peer.home)
    if not good.all():
        bad = frame[~good].apply(lambda row: row.to_json(force_ascii=False), axis=1)
        write_deltalake(
            str(peer.home / "quarantine"),
            pd.DataFrame({"table": entry.table, "reason": reason[~good], "raw": bad}).reset_index(drop=True),
            mode="append",
        )
    if entry.table == "sites":
        peer.sites = new


def column(mapping: FieldMapping, frame: pd.DataFrame, raw: Path) -> pd.Series:
    if mapping.const is not None:
        return pd.Series(str(mapping.const), index=frame.index, dtype="str")
    whole = pd.Series(None, index=frame.index, dtype="str")
    for name in mapping.source:
        if name in frame:
            values = frame[name]
            values = values.where(values.isna(), values.astype(str)).astype("str")
            for step in mapping.transforms:
                values = transform(values, step, raw)
            whole = whole.where(whole.notna() & (whole.str.strip() != ""), values)
    return whole


def transform(values: pd.Series, step: Any, raw: Path) -> pd.Series:
    name, argument = (step, None) if isinstance(step, str) else next(iter(step.items()))
    if name == "map":
        return values.replace(argument)
    if name == "lookup":
        known = pd.read_csv(raw / argument["file"], dtype=str).set_index(argument["key"])[argument["value"]]
        return values.map(known[~known.index.duplicated()])
    if name == "slice":
        return values.str[argument[0] : argument[1]]
    if name == "birth_year_of_id":
        return values.str.extract(r"^\d{6}((?:19|20)\d{2})\d{7}[\dXx]$")[0]
    if name == "sex_of_id":
        digit = pd.to_numeric(values.str.extract(r"^\d{16}(\d)[\dXx]$")[0])
        return (digit % 2).map({0: "female", 1: "male"})
    raise ValueError(name)


def text(values: pd.Series) -> pd.Series:
    values = values.str.replace(r"[ \t\u3000\u00a0]*\r?\n\s*", "\n", regex=True).str.strip()
    return values.where(values != "")


def convert(values: pd.Series, spec: Column, mapping: FieldMapping, reason: pd.Series) -> pd.Series:
    for mark, fault in (("\x00", "含有 NUL 字符"), ("\ufffd", "编码有误")):
        reason[values.str.contains(mark, regex=False, na=False)] = spec.name + fault
    if spec.type == "text":
        return text(values)
    if spec.type == "string":
        return text(values.str.replace(r"[\r\n\t]+", " ", regex=True))
    values = values.str.normalize("NFKC").str.strip()
    given = values.notna() & (values != "")
    if spec.type == "code":
        found = values.map(codes(str(spec.codes)))
    elif spec.type in ("date", "datetime"):
        found = dates(values)
    elif spec.type == "bool":
        found = values.map({"1": True, "0": False, "是": True, "否": False, "true": True, "false": False})
    else:
        found = pd.to_numeric(values.str.replace(",", ""), errors="coerce")
        if spec.type != "float64":
            found = found.where((found % 1 == 0) & (found.abs() <= BOUNDS[spec.type]))
    if mapping.invalid == "quarantine":
        reason[given & found.isna()] = f"{spec.name}无法识别"
    return found


def codes(name: str) -> dict[str, str]:
    known = dict(code_list(name).code_of)
    if name == "regions":
        known |= {r.old_code: r.code for r in regions() if r.old_code}
    return known


def dates(values: pd.Series) -> pd.Series:
    epoch = values.str.fullmatch(r"\d{10}", na=False)
    written = values.str.replace(r"[年月]", "-", regex=True).str.replace("日", " ").str.replace(
        r"时|点", ":", regex=True
    ).str.replace("分", "")  # fmt: skip
    found = pd.to_datetime(written.where(~epoch), errors="coerce", format="mixed")
    if epoch.any():
        seconds = pd.to_numeric(values[epoch])
        found[epoch] = pd.to_datetime(seconds, unit="s") + pd.Timedelta(hours=8)
    return found


def derive(rows: pd.DataFrame, table: Table, sites: pd.DataFrame | None) -> None:
    if (
        sites is not None
        and "site_id" in rows
        and "region_code" in table.columns
        and "region_code" not in rows
    ):
        rows["region_code"] = rows["site_id"].map(sites.set_index("site_id")["region_code"])
    if "age_band" in table.columns and "birth_year" in rows:
        age = rows["written_at"].dt.year - rows["birth_year"]
        bands = code_list("age_bands").codes
        rows["age_band"] = pd.cut(age, [-1, 17, 29, 39, 49, 59, 69, 120], labels=bands).astype("str")


def validate(rows: pd.DataFrame, table: Table, reason: pd.Series, sites: pd.DataFrame | None) -> None:
    now = pd.Timestamp.now() + pd.Timedelta(days=1)
    for name, spec in table.columns.items():
        if name not in rows:
            continue
        values = rows[name]
        if spec.required:
            reason[values.isna()] = f"缺少{spec.name}"
        if spec.type == "datetime":
            reason[(values > now) | (values < pd.Timestamp("1949-10-01"))] = f"{spec.name}不可能"
        if spec.max_length is not None:
            reason[values.str.len() > spec.max_length] = f"{spec.name}过长"
        if spec.refers_to == "sites" and sites is not None:
            reason[values.notna() & ~values.isin(sites["site_id"])] = f"{spec.name}不在网站表中"


def commit(rows: pd.DataFrame, name: str, table: Table, peer: Peer) -> pd.DataFrame:
    """Write what is new: rows whose key was not there, or was there with another content."""
    pairs = pd.DataFrame(
        {"key": rows[table.key], "content": pd.util.hash_pandas_object(rows, index=False)}, index=rows.index
    )
    seen = peer.seen.get(name, pairs.iloc[:0])
    known = pairs.reset_index().merge(seen, on=["key", "content"], how="left", indicator=True)
    is_new = ~pairs.duplicated() & (known.set_index("index")["_merge"] == "left_only")
    new = rows[is_new]
    before = new[table.key].map(seen["key"].value_counts()).fillna(0).astype("int32")
    new = new.assign(revision=before + new.groupby(table.key).cumcount().astype("int32") + 1)
    peer.seen[name] = pd.concat([seen, pairs[is_new]], ignore_index=True)
    write(new, name, table, peer.home)
    return new


def write(rows: pd.DataFrame, name: str, table: Table, home: Path) -> None:
    frame = rows.reindex(columns=[*table.columns, *(["revision"] if "revision" in rows else [])])
    for column_name, spec in table.columns.items():
        if spec.type in BOUNDS:
            frame[column_name] = frame[column_name].astype(spec.type.capitalize())
        elif spec.type == "bool":
            frame[column_name] = frame[column_name].astype("boolean")
        elif spec.type in ("date", "datetime"):
            frame[column_name] = frame[column_name].astype("datetime64[us]")
        elif spec.type == "float64":
            frame[column_name] = frame[column_name].astype("float64")
        else:
            frame[column_name] = frame[column_name].astype("str")
    write_deltalake(
        str(home / name),
        frame.reset_index(drop=True),
        mode="append",
        partition_by=list(table.partition_by) or None,
    )
