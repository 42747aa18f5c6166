"""People and enterprises that do not exist: their names, numbers with right check digits, addresses.

Everything is a pure function of a person's or enterprise's seed or index. Digits are handled as
(n, width) arrays; check digits follow GB 11643 (ISO 7064 MOD 11-2), ISO/IEC 7812 (Luhn), GB 32100.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuju.demo import expand
from shuju.demo.chance import choose, normal, pick, seeds_of, uniform
from shuju.demo.formats import TEXT, chosen, join, numbered
from shuju.demo.province_told import told
from shuju.demo.world import World, context
from shuju.standard import regions

Codes = npt.NDArray[np.int64]

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_MOBILE = [
    "130",
    "131",
    "132",
    "135",
    "136",
    "137",
    "138",
    "139",
    "147",
    "150",
    "151",
    "152",
    "155",
    "156",
    "157",
    "158",
    "159",
    "166",
    "173",
    "176",
    "177",
    "178",
    "180",
    "181",
    "182",
    "185",
    "186",
    "187",
    "188",
    "189",
    "191",
    "198",
    "199",
]
_MAIL = ("mail", "post", "xinxiang", "inbox")
_LETTERS = np.frombuffer(b"ABCDEFGHJKLMNPQRSTUVWXYZ", "S1").astype(str)


def enterprise_count(records: int) -> int:
    """Return how many enterprises a province of so many records has."""
    return max(30, records // 200)


def item_count(records: int) -> int:
    """Return how many policy items a province of so many records has."""
    return max(20, records // 400)


def item_ids(index: Any) -> pa.LargeStringArray:
    """Return the ids of policy items."""
    return numbered("demo-item-", index, 7)


def _glyphs(digits: Codes, alphabet: str = "0123456789") -> pa.LargeStringArray:
    """Return each row of ``digits`` as text; ASCII alphabets only."""
    table = np.frombuffer(alphabet.encode(), np.uint8)
    data = np.ascontiguousarray(table[digits])
    n, width = data.shape
    offsets = np.arange(n + 1, dtype=np.int64) * width
    return pa.LargeStringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(data))


def _digits(numbers: Any, width: int) -> Codes:
    scale = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return np.asarray(numbers, np.int64)[:, None] // scale % 10


def _random_digits(seeds: Any, what: str, width: int) -> Codes:
    return _digits(pick(seeds, what, 10**width), width)


def id_numbers(
    region: Codes, birth: Codes, is_female: npt.NDArray[np.bool_], seeds: Any
) -> pa.LargeStringArray:
    """Return 18-digit identity numbers (GB 11643-1999); ``birth`` is yyyymmdd, ``region`` a numeric code."""
    order = pick(seeds, "order", 500) * 2
    order = np.where(is_female, order, order + 1)
    body = np.hstack([_digits(region, 6), _digits(birth, 8), _digits(order, 3)])
    weights = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
    check = np.array([1, 0, 10, 9, 8, 7, 6, 5, 4, 3, 2])[(body * weights).sum(axis=1) % 11]
    return _glyphs(np.hstack([body, check[:, None]]), "0123456789X")


def old_id_numbers(
    region: Codes, birth: Codes, is_female: npt.NDArray[np.bool_], seeds: Any
) -> pa.LargeStringArray:
    """Return the 15-digit identity numbers in force before 1999: a two-digit year and no check digit."""
    order = pick(seeds, "order", 500) * 2
    order = np.where(is_female, order, order + 1)
    return _glyphs(np.hstack([_digits(region, 6), _digits(birth % 10**6, 6), _digits(order, 3)]))


def bank_cards(seeds: Any) -> pa.LargeStringArray:
    """Return 19-digit card numbers with their Luhn digit (ISO/IEC 7812-1)."""
    head = np.array([[6, 2, 2, 8, 4, 8], [6, 2, 1, 7, 0, 0], [6, 2, 2, 2, 0, 2]])[pick(seeds, "bank", 3)]
    body = np.hstack([head, _random_digits(seeds, "card", 12)])
    doubled = body[:, ::-1].copy()
    doubled[:, ::2] *= 2
    check = -(doubled // 10 + doubled % 10).sum(axis=1) % 10
    return _glyphs(np.hstack([body, check[:, None]]))


def mobiles(seeds: Any) -> pa.LargeStringArray:
    """Return 11-digit mobile numbers."""
    head = np.array([[int(c) for c in p] for p in _MOBILE])[pick(seeds, "net", len(_MOBILE))]
    return _glyphs(np.hstack([head, _random_digits(seeds, "mobile", 8)]))


def landlines(region: Any, seeds: Any) -> pa.LargeStringArray:
    """Return fixed numbers with the area code of the region (an index into ``regions()``)."""
    areas = told().area_codes
    first = next(iter(areas.values()))
    codes = np.array([areas.get(f"{r.code[:4]}00", first) for r in regions()], object)[region]
    number = _random_digits(seeds, "line", 8)
    number[:, 0] = 2 + number[:, 0] % 7
    return join(pa.array(codes, TEXT), "-", _glyphs(number))


def plates(seeds: Any) -> pa.LargeStringArray:
    """Return number plates of cars."""
    tail = _random_digits(seeds, "plate", 5)
    tail_text = _glyphs(tail)
    near = told().neighbours
    share = np.array([0.04, *([0.02] * (len(near) - 1))])
    shares = [1 - share.sum(), *share]
    province = np.array([told().abbreviation, *near], object)[choose(seeds, "province", shares)]
    letter = _LETTERS[pick(seeds, "letter", min(len(regions("prefecture")), len(_LETTERS)))].astype(object)
    return join(pa.array(province, TEXT), pa.array(letter, TEXT), tail_text)


def passports(seeds: Any) -> pa.LargeStringArray:
    """Return passport numbers: E and eight digits."""
    return join("E", _glyphs(_random_digits(seeds, "passport", 8)))


def mails(seeds: Any) -> pa.LargeStringArray:
    """Return e-mail addresses under a domain reserved for examples (RFC 2606)."""
    letters = _glyphs(
        pick(seeds_of(seeds[:, None], np.arange(5)), "letter", 26), "abcdefghijklmnopqrstuvwxyz"
    )
    host = chosen(_MAIL, pick(seeds, "host", len(_MAIL)))
    return join(letters, _glyphs(_random_digits(seeds, "mail", 4)), "@", host, ".example.com")


def wechats(seeds: Any) -> pa.LargeStringArray:
    """Return WeChat names."""
    letters = _glyphs(
        pick(seeds_of(seeds[:, None], np.arange(6)), "wechat", 26), "abcdefghijklmnopqrstuvwxyz"
    )
    return join(letters, "_", _glyphs(_random_digits(seeds, "wechat", 4)))


def qqs(seeds: Any) -> pa.LargeStringArray:
    """Return QQ numbers of nine or ten digits."""
    digits = _random_digits(seeds, "qq", 9)
    digits[:, 0] = 1 + digits[:, 0] % 9
    return _glyphs(digits)


def credit_codes(world: World, index: Any) -> pa.LargeStringArray:
    """Return the 18-character unified social credit codes (GB 32100-2015) of enterprises by index."""
    seeds = seeds_of(world.seed, "firm", index)
    county = enterprise_county(world, index)
    region = np.array([int(r.code) for r in regions()])[county]
    body = np.hstack(
        [
            np.full((len(seeds), 1), 9),
            np.full((len(seeds), 1), 1),
            _digits(region, 6),
            _digits(np.asarray(index) % 10**8, 8),
            pick(seeds, "tail", 31)[:, None],
        ]
    )
    weights = 3 ** np.arange(17) % 31
    check = (31 - (body * weights).sum(axis=1) % 31) % 31
    return _glyphs(np.hstack([body, check[:, None]]), _CREDIT_ALPHABET)


def enterprise_county(world: World, index: Any) -> npt.NDArray[np.int64]:
    """Return the county (an index into ``regions()``) of each enterprise."""
    return world.counties[choose(seeds_of(world.seed, "firm", index), "county", world.county_population)]


class Writers:
    """The writers of letters by index: each attribute is computed when asked for."""

    def __init__(self, world: World, index: npt.NDArray[np.int64], county: npt.NDArray[np.int64]) -> None:
        """Take the writers ``index``, who live in ``county`` (indexes into ``regions()``)."""
        self.world, self.index, self.county = world, index, county
        self.seed = seeds_of(world.seed, "writer", index)
        self.is_female = uniform(self.seed, "sex") < 0.44
        age = np.clip(45 + 15 * normal(self.seed, "age"), 18, 88)
        self.birth_year = (2023 - age).astype(np.int64)
        month, day = 1 + pick(self.seed, "month", 12), 1 + pick(self.seed, "day", 28)
        self.birth = self.birth_year * 10_000 + month * 100 + day
        self.context = context(world, day=np.zeros(len(index), int), region=county)

    def text(self, rule: str) -> pa.LargeStringArray:
        """Return what the grammar's rule makes of each writer, always the same."""
        return expand.texts(self.world.grammar, rule, self.seed, self.seed, self.context)

    @property
    def address(self) -> pa.LargeStringArray:
        """Where they live."""
        return self.text("住址")

    @property
    def id_number(self) -> pa.LargeStringArray:
        """Their identity numbers; of the oldest, some still give the 15-digit ones."""
        codes = np.array([int(r.code) for r in regions()])[self.county]
        new = id_numbers(codes, self.birth, self.is_female, self.seed)
        old = old_id_numbers(codes, self.birth, self.is_female, self.seed)
        is_old = (self.birth_year < 1950) & (uniform(self.seed, "old") < 0.3)
        return pc.if_else(pa.array(is_old), old, new)
