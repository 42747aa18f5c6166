"""The texts of cascade members: which sentences, whose wording, what was added, and in which order."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shuju.demo import cascades, expand
from shuju.demo.cascades import NEWS, POLICY, Documents, Members
from shuju.demo.chance import pick, seeds_of, uniform
from shuju.demo.world import World, context

_DAY = 86_400
_MAX_SENTENCES = 64


class _Parts:
    """Segments being collected in any order; each has its text's row and a position within it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.columns: dict[str, list[Any]] = {
            n: [] for n in ("text", "position", "rule", "seed", "matter", "row")
        }

    def add(self, text: Any, position: Any, rule: Any, seed: Any, matter: Any, row: Any) -> None:
        number = self.world.grammar.rule(rule) if isinstance(rule, str) else rule
        # Seeds are 64-bit words: beside signed numbers NumPy would make floats of them.
        columns = (text, position, number, np.asarray(seed, np.uint64), np.asarray(matter, np.uint64), row)
        for name, values in zip(self.columns, columns, strict=True):
            self.columns[name].append(np.broadcast_to(values, np.shape(text)))

    def texts(self, n: int, rows: npt.NDArray[np.int32]) -> pa.LargeStringArray:
        joined = {name: np.concatenate(values) for name, values in self.columns.items()}
        order = np.lexsort((joined["position"], joined["text"]))
        text, rule, seed, matter, row = (joined[k][order] for k in ("text", "rule", "seed", "matter", "row"))
        starts = np.searchsorted(text, np.arange(n))
        segments = expand.Segments(
            np.asarray(rule, np.int32),
            np.asarray(seed, np.uint64),
            np.asarray(matter, np.uint64),
            np.asarray(row, np.int64),
            rows,
        )
        return expand.expand(self.world.grammar, segments, starts)


