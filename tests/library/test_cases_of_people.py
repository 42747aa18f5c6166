"""The cases of November 2026: what people bring, each read as they would, held against what is right.

One entry a case, under its own name: what comes out, and what is right. The inputs lie beside the checkout; where a case is told
in words only, its input is built here.
"""

from __future__ import annotations

import gzip
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from shuju import catalog as catalogs
from shuju.catalog import CatalogError
from shuju.letters.counting import count
from shuju.letters.issues import find_issues
from shuju.letters.warning import find_warnings
from shuju.library import open_library
from shuju.library.ingest import ingest
from shuju.library.sampling import sample_file
from shuju.library.status import status
from shuju.series.alarms import find_alarms
from shuju.spread.reprints import find_reprints
from shuju.text.personal import mask
from shuju.text.places import find_places

SHARED = Path(__file__).parents[3] / "shared"
FOLDER = SHARED / "cases" / "2026-11"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the cases are not present beside the checkout")


@dataclass(frozen=True)
class Read:
    """What became of files: the rows of their table by key, why files failed, why rows wait, whether the sums are equal."""

    rows: pd.DataFrame
    failures: list[str]
    waiting: list[str]
    balanced: bool

    def column(self, name: str) -> dict[str, Any]:
        return self.rows[name].to_dict()

    @property
    def said(self) -> str:
        return "\n".join([*self.failures, *self.waiting])


def read(
    folder: Path,
    catalog: str,
    file: str,
    data: bytes | None = None,
    *,
    reader: str | None = None,
    options: dict[str, Any] | None = None,
    fields: dict[str, Any] | None = None,
) -> Read:
    """Take a file in under a catalog of the cases; what is given beside it is what a person corrects there."""
    text = (FOLDER / catalog).read_text(encoding="utf-8")
    if reader or options or fields:
        told = yaml.safe_load(text)
        (entry,) = told["sources"]["s"]["inputs"]
        entry |= {"files": "*", "reader": reader or entry["reader"], "options": options or {}}
        entry["fields"] = {k: v for k, v in (entry["fields"] | (fields or {})).items() if v is not None}
        text = yaml.safe_dump(told, allow_unicode=True)
    (folder / "catalog.yaml").write_text(text, encoding="utf-8")
    (folder / "src").mkdir(exist_ok=True)
    if file:
        (folder / "src" / file).write_bytes((FOLDER / file).read_bytes() if data is None else data)
    library = open_library(folder / "home", folder / "catalog.yaml")
    (table,) = {entry.table for entry in library.source("s").inputs}
    report = ingest(library, "s")
    rows = library.read(table).astype(object)
    rows = rows.where(rows.notna(), None).set_index(library.catalog.table(table).key).sort_index()
    waiting = library.read("quarantine", where=[("state", "==", "待处理")])["reason"].tolist()
    return Read(rows, report.failures, waiting, bool(status(library)["balanced"]))


SPOILT = "来信编号：编号被改成科学计数法，请以文本格式重新导出"
XLSX_IDS = partial(read, catalog="c7-ids.yaml", reader="xlsx")
PAGE = {
    "record_id": "file_name",
    "title": {"from": ["meta.ArticleTitle", "title"]},
    "body": "main_text",
    "published_at": {"from": ["meta.PubDate", "date"]},
}
FLOOD = (
    "各县市区人民政府：当前已进入主汛期，请各地严格落实防汛责任制，加强值班值守，确保安全度汛。\n"
    "一、压实责任。各级防汛责任人上岗到位，开展水库巡查排险。"
)
FLOOD_IN_BIG5 = "各縣市政府：當前已進入主汛期，請各地嚴格落實防汛責任制，加強值班值守，確保安全度汛。\n開展水庫巡查排險工作。"
WATER = (
    "因管道检修，7月6日8时至18时城关镇东风路、人民路沿线停水，请广大用户提前储水备用，给您带来不便敬请谅解。"
)


def page(folder: Path, file: str, **options: Any) -> tuple[Any, ...]:
    """Return title, text and day of one page of the cases, read twice: once more with another number of visits, a revision or none."""
    data = (FOLDER / file).read_bytes()
    for visits in (b"17", b"18"):
        told = data.replace(b"</div><div class=", "　浏览量：".encode() + visits + b"</div><div class=", 1)
        found = read(folder, "c19-extract.yaml", file, told, reader="html", fields=PAGE, **options)
    ((_, row),) = found.rows.iterrows()
    return row["title"], row["body"], str(row["published_at"])[:10], row["revision"]


