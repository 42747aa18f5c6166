"""Letters and their replies, written as the mailbox, the hotline and the message board export them.

Long, since three formats of the same letters are compared here column by column.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.demo import clock, expand, faults, formats, grammar, people, personal
from shuju.demo.chance import choose, normal, seeds_of, uniform
from shuju.demo.faults import Delivery
from shuju.demo.formats import TEXT, chosen, join, numbered, text
from shuju.demo.issues import BOARD, CHANNELS, HOTLINE, MAILBOX, MOTIVES, THANKS, Letters
from shuju.demo.people import Writers
from shuju.demo.sites import KINDS
from shuju.demo.world import World, context
from shuju.standard import code_list, regions

BATCH = 5_000
_DAY = 86_400
_REASONS = {
    MAILBOX: (
        "impossible_date",
        "future_date",
        "missing_title",
        "unknown_region",
        "wrong_type",
        "title_too_long",
        "nul",
        "wrong_columns",
        "undecodable",
    ),
    HOTLINE: (
        "impossible_date",
        "future_date",
        "missing_title",
        "unknown_region",
        "wrong_type",
        "title_too_long",
        "nul",
        "broken_json",
    ),
    BOARD: ("impossible_date", "missing_title", "unknown_region", "wrong_type"),
}
MAILBOX_COLUMNS = (
    "信件编号",
    "信件标题",
    "信件内容",
    "来信时间",
    "姓名",
    "联系电话",
    "电子邮箱",
    "联系地址",
    "证件号码",
    "用户编号",
    "所属地区",
    "来信渠道",
    "来信目的",
    "一级分类",
    "二级分类",
    "网站标识码",
    "承办单位",
    "办理状态",
    "点赞数",
    "反对数",
    "答复内容",
    "答复时间",
    "答复单位",
    "满意度",
)
_QUOTED = ("信件标题", "信件内容", "联系地址", "答复内容")


@dataclass(frozen=True)
class Task:
    """One file of letters, in the order of time; ``numbers`` are the letters' places among all."""

    file: str
    system: int
    letters: Letters
    numbers: Any
    fault_share: float

    @property
    def rows(self) -> int:
        """How many letters the file holds."""
        return len(self.letters)


def letter_ids(numbers: Any) -> pa.LargeStringArray:
    """Return the ids of letters, scattered as those of pages are."""
    return numbered("demo-l", (np.asarray(numbers) * 7_368_787 + 1_234_567_891) % 10**9, 9)


def region_names() -> list[str]:
    """Return how the mailbox names each region: the prefecture's name, then the county's."""
    found = {r.code: r for r in regions()}
    return [(found[r.parent_code].name if r.level == "county" else "") + r.name for r in regions()]  # type: ignore[index]


