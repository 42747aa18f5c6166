"""Passports, travel permits and identity documents of people from elsewhere, in folded text.

Their numbers have no check digit, or hardly one: most count only where the text says what they are. The permanent
residence of foreigners of before 2023 (three letters, twelve digits) is known by its nation, region and birth date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shuju.text.identity import is_identity_number
from shuju.text.personal_item import Item
from shuju.text.personal_run import DENIED, MOBILE, WINDOW

# Letters and digits, or digits alone, in groups or not.
_NUMBER = re.compile(
    r"[A-Za-z](?<![A-Za-z_*-].)[A-Za-z]{0,2}[ -]?[0-9](?:[ -]?[0-9]){5,}"
    r"|[0-9](?<![0-9A-Za-z_*+-].)(?:[ -]?[0-9]){6,}"
)
_DIGITS = re.compile("[0-9]{6}")
_WHOLE_BEFORE = re.compile(r"(?<![0-9])[0-9]{11,36}[Xx]?$")
_WHOLE_AFTER = re.compile(r"[0-9]{11,36}[Xx]?(?![0-9A-Za-z])")
_TOUCHING = re.compile("[0-9A-Za-z_-]")

# What is said before a number; a sentence's end or another item ends the saying.
_CUE = re.compile(
    r"(?P<taiwan>台胞[证卡]|台湾居民(?!居住)|大陆通行证|台胞)"
    r"|(?P<permit>回乡[证卡]|(?<![车辆货油出入城乡时路区园校疫部控子])通行证)"
    r"|(?P<passport>护照|旅行证|passport)"
    r"|(?P<residence>永居|居留)"
    r"|(?P<identity>身[份分]|证件|证号|(?<![a-z])id(?![a-z]))",
    re.IGNORECASE,
)
_SAID_WITHIN = re.compile(r"[^。;!?\0]{0,16}")
# Between such a word and a number without letters.
_NAMED = re.compile(
    r"(?:来往大陆)?(?:通行)?证?件?(?:的?[号编字]?号?码?|[ ,)]{0,2}(?:证件)?号?码?)?[ ,]?(?:no\.? ?)?[ :为是(|\n]{0,3}",
    re.IGNORECASE,
)
_COUNTED = re.compile(r" ?(?:[年月日人万亿个次级版元条%本份件户家]|[张名](?![\u4e00-\u9fff]))")
_DATE = re.compile("(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_PLAIN_PASSPORT = re.compile(r"[EG](?!19|20)[0-9]{8}|E[A-HJ-NP-Z](?!19|20)[0-9]{7}")
_HONG_KONG = re.compile(r"[A-Z]{1,2}[ -]?[0-9]{3}[ -]?[0-9]{3}[ -]?(?:\( ?[0-9A] ?\)|[0-9A])", re.IGNORECASE)
# A product and its licence: 规格G12345678, 国食健字G12345678.
_OF_A_THING = re.compile("(?:规格|[^证]件号码?|[字型注])[:为是 ]?$")
_MACAO = re.compile(r"[157][0-9]{6} ?\( ?[0-9] ?\)")
_OLD_MARK = re.compile(r" ?\([A-Za-z]\)|[A-Za-z](?![0-9A-Za-z])")

# ISO 3166-1 alpha-3, but for China.
_NATIONS = frozenset(
    (  # noqa: SIM905 - a list of words is easier to read
        "ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM "
        "BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM "
        "CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN "
        "GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY "
        "JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAF MAR MCO MDA MDG MDV MEX "
        "MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL "
        "OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB "
        "SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR "
        "TUV TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE"
    ).split()
)


@dataclass(frozen=True)
class _Said:
    """What kind of document the text speaks of, and what stands between that word and the number."""

    kind: str
    between: str


@dataclass(frozen=True)
class _Written:
    """A number as it stands: letters, digits, where each digit is."""

    s: str
    start: int
    letters: str
    digits: str
    at: list[int]

    def item(self, kind: str, n: int) -> Item:
        return Item(self.start, self.at[n - 1] + 1, kind, self.letters + self.digits[:n])

    def ends(self, n: int) -> bool:
        """Whether the number may end after ``n`` digits: nothing touches it, or whole other numbers do."""
        return n <= len(self.at) and _ends(self.s, self.at[n - 1] + 1)

    @property
    def is_close(self) -> bool:
        """Whether no blank or dash stands in it."""
        return self.at[-1] + 1 - self.start == len(self.letters) + len(self.digits)

    @property
    def is_denied(self) -> bool:
        """Whether the words before it say that it is the number of a thing."""
        before = self.s[max(0, self.start - WINDOW) : self.start]
        return bool(DENIED.search(before) or _OF_A_THING.search(before))


def documents(s: str) -> Iterator[Item]:
    """Yield passports, travel permits, and identity documents of people from elsewhere."""
    for m in _NUMBER.finditer(s):
        start = m.start()
        if not _begins(s, start):
            continue
        at = [k for k in range(*m.span()) if "0" <= s[k] <= "9"]
        letters = s[start : at[0]].rstrip(" -").upper()
        if letters == "NO":
            start, letters = at[0], ""
        written = _Written(s, start, letters, "".join([s[k] for k in at]), at)
        said = _said(s[max(0, start - WINDOW) : start])
        if item := _lettered(written, said) if letters else _bare(written, said):
            yield item


def _said(before: str) -> _Said | None:
    """Return the nearest word for a document in ``before``, unless the number is said to be something else's."""
    for number in _DIGITS.finditer(before):  # what is said before another number is said of that
        before = before[number.end() - len(before) :]
    found = list(_CUE.finditer(before))
    if not found:
        return None
    last = found[-1]
    kinds = {str(m.lastgroup) for m in found if _SAID_WITHIN.fullmatch(before, m.end())}
    denied = DENIED.search(before)
    if not kinds or (denied and denied.start() > last.end() and denied[0][:2].lower() != "no"):
        return None
    # 台胞证，证件号码：…: the word that says more counts.
    kind = next(k for k in ("taiwan", "permit", "passport", "residence", "identity") if k in kinds)
    ends = [m.end() for m in found if m.lastgroup == kind]
    return _Said(kind, before[ends[-1] :])