def bodies(world: World, documents: Documents, members: Members) -> pa.LargeStringArray:
    """Return the body of each member."""
    n = len(members)
    if n == 0:
        return pa.array([], pa.large_string())
    at = np.arange(n)
    of = members.cascade
    own = seeds_of(documents.seed[of], "member", members.site, members.role, members.second)
    matter = documents.matter[of]
    parts = _Parts(world)
    # Rows of context, n each: the member's own site, its document's, those of a round-up's others, and of
    # the sites that wrote its cover and its note, which its own copies take over as they are.
    rows = np.concatenate(
        [
            _own_context(world, documents, members),
            *(
                _document_context(world, documents, np.maximum(which, 0))
                for which in (of, members.more_1, members.more_2)
            ),
            *(
                _context(world, documents, of, np.maximum(by, 0), documents.second[of])
                for by in (members.cover_by, members.note_by)
            ),
        ]
    )

    is_round_up = members.more_1 >= 0
    for has, position, rule in (
        (members.edits & cascades.HEADER != 0, -40, "页眉"),
        (is_round_up, -30, "汇编开头"),
        (members.edits & cascades.FOOTER != 0, 10_000, "转载页脚"),
    ):
        parts.add(at[has], position, rule, seeds_of(own[has], rule), matter[has], at[has])
    for k, by, position, rule in (
        (4, members.cover_by, -20, "转发封面"),
        (5, members.note_by, -10, "编者按"),
    ):
        has = by >= 0
        seed = seeds_of(documents.seed[of[has]], rule, by[has])
        parts.add(at[has], position, rule, seed, matter[has], k * n + at[has])
    for role, rule in ((cascades.INTERPRETATION, "解读"), (cascades.SAME_SUBJECT, "同题正文")):
        has = members.role == role
        parts.add(at[has], -5, rule, seeds_of(own[has], rule), matter[has], at[has])
    has = members.role == cascades.INTERPRETATION
    parts.add(at[has], -4, "引述", seeds_of(own[has], "quote"), matter[has], at[has])

    _sentences(parts, documents, members, text=at, of=of, keep=members.keep, row=n, position=0)
    for k, more in ((1, members.more_1), (2, members.more_2)):
        has = np.flatnonzero(more >= 0)
        others = more[has]
        parts.add(has, k * 1000 - 2, "汇编分隔", seeds_of(own[has], "apart", k), 0, has)
        parts.add(
            has,
            k * 1000 - 1,
            "汇编题",
            seeds_of(own[has], "head", k),
            documents.matter[others],
            (k + 1) * n + has,
        )
        half = np.maximum(5, documents.sentences[others] // 2).astype(np.uint64)
        keep = np.zeros(n, np.uint64)
        keep[has] = (np.uint64(1) << half) - np.uint64(1)
        _sentences(
            parts, documents, members, text=has, of=others, keep=keep[has], row=(k + 1) * n, position=k * 1000
        )
    has = np.flatnonzero(is_round_up)
    parts.add(has, -2, "汇编分隔", seeds_of(own[has], "apart"), 0, has)
    parts.add(has, -1, "汇编题", seeds_of(own[has], "head"), matter[has], n + has)
    return parts.texts(n, rows)


def _sentences(
    parts: _Parts,
    documents: Documents,
    members: Members,
    *,
    text: Any,
    of: Any,
    keep: Any,
    row: int,
    position: int,
) -> None:
    """Add the kept sentences of the documents ``of`` to the texts ``text`` (rows of ``members``)."""
    grammar = parts.world.grammar
    k = np.arange(_MAX_SENTENCES)
    which, k = np.nonzero((keep[:, None] >> k[None, :].astype(np.uint64)) & np.uint64(1))
    document, member = of[which], text[which]
    genre, last = documents.genre[document], documents.sentences[document] - 1
    bit = k.astype(np.uint64)
    seed = documents.seed[document]
    original = seeds_of(seed, "sentence", k)
    this_year = seeds_of(seed, "sentence", k, documents.second[document])
    original = np.where((documents.reworded[document] >> bit) & np.uint64(1), this_year, original)
    reworded = seeds_of(seed, "sentence", k, members.changed_by[member].astype(np.uint64))
    is_own = document == members.cascade[member]
    is_changed = ((members.changed[member] >> bit) & np.uint64(1)).astype(bool) & is_own
    chapters = np.array([grammar.rule(f"章{n}") for n in range(1, 16)])
    first, middle, final = (
        np.array([grammar.rule(r) for r in rules])[genre]
        for rules in (
            ("导语", "通知开头", "政策开头"),
            ("新闻段", "通知段", "条文"),
            ("新闻尾", "通知尾", "政策收尾"),
        )
    )
    is_chapter = (genre == POLICY) & (k % 5 == 1) & (k < last - 1)
    rule = np.select(
        [k == 0, k == last, is_chapter], [first, final, chapters[np.minimum(k // 5, 14)]], middle
    )
    parts.add(
        member,
        position + k,
        rule,
        np.where(is_changed, reworded, original),
        documents.matter[document],
        row + member,
    )


def titles(world: World, documents: Documents, members: Members) -> pa.LargeStringArray:
    """Return the title of each member: the document's, or what an edit made of it."""
    n = len(members)
    if n == 0:
        return pa.array([], pa.large_string())
    of, at = members.cascade, np.arange(n)
    rule_of = world.grammar.rule
    original = np.array([rule_of(r) for r in ("新闻标题", "通知标题", "政策标题")])[documents.genre[of]]
    seed = seeds_of(documents.seed[of], "title")
    own = seeds_of(seed, members.site, members.role, members.second)
    rule, text_seed = original.copy(), seed.copy()
    row = n + at
    for has, name, new_seed, new_row in (
        (members.title_by >= 0, "改标题", seeds_of(seed, members.title_by.astype(np.uint64)), n + at),
        (
            members.cover_by >= 0,
            "转发封面标题",
            seeds_of(seed, "cover", members.cover_by.astype(np.uint64)),
            at,
        ),
        (members.more_1 >= 0, "汇编标题", own, at),
        (members.role == cascades.INTERPRETATION, "解读标题", own, at),
        (members.role == cascades.SAME_SUBJECT, "同题标题", own, at),
    ):
        rule[has], text_seed[has], row[has] = rule_of(name), new_seed[has], new_row[has]
    parts = _Parts(world)
    parts.add(at, 0, rule, text_seed, documents.matter[of], row)
    has = members.role == cascades.REVISION
    parts.add(at[has], 1, "修订后缀", own[has], documents.matter[of[has]], at[has])
    rows = np.concatenate([_own_context(world, documents, members), _document_context(world, documents, of)])
    return parts.texts(n, rows)


def document_numbers(world: World, documents: Documents, members: Members) -> pa.LargeStringArray:
    """Return the document number of each member whose document has one and which shows it, else ''."""
    of = members.cascade
    rows = _document_context(world, documents, of)
    found = expand.texts(world.grammar, "文号", documents.matter[of], documents.matter[of], rows)
    shown = (documents.genre[of] == POLICY) & (members.role <= cascades.REVISION) & (members.more_1 < 0)
    shown &= uniform(seeds_of(documents.seed[of], members.site), "number") < 0.85
    return _only(shown, found)


def content_sources(world: World, documents: Documents, members: Members, parent_site: Any) -> pa.Array:
    """Return what each member names as its source: parent, origin (site or sponsor), itself, or nothing."""
    sites = world.sites
    own = seeds_of(documents.seed[members.cascade], "source", members.site)
    of = documents.site[members.cascade]
    says = np.select(
        [
            parent_site < 0,
            uniform(own, "says") < 0.5,
            uniform(own, "says") < 0.75,
            uniform(own, "says") < 0.85,
        ],
        [members.site, of, np.maximum(parent_site, 0), members.site],
        -1,
    )
    name = np.array([*sites.name, *sites.sponsor, ""], object)
    form = pick(own, "form", 2) * len(sites)
    return pa.array(name[np.where(says >= 0, says + form, 2 * len(sites))], pa.large_string())


def genres(documents: Documents, members: Members) -> npt.NDArray[np.int64]:
    """Return the genre of each member: its document's, but 3 (interpretation) or 0 (news) for lookalikes."""
    genre = documents.genre[members.cascade]
    return np.select(
        [members.role == cascades.INTERPRETATION, members.role == cascades.SAME_SUBJECT], [3, NEWS], genre
    )


def _own_context(world: World, documents: Documents, members: Members) -> npt.NDArray[np.int32]:
    return _context(world, documents, members.cascade, members.site, members.second)


def _context(world: World, documents: Documents, of: Any, site: Any, second: Any) -> npt.NDArray[np.int32]:
    """Return the context of what ``site`` writes about the documents ``of``."""
    return context(
        world,
        day=second // _DAY,
        topic=documents.topic[of],
        region=world.sites.region[site],
        site=site,
        origin=documents.site[of],
        origin_day=documents.second[of] // _DAY,
    )


def _document_context(world: World, documents: Documents, of: Any) -> npt.NDArray[np.int32]:
    site = documents.site[of]
    return context(
        world,
        day=documents.second[of] // _DAY,
        topic=documents.topic[of],
        region=world.sites.region[site],
        site=site,
    )


def _only(where: npt.NDArray[np.bool_], found: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    return pc.if_else(pa.array(where), found, pa.scalar("", pa.large_string()))
