"""Drafts of sources for files that nobody described: the share of raw fields that are mapped as a person would, names and values.

    python -m bench.drafting DATA

A raw field counts as right where it is mapped to one of the standard fields that ``RIGHT`` gives it, or to none where it gives
none. Of the fields mapped right, one whose values come out wrong or empty where the raw field has one, in more than a row in
twenty, is counted as wrong in the column of values. The tables of 12345 orders are invented: they write states, channels, topics and
marks as different systems do. What a draft tells a person to add is added, so that rows are not refused for it.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import xlsxwriter

from shuju import catalog as catalogs
from shuju.catalog import Table
from shuju.clock import now
from shuju.library.batch import RawBatch
from shuju.library.draft_yaml import as_yaml
from shuju.library.drafting import Draft, draft_source
from shuju.library.expected import as_expected
from shuju.library.readers import reader
from shuju.library.standardise import Context, Standardised, standardise

NONE = ""
NEWS = {
    "id": "record_id",
    "copy": "site_id",
    "date": "published_at",
    "title": "title",
    "text": "body",
    "url": "url",
}
PAGES = {
    "meta.SiteIDCode": "site_id", "meta.ArticleTitle": "title", "main_text": "body", "meta.ColumnName": "column_name",
    "meta.ContentSource": "content_source", "meta.Author": "author", "meta.Keywords": "keywords",
    "meta.PubDate": "published_at", "meta.Url": "url record_id",
}  # fmt: skip
# Cards are numbered (n) within their chapters; the page alone tells them apart.
CARDS = {
    "page": "item_id", "title": "title", "fields.发文机构": "department", "fields.条件要求": "condition",
    "fields.服务内容": "benefit", "fields.发布日期": "opens_on",
}  # fmt: skip
ORDERS = {
    "工单编号": "letter_id", "诉求人": "writer_name", "联系电话": "phone", "性别": "writer_sex", "身份证号": NONE,
    "诉求标题": "title", "诉求内容": "body", "诉求类型": "motive", "诉求来源": "channel", "一级分类": "topic_1",
    "二级分类": "topic_2", "所属区县": "region_code", "承办单位": "department", "受理时间": "written_at",
    "办结时间": "replied_at", "办理结果": "reply", "工单状态": "status", "满意度": "satisfaction", "紧急程度": NONE, "坐席工号": NONE,
}  # fmt: skip
# What the values of the invented orders mean.
MEANT: dict[str, dict[str, str]] = {
    "诉求类型": {"投诉": "complaint", "求助": "help", "咨询": "inquiry", "投诉举报": "complaint", "意见建议": "advice", "表扬": "thanks"},
    "诉求来源": {
        "电话": "hotline", "微信": "wechat", "网站": "message_board", "12345热线": "hotline", "微信公众号": "wechat", "手机APP": "app",
        "市长信箱": "leader_mailbox", "现场来访": "visit",
    },
    "一级分类": {
        "城市管理": "城乡建设", "环境保护": "环境保护", "住房和城乡建设": "城乡建设", "交通出行": "交通运输", "人力资源和社会保障": "劳动和社会保障",
        "医疗卫生": "卫生计生", "公安政法": "政法",
    },
    "工单状态": {
        "已办结": "closed", "办理中": "assigned", "已结案": "closed", "处理中": "assigned", "待派单": "received", "已回复": "answered",
    },
    "满意度": {"满意": "4", "基本满意": "3", "不满意": "2", "非常满意": "5", "非常不满意": "1"},
    "性别": {"男": "male", "女": "female", "先生": "male", "女士": "female"},
    "所属区县": {"岳麓区": "430104", "雨花区": "430111", "长沙县": "430121", "长沙市芙蓉区": "430102", "湖南省长沙市浏阳市": "430181"},
}  # fmt: skip
PLAIN: dict[str, list[str]] = {
    "诉求类型": ["投诉", "求助", "咨询"], "诉求来源": ["电话", "微信", "网站"], "一级分类": ["城市管理", "环境保护"],
    "工单状态": ["已办结", "办理中"], "满意度": ["满意", "基本满意", "不满意"], "性别": ["男", "女"], "所属区县": ["岳麓区", "雨花区", "长沙县"],
}  # fmt: skip
LEAST_RIGHT = 0.95
ROUTING = {"id": "letter_id", "title": "title", "body": "body", "dept": "department"}
SETS: dict[str, tuple[str, str, Mapping[str, str]]] = {
    "reprints_xwlb2023": ("reprints_xwlb2023/items.jsonl.gz", "records", NEWS),
    "gov_pages": ("gov_pages/html", "records", PAGES),
    "routing (departments)": ("routing/routing_dept_dev.jsonl", "letters", ROUTING),
    "routing (replies)": ("routing/retrieval_letter_reply_dev.jsonl", "letters", {"id": "letter_id", "query": "title", "reply": "reply"}),
    "policy cards": ("policy/beijing_cards_dev.json", "policy_items", CARDS),
    "national_sentences": ("work_reports/national_sentences", "records", {"报告年份": "record_id", "全局对齐序号": "record_id", "中文": "body"}),
}  # fmt: skip


def write_orders(path: Path, words: Mapping[str, Sequence[str]] = PLAIN) -> Path:
    """Write an invented table: two title rows, 60 orders whose coded fields are written with ``words``, a row of sums."""
    pick = random.Random(1).choice
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("工单")
        sheet.write_row(0, 0, ["某市12345热线工单明细表"])
        sheet.write_row(1, 0, ["导出时间：2024-08-01"])
        sheet.write_row(2, 0, list(ORDERS))
        for n in range(60):
            day = n % 28 + 1
            sheet.write_row(
                n + 3, 0,
                [
                    f"GD202407{n:05d}", pick(["王先生", "李女士", "赵某"]), f"138{n:08d}", pick(words["性别"]),
                    f"43010219{60 + n % 40}0101{n:03d}X", f"反映{pick(['路灯', '井盖', '噪声', '停水'])}问题第{n}件",
                    f"市民来电反映{pick(['朝阳路', '人民路'])}{pick(['路灯不亮', '井盖丢失', '夜间施工噪声大'])}，请尽快处理，编号{n}。",
                    pick(words["诉求类型"]), pick(words["诉求来源"]), pick(words["一级分类"]),
                    pick(["路灯", "噪声", "供水"]), pick(words["所属区县"]), pick(["城管局", "环保局"]),
                    f"2024/7/{day} 9:{n % 60:02d}", f"2024/7/{day} 17:{n % 60:02d}", f"经核实，已安排处理完毕，已回访{n}。",
                    pick(words["工单状态"]), pick(words["满意度"]), pick(["一般", "紧急"]), f"{pick([101, 102, 103])}",
                ],
            )  # fmt: skip
        sheet.write_row(63, 0, ["合计", 60])
    return path


def right(draft: Draft, table: str, wanted: Mapping[str, str]) -> tuple[int, int, list[str]]:
    """Return how many raw fields are right, of how many, and what is wrong."""
    made: dict[str, set[str]] = {}
    for field, raw in [
        *draft.fields.items(),
        *((f, raw) for f, raws in draft.joined.items() for raw in raws),
    ]:
        made.setdefault(raw, set()).add(field)
    wrong = []
    fields = sorted({*made, *draft.unused, *wanted})
    for raw in fields:
        goal = set(wanted.get(raw, NONE).split())
        found = made.get(raw, set()) if draft.table == table else {"?"}
        if not (found <= goal and (found or not goal)):
            wrong.append(f"{raw}: {'、'.join(found) or '—'}, not {'、'.join(goal) or '—'}")
    return len(fields) - len(wrong), len(fields), wrong


def values_wrong(draft: Draft, place: Path, folder: Path) -> dict[str, str]:
    """Return by raw field what is wrong with the values of the fields that it is mapped to, once what is missing was added."""
    found = catalogs.read()
    table, private = found.table(draft.table), found.tables.get(f"{draft.table}_private")
    given = draft.constants | {
        name: "2024-07-05" if column.type in ("date", "datetime") else "待补"
        for name, column in table.columns.items()
        if column.required and name not in {*draft.fields, *draft.joined, *draft.constants, "library"}
    }
    path = folder / "completed.yaml"
    path.write_text(as_yaml(replace(draft, constants=given), place), encoding="utf-8")
    (entry,) = catalogs.read(path).source(draft.name).inputs
    module = reader(entry.reader)
    parts: dict[str, tuple[int, int, str]] = {}
    for unit in islice(
        module.units(entry.files, place if place.is_dir() else place.parent, entry.reader_options), 50
    ):
        for batch in as_expected(entry, unit.name, module.read(unit, entry.reader_options)):
            _compare(
                draft, batch, standardise(batch, entry, table, private, Context(folder, now())), table, parts
            )
            break
    return {
        raw: f"{n_right}/{n} values, {example}"
        for raw, (n_right, n, example) in parts.items()
        if n_right < LEAST_RIGHT * n
    }


def _compare(
    draft: Draft, batch: RawBatch, made: Standardised, table: Table, parts: dict[str, tuple[int, int, str]]
) -> None:
    """Add how many raw values came out right, of how many that are not empty, and an example of one that did not.

    Rows that wait for another field are left out: the column of rows tells of them.
    """
    waiting = dict(made.rejected)
    for field, raw in draft.fields.items():
        if field not in made.rows.column_names or raw not in batch.rows.column_names:
            continue
        values = dict(zip(made.at.tolist(), made.rows.column(field).to_pylist()))
        n_right, n, example = parts.get(raw, (0, 0, ""))
        for at, text in enumerate(batch.rows.column(raw).to_pylist()):
            if not (text or "").strip() or table.columns[field].name not in waiting.get(
                at, table.columns[field].name
            ):
                continue
            value, meant = values.get(at), MEANT.get(raw, {}).get(text)
            is_right = value is not None and meant in (None, str(value))
            n, n_right = n + 1, n_right + is_right
            example = example if is_right or example else f"{text[:20]} → {value}"
        parts[raw] = (n_right, n, example)


def main(data: Path) -> None:
    catalog = catalogs.read()
    print(
        "| files | table | fields | right | share | values right too | share |\n|---|---|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder:
        orders = {
            "12345 orders": write_orders(Path(folder) / "orders.xlsx"),
            "12345 orders, other words": write_orders(
                Path(folder) / "other.xlsx", {raw: list(words) for raw, words in MEANT.items()}
            ),
        }
        sets = SETS | {name: (str(path), "letters", ORDERS) for name, path in orders.items()}
        for name, (place, table, wanted) in sets.items():
            draft = draft_source(catalog, "drafted", [data / place])
            path = Path(folder) / "draft.yaml"
            path.write_text(as_yaml(draft, data / place), encoding="utf-8")
            n, total, wrong = right(draft, table, wanted)
            bad = values_wrong(draft, data / place, Path(folder))
            both = n - len(set(bad) - {line.partition(":")[0] for line in wrong})
            print(
                f"| {name} | {draft.table} | {total} | {n} | {n / total:.2f} | {both} | {both / total:.2f} |"
            )
            for line in [*wrong, *(f"{raw}: {said}" for raw, said in bad.items())]:
                print(f"    {line}", file=sys.stderr)
            try:
                catalogs.read(path)
            except catalogs.CatalogError as error:
                print(f"    not sound as drafted: {error}", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
