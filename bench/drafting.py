"""Drafts of sources for files that nobody described: the share of raw fields that are mapped as a person would.

    python -m bench.drafting DATA

A raw field counts as right where it is mapped to one of the standard fields that ``RIGHT`` gives it, or to none where it gives
none. The table of 12345 orders is invented.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import xlsxwriter

from shuju import catalog as catalogs
from shuju.library.draft_yaml import as_yaml
from shuju.library.drafting import Draft, draft_source

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
CARDS = {
    "n": "item_id", "title": "title", "fields.发文机构": "department", "fields.条件要求": "condition",
    "fields.服务内容": "benefit", "fields.发布日期": "opens_on",
}  # fmt: skip
ORDERS = {
    "工单编号": "letter_id", "诉求人": "writer_name", "联系电话": "phone", "性别": "writer_sex", "身份证号": NONE,
    "诉求标题": "title", "诉求内容": "body", "诉求类型": "motive", "诉求来源": "channel", "一级分类": "topic_1",
    "二级分类": "topic_2", "所属区县": "region_code", "承办单位": "department", "受理时间": "written_at",
    "办结时间": "replied_at", "办理结果": "reply", "工单状态": "status", "满意度": "satisfaction", "紧急程度": NONE, "坐席工号": NONE,
}  # fmt: skip
ROUTING = {"id": "letter_id", "title": "title", "body": "body", "dept": "department"}
SETS: dict[str, tuple[str, str, Mapping[str, str]]] = {
    "reprints_xwlb2023": ("reprints_xwlb2023/items.jsonl.gz", "records", NEWS),
    "gov_pages": ("gov_pages/html", "records", PAGES),
    "routing (departments)": ("routing/routing_dept_dev.jsonl", "letters", ROUTING),
    "routing (replies)": ("routing/retrieval_letter_reply_dev.jsonl", "letters", {"id": "letter_id", "query": "title", "reply": "reply"}),
    "policy cards": ("policy/beijing_cards_dev.json", "policy_items", CARDS),
    "national_sentences": ("work_reports/national_sentences", "records", {"全局对齐序号": "record_id", "中文": "body"}),
}  # fmt: skip


def write_orders(path: Path) -> Path:
    """Write the invented table: two title rows, 60 orders, a row of sums."""
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
                    f"GD202407{n:05d}", pick(["王先生", "李女士", "赵某"]), f"138{n:08d}", pick(["男", "女"]),
                    f"43010219{60 + n % 40}0101{n:03d}X", f"反映{pick(['路灯', '井盖', '噪声', '停水'])}问题第{n}件",
                    f"市民来电反映{pick(['朝阳路', '人民路'])}{pick(['路灯不亮', '井盖丢失', '夜间施工噪声大'])}，请尽快处理，编号{n}。",
                    pick(["投诉", "求助", "咨询"]), pick(["电话", "微信", "网站"]), pick(["城市管理", "环境保护"]),
                    pick(["路灯", "噪声", "供水"]), pick(["岳麓区", "雨花区", "长沙县"]), pick(["城管局", "环保局"]),
                    f"2024/7/{day} 9:{n % 60:02d}", f"2024/7/{day} 17:{n % 60:02d}", f"经核实，已安排处理完毕，已回访{n}。",
                    pick(["已办结", "办理中"]), pick(["满意", "基本满意", "不满意"]), pick(["一般", "紧急"]), f"{pick([101, 102, 103])}",
                ],
            )  # fmt: skip
        sheet.write_row(63, 0, ["合计", 60])
    return path


def right(draft: Draft, table: str, wanted: Mapping[str, str]) -> tuple[int, int, list[str]]:
    """Return how many raw fields are right, of how many, and what is wrong."""
    made: dict[str, set[str]] = {}
    for field, raw in draft.fields.items():
        made.setdefault(raw, set()).add(field)
    wrong = []
    fields = sorted({*made, *draft.unused, *wanted})
    for raw in fields:
        goal = set(wanted.get(raw, NONE).split())
        found = made.get(raw, set()) if draft.table == table else {"?"}
        if not (found <= goal and (found or not goal)):
            wrong.append(f"{raw}: {'、'.join(found) or '—'}, not {'、'.join(goal) or '—'}")
    return len(fields) - len(wrong), len(fields), wrong


def main(data: Path) -> None:
    catalog = catalogs.read()
    print("| files | table | fields | right | share |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        sets = SETS | {"12345 orders": (str(write_orders(Path(folder) / "orders.xlsx")), "letters", ORDERS)}
        for name, (place, table, wanted) in sets.items():
            draft = draft_source(catalog, "drafted", [data / place])
            path = Path(folder) / "draft.yaml"
            path.write_text(as_yaml(draft, data / place), encoding="utf-8")
            n, total, wrong = right(draft, table, wanted)
            print(f"| {name} | {draft.table} | {total} | {n} | {n / total:.2f} |")
            for line in wrong:
                print(f"    {line}", file=sys.stderr)
            try:
                catalogs.read(path)
            except catalogs.CatalogError as error:
                print(f"    not sound as drafted: {error}", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