def repeated_keys(folder: Path) -> tuple[int, bool, bool]:
    """Keys of which many rows of one file revise each other: rows kept, sums equal, and reported."""
    lines = "".join(f"2024070{n % 3},诉求{n},内容{n},2024/7/5 9:05,城管局,\n" for n in range(60))
    data = ("工单编号,标题,内容,受理时间,承办单位,联系电话\n" + lines).encode()
    (folder / "src").mkdir()
    (folder / "src" / "a.csv").write_bytes(data)
    library = open_library(folder / "home", FOLDER / "c7-ids.yaml")
    report = ingest(library, "s", folder / "src")
    return (
        len(library.read("letters")),
        bool(status(library)["balanced"]),
        any("编号" in said for said in report.warnings),
    )


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine; yield its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def feed(folder: Path) -> dict[str, str]:
    fields = {"record_id": "link", "title": "title", "published_at": "published", "body": "content"}
    with served(FOLDER) as address:
        options = {"url": f"{address}/c15-feed-no-zone.xml", "pause_seconds": 0}
        found = read(folder, "c19-extract.yaml", "", reader="feed", options=options, fields=fields)
    assert (found.failures, found.waiting) == ([], [])
    return {row["title"]: str(row["published_at"]) for _, row in found.rows.iterrows()}


def check(catalog: str) -> str:
    try:
        catalogs.read(FOLDER / catalog)
    except CatalogError as error:
        return str(error)
    return "目录正确"


def sampled(catalog: str, file: str) -> dict[str, list[str]]:
    """Return the examples that ``shuju check --sample`` shows of each field."""
    (found,) = sample_file(catalogs.read(FOLDER / catalog), "s", FOLDER / file)
    return {field.field: list(field.examples) for field in found.fields}


def codes_by_map(folder: Path) -> dict[str, tuple[Any, Any]]:
    data = "编号,标题,时间,类型,状态\n1,a,2024-07-05,01,NULL\n2,b,2024-07-05,02,on\n3,c,2024-07-05,09,1.0\n"
    found = read(folder, "c24-map-leading-zero.yaml", "a.csv", data.encode())
    return {key: (row["motive"], row["status"]) for key, row in found.rows.iterrows()}


def mended(folder: Path) -> list[tuple[list[str], int, bool]]:
    """Read a file whose region no catalog knows, then again under the mended one: codes stored, rows that wait, sums equal."""
    first = read(
        folder, "c26-mended-but-waiting.yaml", "c26-mended-but-waiting.csv", fields={"region_code": "地区"}
    )
    second = read(folder, "c26-mended-but-waiting.yaml", "c26-mended-but-waiting.csv")
    return [(list(r.column("region_code").values()), len(r.waiting), r.balanced) for r in (first, second)]


def places(text: str) -> list[tuple[str, str]]:
    """Return the regions and townships that a text names, without roads, estates and villages, which have no code."""
    found = find_places([text])
    return [(row.kind, row.name) for row in found.itertuples(index=False) if pd.notna(row.code)]


def dates(folder: Path) -> list[str]:
    said = ["二〇一七年三月二十四日", "45383", "2024年7月5号", "2024年7月5日（星期五）"]
    head = "工单编号,标题,内容,受理时间,承办单位,联系电话\n"
    data = head + "".join(f"{n},甲,乙,{date},丙,\n" for n, date in enumerate(said))
    found = read(folder, "c7-ids.yaml", "a.csv", data.encode())
    assert found.waiting == []
    return [str(time)[:10] for time in found.column("written_at").values()]


def kind(ours: tuple[str, str, str, str], theirs: tuple[str, str, str, str]) -> str:
    """Return how the second text stands to the first; ``none`` where nothing is in common."""
    names = ["title", "body", "published_at", "site_id"]
    frames = [
        pd.DataFrame([text], columns=names).assign(record_id=key)
        for key, text in (("a", ours), ("b", theirs))
    ]
    found = find_reprints(*frames, workers=1)["kind"].tolist()
    return found[0] if found else "none"


def bulletin(month: int, area: str, more: int, points: str, lost: str) -> tuple[str, str, str, str]:
    body = (
        f"巴西国家空间研究所公布的卫星监测数据显示，截至{month}月底，今年全国过火面积达到{area}万平方公里，同比增加{more}%。{month}月新增火点"
        f"{points}处，亚马孙雨林损失{lost}公顷。环保部门说，干旱和人为纵火是过火面积增加的主要原因，将继续加强巡查，并呼吁居民不要用火。"
    )
    return "巴西公布过火面积", body, f"2024-{month + 1:02}-05", "a"