def columns_of(world: World, letters: Letters, numbers: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the standard's fields of some letters, and the personal data in their bodies.

    The second is ``row`` (of these letters), ``text`` and ``kind``, for each item planted.
    """
    own = letters.seed
    day = letters.second // _DAY
    where = context(
        world, day=day, scenario=letters.scenario, region=letters.region, matter_region=letters.matter_region
    )
    is_thanks = letters.motive == THANKS
    # Who writes from elsewhere says where the matter is.
    is_away = letters.region != letters.matter_region
    g = world.grammar
    reply = _replies(world, letters, where)
    planted, sentences = personal.sentences(world, letters)
    writers = Writers(world, letters.writer, letters.region)

    def say(rule: Any, seed: Any) -> pa.Array:
        return expand.texts(world.grammar, rule, seed, letters.matter, where)

    def unless_thanks(rule: str, thanks: str) -> Any:
        return np.where(is_thanks, world.grammar.rule(thanks), world.grammar.rule(rule))

    columns = {
        "letter_id": letter_ids(numbers),
        "title": say(
            np.where(is_away, g.rule("外地来信标题"), unless_thanks("来信标题", "感谢标题")),
            seeds_of(own, "title"),
        ),
        "body": join(
            _heads(world, letters, where),
            sentences,
            say(unless_thanks("来信四", "结尾"), seeds_of(own, "end")),
        ),
        "second": letters.second,
        "writers": writers,
        "region": letters.region,
        "channel": letters.channel,
        "motive": chosen(MOTIVES, letters.motive),
        "topic_1": chosen(world.topics, world.scenario_topic[letters.scenario]),
        "topic_2": pa.array(
            np.array([s.split("/")[1] for s in grammar.scenarios()], object)[letters.scenario], TEXT
        ),
        "department": say("承办", own),
        "site_id": _sites(world, letters),
        "likes": np.floor(np.exp(1.2 * normal(own, "likes"))).astype(np.int64) + 4 * (letters.issue >= 0),
        "dislikes": (uniform(own, "dislike") ** 6 * 4).astype(np.int64),
        **reply,
    }
    return columns, planted


def _heads(world: World, letters: Letters, where: Any) -> pa.LargeStringArray:
    """Return the letters' texts up to the point where personal data may follow."""
    g, own, n = world.grammar, letters.seed, len(letters)
    is_again, thanks = letters.repeat_of >= 0, letters.motive == THANKS
    rule_of = g.rule
    empty = rule_of("空")
    rules = np.column_stack(
        [
            np.where(is_again, rule_of("再次"), empty),
            np.where(thanks, rule_of("感谢开头"), rule_of("来信一")),
            np.where(thanks, rule_of("感谢正文"), rule_of("来信二")),
            np.where(thanks, empty, rule_of("来信三")),
            np.where(letters.is_petition, rule_of("转化句"), empty),
        ]
    )
    first = letters.text_seed
    seeds = np.column_stack(
        [
            seeds_of(own, "again"),
            seeds_of(own, "open"),
            seeds_of(first, "tell"),
            seeds_of(first, "effect"),
            seeds_of(own, "petition"),
        ]
    )
    width = rules.shape[1]
    segments = expand.Segments(
        rules.ravel(), seeds.ravel(), np.repeat(letters.matter, width), np.repeat(np.arange(n), width), where
    )
    return expand.expand(g, segments, np.arange(n) * width)


def _replies(world: World, letters: Letters, where: Any) -> dict[str, Any]:
    """Return reply, when (seconds, or -1), by whom, the status and the satisfaction (0 for none)."""
    own = letters.seed
    delay = np.exp(np.log(8.5) + 0.75 * normal(own, "delay"))
    delay = np.where(letters.is_petition, delay * 2.0, delay)
    answered_at = clock.to_office_hours(
        letters.second + (delay * _DAY).astype(np.int64), uniform(own, "hour")
    )
    never = uniform(own, "never") < 0.08
    is_answered = ~never & (answered_at < clock.SECONDS)
    is_template = uniform(own, "template") < 0.12
    rule = np.where(is_template, world.grammar.rule("模板答复"), world.grammar.rule("答复"))
    # A template is the same for all letters to one department.
    seed = np.where(
        is_template,
        seeds_of(world.seed, "template", letters.region, letters.scenario),
        seeds_of(own, "reply"),
    )
    matter = np.where(is_template, seed, letters.matter)
    at = where.copy()
    at[:, grammar.DAY] = np.clip(
        np.where(is_answered, answered_at, letters.second) // _DAY, 0, clock.DAYS - 1
    )
    found = expand.texts(world.grammar, rule, seed, matter, at)
    blank = pa.scalar("", TEXT)
    mask = pa.array(is_answered)
    names = list(code_list("letter_statuses").names.values())
    is_old = clock.SECONDS - letters.second > 15 * _DAY
    status = np.where(
        is_answered, 2 + (uniform(own, "closed") < 0.7), (is_old | (uniform(own, "moved") < 0.5)).astype(int)
    )
    score = 1 + choose(own, "score", [0.12, 0.08, 0.15, 0.25, 0.4])
    score = np.where(is_template & (uniform(own, "cross") < 0.6), 1 + score // 3, score)
    return {
        "reply": pc.if_else(mask, found, blank),
        "replied": np.where(is_answered, answered_at, -1),
        "reply_department": pc.if_else(mask, expand.texts(world.grammar, "承办", own, own, where), blank),
        "status": chosen(names, status),
        "satisfaction": np.where(is_answered & (uniform(own, "scored") < 0.55), score, 0),
    }


def _sites(world: World, letters: Letters) -> pa.LargeStringArray:
    """Return the county portal that took each letter; '' for hotline and the like."""
    portal = {
        world.sites.region[n]: n for n in np.flatnonzero(world.sites.kind == KINDS.index("county_portal"))
    }
    table = np.array([portal.get(n, 0) for n in range(len(regions()))])
    named = np.array(world.sites.site_id, object)[table[letters.region]]
    return pa.array(np.where(np.isin(letters.channel, [0, 1]), named, ""), TEXT)


def write(world: World, task: Task, raw: Path) -> dict[str, dict[str, list[Any]]]:
    """Write the file of a task; return the truth of its deliveries and of the personal data in it."""
    reasons = _REASONS[task.system]
    rng = np.random.default_rng(int(seeds_of(world.seed, "faults", task.file)))
    delivery = faults.deliver(rng, len(task.letters), reasons, task.fault_share)
    truth = dict(zip(("malformed", "deliveries"), delivery.truth(task.file), strict=True))
    truth["personal"] = {"file": [], "row_key": [], "text": [], "kind": []}
    path = raw / task.file
    if task.system == BOARD:
        rows = _deliver(world, task, delivery, truth)
        formats.xlsx(path, _board(rows, delivery), len(delivery))
        return truth
    is_csv = task.system == MAILBOX
    head = (",".join(MAILBOX_COLUMNS) + "\r\n").encode("gb18030")
    with formats.plain(path, head) if is_csv else formats.zst(path) as out:
        for start in range(0, len(delivery), BATCH):
            part = Delivery(delivery.row[start : start + BATCH], delivery.fault[start : start + BATCH])
            columns = _deliver(world, task, part, truth)
            if is_csv:
                raw_columns = _mailbox(columns, part)
                lines = formats.csv_lines(list(raw_columns.values()), [n in _QUOTED for n in MAILBOX_COLUMNS])
            else:
                lines = formats.json_lines(_hotline(columns, part))
            lines = faults.spoil_lines(lines, part)
            out.write(formats.gb18030(lines) if is_csv else formats.utf8(lines))
    return truth


def _deliver(world: World, task: Task, part: Delivery, truth: dict[str, Any]) -> dict[str, Any]:
    letters = task.letters.take(part.row)
    columns, planted = columns_of(world, letters, np.asarray(task.numbers)[part.row])
    keep = (part.fault[planted["row"]] == faults.GOOD).nonzero()[0]
    ids = columns["letter_id"].take(pa.array(planted["row"][keep]))
    truth["personal"]["file"] += [task.file] * len(keep)
    truth["personal"]["row_key"] += ids.to_pylist()
    truth["personal"]["text"] += planted["text"].take(pa.array(keep)).to_pylist()
    truth["personal"]["kind"] += [personal.KINDS[k] for k in planted["kind"][keep]]
    changed = part.fault == faults.CHANGED
    columns["likes"] = columns["likes"] + 7 * changed
    bad = pa.array(part.is_malformed)
    columns["letter_id"] = pc.if_else(bad, join(columns["letter_id"], "x"), columns["letter_id"])
    return columns


def _moment(seconds: Any, form: str) -> pa.LargeStringArray:
    found = clock.written(np.maximum(seconds, 0), form)
    return pc.if_else(pa.array(seconds >= 0), found, pa.scalar("", TEXT))


def _number(values: Any, is_missing: Any = False) -> pa.LargeStringArray:
    found = text(pa.array(values))
    return pc.if_else(pa.array(np.broadcast_to(is_missing, len(values))), pa.scalar("", TEXT), found)


def _mailbox(columns: dict[str, Any], part: Delivery) -> dict[str, pa.Array]:
    writers: Writers = columns["writers"]
    seed = writers.seed
    gives = uniform(seed, "gives")
    channel = np.array([code_list("channels").names[c] for c in CHANNELS], object)
    blank = pa.scalar("", TEXT)
    found = {
        "信件编号": columns["letter_id"],
        "信件标题": columns["title"],
        "信件内容": columns["body"],
        "来信时间": clock.written(columns["second"], "%Y/%m/%d %H:%M:%S"),
        "姓名": writers.text("人名"),
        "联系电话": people.mobiles(seed),
        "电子邮箱": pc.if_else(pa.array(gives < 0.3), people.mails(seed), blank),
        "联系地址": writers.address,
        "证件号码": pc.if_else(pa.array(gives < 0.7), writers.id_number, blank),
        "用户编号": numbered("U", writers.index, 9),
        "所属地区": chosen(region_names(), columns["region"]),
        "来信渠道": pa.array(channel[columns["channel"]], TEXT),
        "来信目的": columns["motive"],
        "一级分类": columns["topic_1"],
        "二级分类": columns["topic_2"],
        "网站标识码": columns["site_id"],
        "承办单位": columns["department"],
        "办理状态": columns["status"],
        "点赞数": _number(columns["likes"]),
        "反对数": _number(columns["dislikes"]),
        "答复内容": columns["reply"],
        "答复时间": _moment(columns["replied"], "%Y/%m/%d %H:%M:%S"),
        "答复单位": columns["reply_department"],
        "满意度": _number(columns["satisfaction"], columns["satisfaction"] == 0),
    }
    names = {"date": "来信时间", "title": "信件标题", "region": "所属地区", "number": "点赞数"}
    return faults.spoil(found, part, names)


def _hotline(columns: dict[str, Any], part: Delivery) -> dict[str, pa.Array]:
    writers: Writers = columns["writers"]
    found_regions = regions()
    # The hotline kept codes from before a county's renaming until the end of 2022.
    old = np.array([r.old_code or r.code for r in found_regions], object)
    new = np.array([r.code for r in found_regions], object)
    is_before = columns["second"] < 730 * _DAY
    code = np.where(is_before, old[columns["region"]], new[columns["region"]])
    hidden = uniform(writers.seed, "hidden") < 0.35
    channel = np.array([code_list("channels").names[c] for c in CHANNELS], object)
    found = {
        "gdbh": columns["letter_id"],
        "bt": columns["title"],
        "nr": columns["body"],
        "fysj": clock.written(columns["second"]),
        "ldrxm": writers.text("人名"),
        "lxdh": people.mobiles(writers.seed),
        "dz": writers.address,
        "yhbm": numbered("U", writers.index, 9),
        "xb": pa.array(np.where(hidden, "", np.where(writers.is_female, "女", "男")).astype(object), TEXT),
        "csnf": _number(writers.birth_year, hidden),
        "qhdm": pa.array(code, TEXT),
        "sqly": pa.array(channel[columns["channel"]], TEXT),
        "sqlx": columns["motive"],
        "gdfl": columns["topic_1"],
        "gdzl": columns["topic_2"],
        "cbdw": columns["department"],
        "zt": columns["status"],
        "dzs": _number(columns["likes"]),
        "hfnr": columns["reply"],
        "hfsj": _moment(columns["replied"], "%Y年%m月%d日 %H:%M"),
        "hfdw": columns["reply_department"],
        "myd": _number(columns["satisfaction"], columns["satisfaction"] == 0),
    }
    names = {"date": "fysj", "title": "bt", "region": "qhdm", "number": "dzs"}
    return faults.spoil(found, part, names, "\\u0000")


def _board(columns: dict[str, Any], part: Delivery) -> dict[str, pa.Array]:
    replied = columns["replied"]
    found = {
        "留言编号": columns["letter_id"],
        "留言用户": numbered("A", columns["writers"].index, 9),
        "留言主题": columns["title"],
        "留言时间": clock.written(columns["second"], "%Y/%m/%d %H:%M:%S"),
        "留言详情": join("\n\t", columns["body"], "\n"),
        "地区": chosen(region_names(), columns["region"]),
        "类别": columns["topic_1"],
        "反对数": _number(columns["dislikes"]),
        "点赞数": _number(columns["likes"]),
        "答复意见": columns["reply"],
    }
    names = {"date": "留言时间", "title": "留言主题", "region": "地区", "number": "点赞数"}
    spoilt = faults.spoil(found, part, names)
    times = pc.if_else(pa.array(replied >= 0), clock.timestamps(np.maximum(replied, 0)), None)
    return spoilt | {"答复时间": times}
