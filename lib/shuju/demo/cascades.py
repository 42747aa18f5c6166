"""The plan of who copies what from whom, with which edits, and of documents that only look like copies.

A document is a list of sentences, each a pure function of the document's seed and its place. A copy
keeps some (bits of ``keep``), has some reworded (bits of ``changed``, worded by the site that did it
first) and may carry additions; what a copy did, its own copies inherit.

Long, since the plan is one kernel after another over the same arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from shuju.demo import clock
from shuju.demo.chance import choose, normal, pick, seeds_of, uniform
from shuju.demo.sites import KINDS, NORMAL, STALE, Sites
from shuju.demo.world import World
from shuju.standard import regions

SHARE = 1 / 10  # of the records are origins and copies
COPIES = 49  # of a document, in the mean
CHUNK = 256  # cascades planned at once
# Hours, in the middle, until a site of each kind copies: what it happens upon, and what it ought to carry.
HOURS = np.array([4.0, 30.0, 22.0, 34.0, 30.0, 3.0])
HOURS_DUE = np.array([2.0, 4.0, 2.0, 3.0, 1.5, 2.0])

ORIGIN, COPY, REVISION, INTERPRETATION, SAME_SUBJECT, ANNUAL = range(6)
ROLES = ("origin", "copy", "revision", "interpretation", "same_subject", "annual")
VERBATIM, EDITED, EXCERPT, FORWARDED, ROUND_UP = range(5)
COPY_KINDS = ("verbatim", "edited", "excerpt", "forwarded", "round_up")
HEADER, FOOTER, TITLE, SENTENCE, CUT, NOTE, COVER, ANTEDATED = (1 << n for n in range(8))
EDITS = ("header", "footer", "title", "sentence", "cut", "note", "cover", "antedated")

NEWS, NOTICE, POLICY = range(3)  # genres of origins, as in the standard's list
ALL = ~np.uint64(0)
_ONE = np.uint64(1)


@dataclass(frozen=True)
class Documents:
    """Origins, one entry a cascade, in the order of time.

    ``seed`` makes the sentences, ``matter`` the subject, name and number; where bits of ``reworded``
    are set (a notice given again in the next year) the sentence is this year's own.
    """

    site: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    topic: npt.NDArray[np.int64]
    genre: npt.NDArray[np.int64]
    sentences: npt.NDArray[np.int64]
    seed: npt.NDArray[np.uint64]
    matter: npt.NDArray[np.uint64]
    reworded: npt.NDArray[np.uint64]
    annual_of: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Members:
    """Rows of cascades; ``parent`` is a row or -1, ``cascade``, ``more_1``, ``more_2`` documents or -1.

    ``changed_by``, ``title_by``, ``note_by`` and ``cover_by`` are the sites that made these edits, or -1;
    ``edits`` are bits of EDITS, inherited ones included.
    """

    cascade: npt.NDArray[np.int64]
    role: npt.NDArray[np.int64]
    site: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    parent: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    edits: npt.NDArray[np.int64]
    keep: npt.NDArray[np.uint64]
    changed: npt.NDArray[np.uint64]
    changed_by: npt.NDArray[np.int64]
    title_by: npt.NDArray[np.int64]
    note_by: npt.NDArray[np.int64]
    cover_by: npt.NDArray[np.int64]
    more_1: npt.NDArray[np.int64]
    more_2: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.cascade)


def plan(world: World) -> tuple[Documents, Members]:
    """Return all documents and members, about ``SHARE`` of the records, O(cascades × sites)."""
    target = max(24, round(world.records * SHARE))
    parts: list[dict[str, Any]] = []
    count, planned = max(4, target // COPIES), 0
    documents = _documents(world, count)
    for first, chunk in _chunks(count):
        part = _members(world, documents, first, chunk)
        parts.append(part)
        planned += int((part["role"] <= COPY).sum())
    offset = 0
    for part in parts:
        part["parent"] = np.where(part["parent"] >= 0, part["parent"] + offset, -1)
        offset += len(part["cascade"])
    joined = {f.name: np.concatenate([p[f.name] for p in parts]) for f in fields(Members)}
    return documents, Members(**joined)


def _chunks(count: int) -> Iterator[tuple[int, int]]:
    for first in range(0, count, CHUNK):
        yield first, min(CHUNK, count - first)


def _documents(world: World, count: int) -> Documents:
    sites = world.sites
    keys = seeds_of(world.seed, "document", np.arange(count))
    kind = np.array(
        [KINDS.index(k) for k in ("province_portal", "province_department", "prefecture_portal", "media")]
    )
    alive = (sites.state == NORMAL) | (sites.since_day > clock.DAYS - 60)
    chosen = kind[choose(keys, "kind", [0.3, 0.48, 0.17, 0.05])]
    site = np.zeros(count, np.int64)
    for k in kind:
        candidates = np.flatnonzero((sites.kind == k) & alive & (sites.state != STALE))
        site = np.where(chosen == k, candidates[pick(keys, "site", len(candidates))], site)
    second = np.sort((uniform(keys, "day") ** 0.85 * (clock.SECONDS - 3 * 86_400)).astype(np.int64))
    second = np.sort(clock.to_office_hours(second, uniform(keys, "hour")))
    genre = np.array([NEWS, NOTICE, POLICY])[choose(keys, "genre", [0.22, 0.18, 0.60])]
    sentences = np.choose(
        genre, [7 + pick(keys, "length", 8), 8 + pick(keys, "length", 7), 15 + pick(keys, "length", 42)]
    )
    topic = np.where(sites.topic[site] >= 0, sites.topic[site], pick(keys, "topic", len(world.topics)))
    seed, matter = seeds_of(keys, "text"), seeds_of(keys, "matter")
    reworded = np.zeros(count, np.uint64)
    annual_of = np.full(count, -1)
    # One in twelve repeats the document given about a year before, mostly word for word.
    year = 365 * 86_400
    before = np.searchsorted(second, second - year)
    again = (uniform(keys, "annual") < 0.08) & (second > year) & (before < np.arange(count))
    again &= ~again[np.minimum(before, count - 1)]
    base = before[again]
    annual_of[again] = base
    for own in (site, genre, sentences, topic, seed, matter):
        own[again] = own[base]
    reworded[again] = seeds_of(keys[again], "reword1") & seeds_of(keys[again], "reword2")
    return Documents(site, second, topic, genre, sentences, seed, matter, reworded, annual_of)


def _members(world: World, documents: Documents, first: int, n: int) -> dict[str, Any]:
    """Plan ``n`` cascades from ``first`` on a board of cascades × sites, level by level."""
    sites = world.sites
    at = np.arange(first, first + n)
    keys = seeds_of(world.seed, "cascade", at)
    board = _Board(world, documents, at, keys)
    portal = np.flatnonzero(sites.kind == KINDS.index("province_portal"))
    media = np.flatnonzero(sites.kind == KINDS.index("media"))
    for stage in (portal, media, *(np.flatnonzero(sites.kind == KINDS.index(k)) for k in KINDS[2:5])):
        board.spread(stage)
    board.round_up()
    return board.rows()


class _Board:
    """The state of some cascades over all sites while they spread; arrays are (cascades × sites)."""

    def __init__(self, world: World, documents: Documents, at: Any, keys: Any) -> None:
        sites, n = world.sites, len(at)
        self.world, self.sites, self.documents, self.at, self.keys = world, sites, documents, at, keys
        self.origin, self.start = documents.site[at], documents.second[at]
        shape = (n, len(sites))
        self.cell = seeds_of(keys[:, None], np.arange(len(sites))[None, :])
        self.habit = np.exp(0.6 * normal(seeds_of(world.seed, "carry", np.arange(len(sites))), "habit"))
        self.reach = 0.01 + 0.4 * uniform(keys, "reach") ** 2.2  # of those who need not carry it
        self.order = 0.7 + 0.28 * uniform(keys, "order")  # of those who ought to
        self.carried = np.zeros(shape, bool)
        self.second = np.zeros(shape, np.int64)
        self.parent = np.full(shape, -1)
        self.edits = np.zeros(shape, np.int64)
        full = (_ONE << documents.sentences[at].astype(np.uint64)) - _ONE
        self.full = full
        self.keep = np.zeros(shape, np.uint64)
        self.changed = np.zeros(shape, np.uint64)
        self.by = {name: np.full(shape, -1) for name in ("changed", "title", "note", "cover")}
        self.more = np.full((2, *shape), -1)
        row = np.arange(n)
        self.carried[row, self.origin] = True
        self.second[row, self.origin] = self.start
        self.keep[row, self.origin] = full

    def spread(self, stage: Any) -> None:
        """Let the sites of ``stage`` copy, each from the parent it would know."""
        parent = self._parents(stage)
        row = np.arange(len(self.at))[:, None]
        key = self.cell[:, stage]
        has_parent = self.carried[row, parent]
        sites = self.sites
        u = uniform(key, "carry")
        habit, due = self.habit[stage][None, :], self._due(stage)
        ordered = np.minimum(self.order[:, None] * habit**0.25, 0.98)
        chance = np.where(due, ordered, self.reach[:, None] * habit * self._affinity(stage, parent))
        kind = sites.kind[stage[0]]
        lag = np.where(due, HOURS_DUE[kind], HOURS[kind]) * 3600 * np.exp(1.1 * normal(key, "lag")) + 300
        second = self.second[row, parent] + lag.astype(np.int64)
        second = np.where(
            sites.habit[stage][None, :] == 1, second, clock.to_office_hours(second, uniform(key, "hour"))
        )
        alive = (second < clock.SECONDS) & (
            (sites.state[stage] == NORMAL)[None, :] | (second < sites.since_day[stage][None, :] * 86_400)
        )
        copies = (u < chance) & has_parent & alive & (stage[None, :] != self.origin[:, None])
        self._inherit(stage, parent, copies, second, key)

    def _parents(self, stage: Any) -> Any:
        """Return for each (cascade, site) the site it copies from, if that carries the document."""
        sites, found = self.sites, self.origin[:, None] + np.zeros(len(stage), np.int64)[None, :]
        kind = sites.kind[stage[0]]
        u = uniform(self.cell[:, stage], "parent")
        row = np.arange(len(self.at))[:, None]

        def prefer(other: Any, share: float) -> None:
            nonlocal found
            take = self.carried[row, other] & (u < share) & (other != stage[None, :])
            found = np.where(take, other, found)

        if kind in (KINDS.index("prefecture_portal"), KINDS.index("media")):
            prefer(np.zeros_like(found), 0.55)
        else:
            prefectures = _prefecture_portals(sites)
            above = np.broadcast_to(prefectures[sites.region[stage]][None, :], found.shape)
            prefer(above, 0.3 if kind == KINDS.index("prefecture_department") else 0.8)
        return found

    def _due(self, stage: Any) -> Any:
        """Return which sites ought to carry which documents: what the rule that ships says, put short."""
        sites = self.sites
        kind, origin_kind = sites.kind[stage[0]], sites.kind[self.origin][:, None]
        genre = self.documents.genre[self.at][:, None]
        is_policy, is_told = genre == POLICY, genre != NEWS
        of_province, of_department, of_prefecture = (origin_kind == k for k in range(3))
        library = np.array(sites.library)
        inside = of_prefecture & (library[stage][None, :] == library[self.origin][:, None])
        if kind == KINDS.index("province_portal"):
            return of_department & is_policy
        if kind == KINDS.index("prefecture_portal"):
            return of_province | (of_department & is_policy)
        if kind == KINDS.index("county_portal"):
            return (of_province | inside) & is_told
        if kind == KINDS.index("prefecture_department"):
            department = np.array(sites.department)
            own = department[stage][None, :] == department[self.origin][:, None]
            subject = sites.topic[stage][None, :] == self.documents.topic[self.at][:, None]
            return ((of_province | inside) & is_policy & subject) | (of_department & is_told & own)
        return np.zeros((len(self.at), len(stage)), bool)

    def _affinity(self, stage: Any, parent: Any) -> Any:
        sites = self.sites
        kind, origin_kind = sites.kind[stage[0]], sites.kind[self.origin][:, None]
        from_portal = origin_kind == KINDS.index("prefecture_portal")
        same_library = (
            np.array(sites.library)[stage][None, :] == np.array(sites.library)[self.origin][:, None]
        )
        near = np.where(from_portal, np.where(same_library, 2.0, 0.02), 1.0)
        if kind == KINDS.index("prefecture_department"):
            department = np.array(sites.department)
            same = department[stage][None, :] == department[self.origin][:, None]
            return near * np.where(same, 1.8, np.where(from_portal, 0.35, 0.04))
        if kind == KINDS.index("county_portal"):
            return near * np.where(parent != self.origin[:, None], 0.85, np.where(from_portal, 0.5, 0.22))
        if kind == KINDS.index("province_portal"):
            return np.where(from_portal, 0.05, 1.6) + 0.0 * near
        return near * np.array([1.6, 0.0, 1.5, 0.0, 0.0, 0.8])[kind]

    def _inherit(self, stage: Any, parent: Any, copies: Any, second: Any, key: Any) -> None:
        row = np.arange(len(self.at))[:, None]
        cut, changed = self.keep[row, parent], self.changed[row, parent]
        edits = self.edits[row, parent] & ~(HEADER | FOOTER)
        by = {name: values[row, parent] for name, values in self.by.items()}
        length = self.documents.sentences[self.at][:, None]
        site = np.broadcast_to(stage[None, :], parent.shape)

        edits = (
            edits
            | np.where(uniform(key, "header") < 0.35, HEADER, 0)
            | np.where(uniform(key, "footer") < 0.45, FOOTER, 0)
        )

        def edit(name: str, bit: int, share: float, also: Any = True) -> Any:
            nonlocal edits
            made = (uniform(key, name) < share) & (by[name] < 0) & also
            by[name] = np.where(made, site, by[name])
            edits = np.where(made, edits | bit, edits)
            return made

        edit("title", TITLE, 0.16)
        edit("note", NOTE, 0.07)
        official = np.isin(self.sites.kind[stage], [KINDS.index(k) for k in KINDS[2:5]])[None, :]
        edit("cover", COVER, 0.12, official & (self.documents.genre[self.at] == POLICY)[:, None])
        reworded = edit("changed", SENTENCE, 0.16)
        bits = np.zeros_like(changed)
        for n in range(3):
            bits |= _ONE << (1 + pick(key, f"bit{n}", length - 2)).astype(np.uint64)
        changed = np.where(reworded, bits & cut, changed)
        edits = np.where(reworded & (changed == 0), edits & ~SENTENCE, edits)
        is_cut = (uniform(key, "cut") < 0.13) & (edits & CUT == 0)
        kept = np.maximum(5, (length * (0.34 + 0.6 * uniform(key, "kept"))).astype(np.int64))
        start = pick(key, "start", np.maximum(length - kept, 0) + 1) * (uniform(key, "middle") < 0.4)
        window = ((_ONE << kept.astype(np.uint64)) - _ONE) << start.astype(np.uint64)
        shortened = cut & window
        is_cut &= (shortened != cut) & (shortened != 0)
        cut = np.where(is_cut, shortened, cut)
        edits = np.where(is_cut, edits | CUT, edits)

        self.carried[:, stage] |= copies
        for values, new in (
            (self.second, second),
            (self.parent, parent),
            (self.edits, edits),
            (self.keep, cut),
            (self.changed, changed),
            *((self.by[k], by[k]) for k in by),
        ):
            values[:, stage] = np.where(copies, new, values[:, stage])

    def round_up(self) -> None:
        """Turn some copies that nobody copied into pages of several documents, and antedate a few."""
        row, n = np.arange(len(self.at))[:, None], len(self.at)
        has_child = np.zeros(self.carried.shape, bool)
        r, s = np.nonzero(self.carried & (self.parent >= 0))
        has_child[r, self.parent[r, s]] = True
        leaf = self.carried & ~has_child & (self.parent >= 0)
        no_official_edit = self.edits & COVER == 0
        for k in range(2):
            other = row - k - 1
            usable = (other >= 0) & ~self.carried[np.maximum(other, 0)[:, 0]]
            usable &= self.start[np.maximum(other, 0)] < self.second - 600
            usable &= (uniform(self.cell, f"round{k}") < (0.06 if k == 0 else 0.5)) & leaf & no_official_edit
            usable &= (self.more[0] >= 0) if k else True
            self.more[k] = np.where(usable, self.at[np.maximum(other, 0)], -1)
        is_round_up = self.more[0] >= 0
        half = (_ONE << np.maximum(5, self.documents.sentences[self.at] // 2).astype(np.uint64)) - _ONE
        half_kept = self.keep & half[:, None]
        is_round_up &= half_kept != 0
        self.more = np.where(is_round_up[None], self.more, -1)
        self.keep = np.where(is_round_up, half_kept, self.keep)
        antedated = leaf & ~is_round_up & (uniform(self.cell, "antedate") < 0.003)
        back = 3600 + pick(self.cell, "back", 47 * 3600)
        early = np.maximum(self.start[:, None] - back, 60)
        self.second = np.where(antedated, early, self.second)
        self.edits = np.where(antedated, self.edits | ANTEDATED, self.edits)
        assert self.more.shape[1] == n

    def rows(self) -> dict[str, Any]:
        """Return the members, row by row, with the lookalikes of each cascade after them."""
        r, s = np.nonzero(self.carried)
        number = np.full(self.carried.shape, -1)
        number[r, s] = np.arange(len(r))
        parent = self.parent[r, s]
        edits, more = self.edits[r, s], self.more[:, r, s]
        kept = np.bitwise_count(self.keep[r, s]) / self.documents.sentences[self.at][r]
        kind = np.select(
            [more[0] >= 0, edits & COVER != 0, kept <= 0.6, (edits & (TITLE | SENTENCE | NOTE | CUT)) != 0],
            [ROUND_UP, FORWARDED, EXCERPT, EDITED],
            VERBATIM,
        )
        members = {
            "cascade": self.at[r],
            "role": np.where(parent >= 0, COPY, ORIGIN),
            "site": s,
            "second": self.second[r, s],
            "parent": np.where(parent >= 0, number[r, np.maximum(parent, 0)], -1),
            "kind": kind,
            "edits": edits,
            "keep": self.keep[r, s],
            "changed": self.changed[r, s],
            "more_1": more[0],
            "more_2": more[1],
            **{f"{name}_by": values[r, s] for name, values in self.by.items()},
        }
        others = self._lookalikes()
        return {name: np.concatenate([values, others[name]]) for name, values in members.items()}

    def _lookalikes(self) -> dict[str, Any]:
        """Return revisions, interpretations and pages on the same subject: near the document, not copies."""
        found: list[tuple[Any, int, Any, Any]] = []
        portals = np.flatnonzero(
            (self.sites.kind != KINDS.index("prefecture_department")) & (self.sites.state == NORMAL)
        )
        for role, share, times, days in (
            (REVISION, 0.08, 1, 240.0),
            (INTERPRETATION, 0.4, 2, 6.0),
            (SAME_SUBJECT, 0.5, 2, 20.0),
        ):
            for n in range(times):
                keys = seeds_of(self.keys, "alike", role, n)
                r = np.flatnonzero(uniform(keys, "is") < share)
                site = self.origin[r] if role == REVISION else portals[pick(keys[r], "site", len(portals))]
                if role == INTERPRETATION and n == 0:
                    site = self.origin[r]
                second = self.start[r] + (3600 + days * 86_400 * (0.1 + uniform(keys[r], "lag"))).astype(
                    np.int64
                )
                second = clock.to_office_hours(second, uniform(keys[r], "hour"))
                keep = second < clock.SECONDS - 86_400
                found.append((r[keep], role, site[keep], second[keep]))
        r = np.concatenate([f[0] for f in found])
        role = np.concatenate([np.full(len(f[0]), f[1]) for f in found])
        site = np.concatenate([f[2] for f in found])
        keys = seeds_of(self.keys[r], "bits", role, site)
        full = self.full[r]
        two = (_ONE << (1 + pick(keys, "q", 4)).astype(np.uint64)) | (_ONE << np.uint64(5))
        nothing = np.full(len(r), -1)
        revised = (seeds_of(keys, "r1") & seeds_of(keys, "r2")) & full
        return {
            "cascade": self.at[r],
            "role": role,
            "site": site,
            "second": np.concatenate([f[3] for f in found]),
            "parent": nothing,
            "kind": np.zeros(len(r), np.int64),
            "edits": np.zeros(len(r), np.int64),
            "keep": np.select([role == REVISION, role == INTERPRETATION], [full, two], np.uint64(0)),
            "changed": np.where(role == REVISION, revised | (_ONE << np.uint64(2)), np.uint64(0)),
            "more_1": nothing,
            "more_2": nothing,
            "changed_by": np.where(role == REVISION, len(self.sites) + self.start[r] % 1000, -1),
            "title_by": nothing,
            "note_by": nothing,
            "cover_by": nothing,
        }


def _prefecture_portals(sites: Sites) -> npt.NDArray[np.int64]:
    """Return for each region the site of its prefecture's portal (0, the province's, for the province)."""
    portal = {
        sites.region_code[n]: n
        for n in range(len(sites))
        if sites.kind[n] == KINDS.index("prefecture_portal")
    }
    return np.array([portal.get(r.code, portal.get(str(r.parent_code), 0)) for r in regions()])