def prices(city: str, rice: str, pork: str, up: str, egg: str) -> tuple[str, str, str, str]:
    body = (
        f"据市价格监测中心监测，本周我市粮油价格稳定，大米每公斤{rice}元；猪肉价格每公斤{pork}元，环比上涨{up}%；鸡蛋每公斤{egg}元。"
        "预计下周全市主要农副产品价格总体平稳，请广大市民放心，理性消费，不要囤积。"
    )
    return f"{city}本周农副产品价格监测", body, "2024-07-05", city


def laws(ours: str, theirs: str) -> str:
    path = SHARED / "data" / "laws" / "laws.jsonl.gz"
    if not path.exists():
        pytest.skip("the laws are not present beside the checkout")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        found = {law["title"]: law for law in map(json.loads, lines) if law["title"] in (ours, theirs)}
    return kind(*((t, found[t]["text"], found[t]["date"], found[t]["region"]) for t in (ours, theirs)))


def zones(_: Path) -> tuple[list[str], bool, bool]:
    """Letters of late evening in UTC: days of the rise as counted, the same warnings, the same issues as of wall time."""
    day = pd.date_range("2024-01-01", "2024-07-05", freq="D")
    written = day.append(pd.DatetimeIndex(["2024-07-05"] * 30)) + pd.Timedelta(minutes=30)
    wall = pd.DataFrame({"written_at": written, "region_code": "430104"})
    wall = wall.assign(
        letter_id=[str(n) for n in range(len(wall))],
        title="路灯不亮",
        body=[f"桐梓坡路的路灯坏了{n % 7}天，请尽快修复" for n in range(len(wall))],
    )
    zoned = wall.assign(written_at=wall["written_at"].dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC"))
    counts = [count(frame, ["region_code"], "day") for frame in (zoned, wall)]
    warned = [find_warnings(find_alarms(c, "ears_c2", since="2024-06-01"), c) for c in counts]
    issues = [find_issues(frame) for frame in (zoned, wall)]
    peaks = counts[0].isel(region_code=0).to_series().loc[lambda n: n > 1].index.strftime("%Y-%m-%d").tolist()
    return (
        peaks,
        len(warned[0]) > 0 and warned[0].equals(warned[1]),
        all(a.equals(b) for a, b in zip(*issues)),
    )


CHANGSHA = prices("长沙市", "5.32", "26.4", "1.8", "9.86")
HENGYANG = prices("衡阳市", "5.10", "25.2", "0.9", "10.2")
NINE = dict.fromkeys("甲乙丙丁己庚", "2024-07-05 09:00:00")
CASES: dict[str, tuple[Callable[[Path], Any], Any]] = {
    # the case: what comes out, what is right
    "c3": (
        lambda f: XLSX_IDS(f, file="c3-html-as-xls.xls", fields={"title": "诉求标题", "body": "诉求内容", "phone": None})
        .rows[["body", "department"]].values.tolist(),
        [["府前路路灯坏了三盏。", "城管局"], ["菜市场后门垃圾堆放两天。", "环卫处"]],
    ),
    "c5b": (lambda f: read(f, "c5b-big5.yaml", "c5b-big5.csv").column("title"), {"A1": "路燈不亮"}),
    "c5c": (
        lambda f: read(f, "c7-ids.yaml", "c5c-utf8-then-gbk.csv").column("title"),
        {"A1": "路灯不亮", "B1": "井盖丢失", "B2": "井盖丢失", "B3": "井盖丢失"},
    ),
    "c5h": (
        lambda f: (r := read(f, "c7-ids.yaml", "c5h-title-rows.csv", options={"header": 3, "footer": 1})).column("body")
        | {"waiting": len(r.waiting)},
        {"A1": "朝阳路", "waiting": 0},
    ),
    "c5h, skipped rows": (
        lambda f: read(f, "c7-ids.yaml", "c5h-title-rows.csv", options={"skip_rows": 2, "footer": "^合计"}).column("body"),
        {"A1": "朝阳路"},
    ),
    "c5h, as it is": (
        lambda f: "第 3 行像是列名：请写 options: {header: 3}" in read(f, "c7-ids.yaml", "c5h-title-rows.csv").said,
        True,
    ),
    "c5j": (
        lambda f: read(f, "c5j-gb2312-declared.yaml", "c5j-gb2312-declared.csv").column("title"),
        {"1": "陶镕同志的信", "2": "喆"},
    ),
    "c6-a": (
        lambda f: page(f, "c6-a_decl_gb2312_is_utf8.html"),
        ("关于防汛工作的通知", FLOOD, "2024-07-05", 1),
    ),
    "c6-g": (
        lambda f: page(f, "c6-g_big5.html"),
        ("關於防汛工作的通知", FLOOD_IN_BIG5, "2024-07-05", 1),
    ),
    "c6b": (lambda f: page(f, "c6b-short-notice.html"), ("停水通知", WATER, "2024-07-05", 1)),
    "c6b, by selectors": (
        lambda f: page(f, "c6b-short-notice.html", options={"body": ".article-cont > p", "title": "h1", "date": ".info"}),
        ("停水通知", WATER, "2024-07-05", 1),
    ),
    "c7a": (
        lambda f: [*(r := read(f, "c7-ids.yaml", "c7a-scientific-ids.csv")).waiting, r.rows.empty, r.balanced],
        [SPOILT, SPOILT, True, True],
    ),
    "c7c": (
        lambda f: [*(r := XLSX_IDS(f, file="c7c-long-numeric-id.xlsx")).waiting, r.rows.empty, r.balanced],
        [SPOILT, SPOILT, True, True],
    ),
    "c7, keys that repeat": (repeated_keys, (3, True, True)),
    "c8": (
        lambda f: read(f, "c8-merged.yaml", "c8-merged.xlsx").rows[["title", "body", "department"]].values.tolist(),
        [["路灯不亮", "朝阳路", "城管局"], ["井盖丢失", "人民路", "城管局"], ["噪声", "夜间施工", "环保局"]],
    ),
    "c8, joined headers": (
        lambda f: read(
            f, "c8-merged.yaml", "c8-merged.xlsx", options={"header": [2, 3], "footer": 1},
            fields={
                "letter_id": "工单编号", "title": "诉求.标题", "body": "诉求.内容", "written_at": "办理.受理时间",
                "department": "办理.承办单位", "phone": "联系电话",
            },
        ).rows[["title", "body", "department"]].values.tolist(),
        [["路灯不亮", "朝阳路", "城管局"], ["井盖丢失", "人民路", "城管局"], ["噪声", "夜间施工", "环保局"]],
    ),
    "c8c": (
        lambda f: [*(r := XLSX_IDS(f, file="c8c-header-linebreak-longid.xlsx")).waiting, r.rows.empty],
        [SPOILT, SPOILT, True],
    ),
    "c8c, another key": (
        lambda f: XLSX_IDS(f, file="c8c-header-linebreak-longid.xlsx", fields={"letter_id": "标题"}).column("written_at"),
        {"井盖": pd.Timestamp("2024-07-05 14:24"), "路灯不亮": pd.Timestamp("2024-07-05 12:00")},
    ),
    "c9-missing-column": (
        lambda f: (r := read(f, "c9-missing-column.yaml", "c9-missing-column.csv")).rows.empty
        and all(f"'{a}'，是否已改名为 '{b}'" in r.said for a, b in [("内容", "诉求内容"), ("承办单位", "承办部门"), ("答复意见", "答复内容")])
        and "文件的列：工单编号、标题、诉求内容" in r.said,
        True,
    ),
    "c9-missing-column, optional": (
        lambda f: read(
            f, "c9-missing-column.yaml", "c9-missing-column.csv",
            fields={name: {"from": column, "optional": True} for name, column in
                    [("body", "内容"), ("department", "承办单位"), ("reply", "答复意见")]},
        ).column("body"),
        {"A1": None},
    ),
    "c9dup": (
        lambda f: (r := read(f, "c9dup-catalog.yaml", "c9dup-a.csv")).rows.empty and "列名 '内容' 出现了 2 次" in r.said,
        True,
    ),
    "c9-duplicate-header": (
        lambda f: (r := XLSX_IDS(f, file="c9-duplicate-header.xlsx", fields={"phone": None})).rows.empty
        and "列名 '内容' 出现了 2 次，请在目录中写明 内容#1 或 内容#2" in r.said,
        True,
    ),
    "c9-duplicate-header, told apart": (
        lambda f: XLSX_IDS(
            f, file="c9-duplicate-header.xlsx", fields={"phone": None, "body": "内容#1", "reply": "内容#2"}
        ).rows[["body", "reply"]].values.tolist(),
        [["坏了三盏", "回访：满意"]],
    ),
    "c10": (
        lambda _: {t: places(t) for t in (FOLDER / "c10-places.txt").read_text(encoding="utf-8").splitlines()},
        {
            "本小区系政府投资兴建的安置房，电梯停运三天。": [],
            "天津市民服务": [("outside", "天津市")],
            "请加快建设乡镇公交。": [],
            "我局会同城管部门现场核实。": [],
            "应当会同县级以上人民政府有关部门办理": [],
            "我在东莞市沙田镇打工，工资被拖欠": [("outside", "东莞市")],
            "深圳益阳大厦租房纠纷": [("outside", "深圳市")],
            "我们双峰村停电两天": [],
        },
    ),
    "c14": (
        lambda _: mask((FOLDER / "c14-personal.txt").read_text(encoding="utf-8").splitlines()),
        [
            "港澳台居民居住证[身份证号]", "证件号码[身份证号]", "外国人永久居留证号[身份证号]", "回乡证[通行证号]",
            "港澳居民来往内地通行证号码：[通行证号]", "台胞证号[通行证号]", "身份证号[身份证号]",
            "联系电话：[电话号][电话号]邮箱：", "联系电话：[电话号]（考核）[电话号]（奖励）",
        ],
    ),
    "c15": (feed, NINE | {"戊": "2024-07-05 00:00:00", "辛": "2024-07-05 22:30:00"}),
    "c17": (
        lambda f: (r := read(f, "c17-nested-list.yaml", "c17-nested-list.json")).rows.empty
        and "请写 answers.0.dateline（第一项）或 answers.-1.dateline（最后一项）" in r.said,
        True,
    ),
    "c17, by its place": (
        lambda f: read(
            f, "c17-nested-list.yaml", "c17-nested-list.json", options={"records": "responseData"},
            fields={"reply": "answers.-1.content", "replied_at": "answers.0.dateline"},
        ).rows[["reply", "replied_at"]].values.tolist(),
        [["已修复。", pd.Timestamp("2024-07-06 16:38:05")], [None, None]],
    ),
    "c18a": (lambda f: read(f, "c18a-catalog.yaml", "c18a-a.jsonl").column("title"), {"1": "路灯", "2": "井盖"}),
    "c19": (
        lambda f: read(f, "c19-extract.yaml", "c19-extract.csv").column("published_at"),
        {"某办法": pd.Timestamp("2001-09-25")},
    ),
    "c19, sampled": (
        lambda _: sampled("c19-extract.yaml", "c19-extract.csv")["published_at"],
        ["2001-09-25 00:00:00"],
    ),
    "c20": (
        lambda _: [word for word in (
            "是否想用 'encoding'", "没有名为 'sheet' 的项", "header：应是整数", "正则表达式 '(' 有误", "转换 slice", "转换 lookup",
            "'二〇二三年' 不是能识别的日期", "没有名为 '热线电话' 的代码", "没有名为 '130100' 的代码", "'abc' 不是数",
        ) if word not in check("c20-check-passes-bad-catalog.yaml")],
        [],
    ),
    "c24": (
        codes_by_map,
        {"1": ("complaint", "received"), "2": ("inquiry", "assigned"), "3": ("help", "closed")},
    ),
    "c25": (
        lambda f: read(f, "c25-regions.yaml", "c25-regions.csv").rows
        .sort_index(key=lambda keys: keys.astype(int))["region_code"].tolist(),
        ["430104"] * 5 + ["430100"] + ["430104"] * 4 + ["430000", "430000", "430100", "433100", "433100", "430182", "430112", "430212"]
        + ["431181", "430100", None, "430100", None, None, "430100", "430100", "431103", None, None, None],
    ),
    "c25, flagged": (
        lambda f: read(f, "c25-regions.yaml", "c25-regions.csv").rows
        .query("region_code.isna()")["quality_flags"].unique().tolist(),
        ["region_code"],
    ),
    "c26": (mended, [(["430104"], 1, True), (["430182", "430104"], 0, True)]),
    "dates": (dates, ["2017-03-24", "2024-04-01", "2024-07-05", "2024-07-05"]),
    "bulletin of the next month": (
        lambda _: kind(bulletin(9, "9.5", 62, "8.3万", "210万"), bulletin(10, "11.2", 74, "6.1万", "260万")),
        "series",
    ),
    "price bulletins of two cities": (
        lambda _: (kind(CHANGSHA, HENGYANG), kind(*(("本周农副产品价格监测", *text[1:]) for text in (CHANGSHA, HENGYANG)))),
        ("diffusion", "series"),
    ),
    "全民健身条例": (lambda _: laws("全民健身条例", "山东省全民健身条例"), "diffusion"),
    "法律援助条例": (lambda _: laws("法律援助条例", "杭州市法律援助条例"), "diffusion"),
    "time zones": (zones, (["2024-07-05"], True, True)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_case(case: str, tmp_path: Path) -> None:
    comes_out, right = CASES[case]
    assert comes_out(tmp_path) == right