def _lettered(written: _Written, said: _Said | None) -> Item | None:
    kind, letters, digits = said.kind if said else "", written.letters, written.digits
    if len(letters) == 3:
        is_said = kind in ("residence", "identity")
        fits = written.ends(12) and (is_said or _is_old_residence(written))
        return written.item("identity_number", 12) if fits else None
    if kind in ("taiwan", "permit"):
        lengths, named = (10, 8, 7, 9, 6), "travel_permit"
    elif kind == "passport":
        lengths, named = (8, 7, 9, 6), "passport"
    elif kind in ("identity", "residence"):
        return _of_identity(written)
    else:
        plain = _PLAIN_PASSPORT.match(letters + digits)
        n = len(plain[0]) - len(letters) if plain else 0
        fits = plain and written.is_close and written.ends(n) and not written.is_denied
        return written.item("passport", n) if fits else None
    n = next((n for n in lengths if written.ends(n)), 0)
    return written.item(named, n) if n and not _COUNTED.match(written.s, written.at[n - 1] + 1) else None


def _of_identity(written: _Written) -> Item | None:
    """Read what may follow 身份证 or 证件号码: an identity card of Taiwan or Hong Kong, a permit, a passport."""
    letters, digits = written.letters, written.digits
    if len(letters) == 1 and digits[0] in "12" and written.ends(9):
        return written.item("identity_number", 9)
    if letters in ("H", "M") and (n := next((n for n in (10, 8) if written.ends(n)), 0)):
        return written.item("travel_permit", n)
    if (m := _HONG_KONG.match(written.s, written.start)) and _ends(written.s, m.end()):
        plain = re.sub("[ ()-]", "", m[0]).upper()
        return Item(written.start, m.end(), "identity_number", plain)
    if _PLAIN_PASSPORT.fullmatch(letters + digits) and written.ends(len(digits)):
        return written.item("passport", len(digits))
    return None


def _is_old_residence(written: _Written) -> bool:
    return (
        written.letters in _NATIONS
        and not written.is_denied
        # Province and birth date as in a resident's number of fifteen digits.
        and is_identity_number(written.digits[:2] + "0101" + written.digits[4:10] + "001")
    )


def _bare(written: _Written, said: _Said | None) -> Item | None:
    if said and said.kind == "identity" and (m := _MACAO.match(written.s, written.start)):
        return Item(written.start, m.end(), "identity_number", re.sub("[ ()]", "", m[0]))
    if not said or said.kind not in ("taiwan", "permit", "passport") or not _NAMED.fullmatch(said.between):
        return None
    lengths, kind = ((9, 8, 7), "passport") if said.kind == "passport" else ((10, 8), "travel_permit")
    for n in lengths:
        stop = written.at[n - 1] + 1 if n <= len(written.at) else 0
        mark = _OLD_MARK.match(written.s, stop) if n == 10 and stop else None
        if not stop or not (mark or _ends(written.s, stop)) or _COUNTED.match(written.s, stop):
            continue
        if n == 8 and _DATE.fullmatch(written.digits[:8]) and "号" not in said.between:
            continue
        return Item(written.start, mark.end() if mark else stop, kind, written.digits[:n])
    return None


def _begins(s: str, start: int) -> bool:
    """Whether a document may begin at ``start``: nothing touches it, or whole numbers do."""
    if not start or not _TOUCHING.match(s, start - 1):
        return True
    m = _WHOLE_BEFORE.search(s, max(0, start - 40), start)
    return bool(m) and _are_numbers(m[0])


def _ends(s: str, stop: int) -> bool:
    if not _TOUCHING.match(s, stop):
        return True
    m = _WHOLE_AFTER.match(s, stop)
    return bool(m) and _are_numbers(m[0])


def _are_numbers(run: str) -> bool:
    """Whether a run of digits is mobile phones and identity numbers, one after the other."""
    if not run:
        return True
    return any(_are_numbers(run[n:]) for n in (11, 18) if _is_number(run[:n], n))


def _is_number(part: str, n: int) -> bool:
    return bool(MOBILE.fullmatch(part)) if n == 11 else len(part) == n and is_identity_number(part)
