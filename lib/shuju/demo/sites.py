"""The sites of the synthetic province (some 620 of one with 14 prefectures) and their habits of publishing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shuju.demo import clock
from shuju.demo.chance import choose, normal, pick, seeds_of, uniform
from shuju.demo.province_told import told
from shuju.standard import library_of, list_rows, province, region, regions
from shuju.standard.pack import read_pack, shipped

PREFECTURE_DEPARTMENTS = 31
KINDS = (
    "province_portal",
    "province_department",
    "prefecture_portal",
    "prefecture_department",
    "county_portal",
    "media",
)
NORMAL, STALE, BROKEN = range(3)


@dataclass(frozen=True)
class Department:
    """A department of the standard's list, with the first-level topic it answers for."""

    code: str
    name: str
    short_name: str
    topic: str

    @property
    def stem(self) -> str:
        """What stands for it in document numbers: 教育厅 → 教育."""
        return self.short_name.rstrip("厅委局办")


@dataclass(frozen=True)
class Sites:
    """All sites, one entry each in every field, in the order of their codes' levels.

    ``region`` is an index into ``shuju.standard.regions()``, ``kind`` one into ``KINDS``, ``topic``
    one into the topics or -1 (portals, media). ``rate`` is relative, ``growth`` per year. A STALE
    site publishes nothing from ``since_day`` on, a BROKEN one pages with titles only.
    """

    site_id: tuple[str, ...]
    name: tuple[str, ...]
    domain: tuple[str, ...]
    sponsor: tuple[str, ...]
    prefix: tuple[str, ...]
    department: tuple[str, ...]
    library: tuple[str, ...]
    region_code: tuple[str, ...]
    level: tuple[str, ...]
    region: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    topic: npt.NDArray[np.int64]
    rate: npt.NDArray[np.float64]
    growth: npt.NDArray[np.float64]
    weekend: npt.NDArray[np.float64]
    holiday: npt.NDArray[np.float64]
    habit: npt.NDArray[np.int64]
    state: npt.NDArray[np.int64]
    since_day: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of sites."""
        return len(self.site_id)


def departments() -> tuple[Department, ...]:
    """Return the departments that have a site of their own: all but the government's general office.

    A synthetic province whose pack has none has those of a pack that ships: they are alike everywhere.
    """
    return tuple(
        Department(row["code"], row["name"], row["short_name"], row["topic_1"])
        for row in list_rows("departments") or read_pack(min(shipped())).rows("departments")
        if row["code"] != "zfbgt"
    )


def build(seed: int, topics: tuple[str, ...]) -> Sites:
    """Return the sites of the province of ``seed``; only habits and states depend on it."""
    rows = list(_listed(topics))
    columns: dict[str, Any] = {name: tuple(row[name] for row in rows) for name in rows[0]}
    kind = np.array(columns.pop("kind"))
    keys = seeds_of(seed, "sites", np.arange(len(rows)))
    is_media = kind == KINDS.index("media")
    rate = np.array([40, 7, 26, 2.2, 12, 30])[kind] * np.exp(0.5 * normal(keys, "rate"))
    state = choose(keys, "state", [0.92, 0.05, 0.03])
    state[(kind == 0) | is_media] = NORMAL
    return Sites(
        **{name: columns[name] for name in ("site_id", "name", "domain", "sponsor", "prefix", "department")},
        library=tuple(library_of(code) for code in columns["region_code"]),
        region_code=columns["region_code"],
        level=tuple(
            ("province", "province", "prefecture", "prefecture", "county", "province")[k] for k in kind
        ),
        region=np.array(columns["region"]),
        kind=kind,
        topic=np.array(columns["topic"]),
        rate=rate,
        growth=np.exp(0.12 * normal(keys, "growth") + 0.04),
        weekend=np.where(is_media, 0.8, 0.02 + 0.3 * uniform(keys, "weekend") ** 2),
        holiday=np.where(is_media, 0.6, 0.01 + 0.15 * uniform(keys, "holiday") ** 2),
        habit=np.where(is_media, 1, choose(keys, "habit", [0.8, 0.12, 0.08])),
        state=state,
        since_day=np.where(state == NORMAL, clock.DAYS, 500 + pick(keys, "since", clock.DAYS - 700)),
    )


def _listed(topics: tuple[str, ...]) -> Any:
    """Yield each site's row: portals and departments of the province, prefectures, counties, then media."""
    all_regions = regions()
    index = {r.code: n for n, r in enumerate(all_regions)}

    here, names = province(), told()

    def row(
        code: str, number: int, kind: str, *, sponsor: str, domain: str, prefix: str, office: Any = None
    ) -> dict[str, Any]:
        return {
            "site_id": f"{code}{number:04d}",
            "kind": KINDS.index(kind),
            "name": sponsor + ("门户网站" if kind.endswith("portal") else "网站"),
            "domain": f"{domain}.{names.domain}.example",
            "sponsor": sponsor,
            "prefix": prefix,
            "department": office.code if office else "",
            "region_code": code,
            "region": index[code],
            "topic": topics.index(office.topic) if office else -1,
        }

    offices = departments()
    portal = {"sponsor": f"{here.name}人民政府", "domain": "www", "prefix": f"{names.abbreviation}政"}
    yield row(here.code, 1, "province_portal", **portal)
    for n, office in enumerate(offices, 2):
        sponsor, prefix = f"{here.name}{office.name}", f"{names.abbreviation}{office.stem}"
        yield row(
            here.code,
            n,
            "province_department",
            sponsor=sponsor,
            domain=office.code,
            prefix=prefix,
            office=office,
        )
    for code, pinyin in names.domains.items():
        name = region(code).name
        portal = {"sponsor": f"{name}人民政府", "domain": f"www.{pinyin}", "prefix": f"{name[0]}政"}
        yield row(code, 1, "prefecture_portal", **portal)
        for n, office in enumerate(offices[:PREFECTURE_DEPARTMENTS], 2):
            sponsor, domain = name + office.name.replace("厅", "局"), f"{office.code}.{pinyin}"
            prefix = name[0] + office.stem
            yield row(
                code, n, "prefecture_department", sponsor=sponsor, domain=domain, prefix=prefix, office=office
            )
    for county in regions("county"):
        domain = f"x{county.code}.{names.domains[str(county.parent_code)]}"
        sponsor, prefix = f"{county.name}人民政府", f"{county.name[0]}政"
        yield row(county.code, 1, "county_portal", sponsor=sponsor, domain=domain, prefix=prefix)
    for name, domain in names.media.items():
        prefix = f"{names.abbreviation}媒"
        media = row(here.code, 0, "media", sponsor=f"{name}传媒中心", domain=domain, prefix=prefix)
        yield media | {"name": name, "site_id": media["domain"]}


def half_year_weights(sites: Sites) -> npt.NDArray[np.float64]:
    """Return the (sites, half-years) weights of what each site publishes of its own."""
    period = clock.calendar()["period"]
    daily = daily_weights(sites)
    return np.stack([daily[:, period == p].sum(axis=1) for p in range(clock.PERIODS)], axis=1)


def daily_weights(sites: Sites) -> npt.NDArray[np.float64]:
    """Return the (sites, days) weights of publishing: rate, growth, rhythm, holidays, staleness."""
    day = np.arange(clock.DAYS)
    growth = sites.growth[:, None] ** (day[None, :] / 365.25)
    alive = (sites.state != STALE)[:, None] | (day[None, :] < sites.since_day[:, None])
    return sites.rate[:, None] * growth * clock.rhythm(sites.weekend, sites.holiday) * alive


def department_sites(sites: Sites, topic: npt.NDArray[np.int64], keys: Any) -> npt.NDArray[np.int64]:
    """Return for each topic one of the departments of the province that answer for it."""
    by_topic = [np.flatnonzero((sites.kind == 1) & (sites.topic == t)) for t in range(sites.topic.max() + 1)]
    size = np.array([len(found) for found in by_topic])
    flat, start = np.concatenate(by_topic), np.cumsum(size) - size
    return flat[start[topic] + pick(keys, "site", size[topic])]
