"""What the server answers beside pages: a card as a file, an address that is none, the views that somebody saved."""

from __future__ import annotations

import io
import re
from contextlib import closing

import httpx
import pytest
from python_calamine import CalamineWorkbook

from tests.signing import signed_in

HOSTILE = '<script>alert(1)</script>"&'


@pytest.mark.parametrize("query", ["", "?genre=news&unit=day", "?by=genre&against=before&unit=week"])
def test_a_trend_as_a_file_is_what_it_shows(address: str, query: str) -> None:
    csv = httpx.get(f"{address}/card/records.trend.csv{query}", timeout=60).content.decode("utf-8-sig")
    head, *rows = [line.split(",") for line in csv.splitlines()]
    assert head[:3] == ["起", "止（不含）", "数量"]
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(httpx.get(f"{address}/card/records.trend.xlsx{query}").content)
    )
    sheet, told = (book.get_sheet_by_index(k).to_python() for k in range(2))
    assert sheet[0] == head
    assert [row[2] for row in sheet[1:]] == [int(row[2]) for row in rows]
    assert sum(row[2] for row in sheet[1:]) == (20 if "genre=news" in query else 36)
    assert "筛选" in [row[0] for row in told]


@pytest.mark.parametrize("name", ["records.trend", "records.facets", "records.map", "records.raster"])
@pytest.mark.parametrize(("kind", "begins"), [("png", b"\x89PNG"), ("svg", b"<svg")])
def test_every_chart_is_a_picture(address: str, name: str, kind: str, begins: bytes) -> None:
    assert httpx.get(f"{address}/card/{name}.{kind}", timeout=60).content.startswith(begins)


@pytest.mark.parametrize(
    ("path", "meant"),
    [("leters", "社情民意"), ("Panorama", "资源全景"), ("nowhere/at/all", ""), ("%3Cscript%3E", "")],
)
def test_an_address_that_is_none_leads_on(address: str, path: str, meant: str) -> None:
    answer = httpx.get(f"{address}/{path}")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text
    assert "<script>" not in answer.text.replace("<script src", "")
    assert ("您要找的可能是" in answer.text) == bool(meant)
    assert f"<b>{meant}</b>" in answer.text or not meant
    home = re.search(r'href="([^"]*)">回首页', answer.text)[1]
    assert httpx.URL(f"{address}/{path}").join(home).path == "/"


def test_views_are_kept_for_one_person(address: str) -> None:
    with closing(signed_in(address, "leader")) as one, closing(signed_in(address)) as two:
        saved = one.post(
            "/views", data={"do": "save", "name": HOSTILE, "address": "panorama?genre=news"}
        ).text
        assert "&lt;script&gt;" in saved
        assert "<script>" not in saved
        assert 'href="panorama?genre=news"' in one.get("/views").text
        assert "还没有保存的视图" in two.get("/views").text
        number = re.search(r'data-view="delete" data-id="(\d+)"', saved)[1]
        assert "没有这个视图" in two.post("/views", data={"do": "delete", "id": number}).text
        assert "已改名" in one.post("/views", data={"do": "rename", "id": number, "name": "要闻"}).text
        assert "撤销" in one.post("/views", data={"do": "delete", "id": number}).text
        assert "要闻" not in one.get("/views").text
        assert "要闻" in one.post("/views", data={"do": "restore", "id": number}).text


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"do": "save", "name": "", "address": "letters"}, "起个名字"),
        ({"do": "save", "name": "远", "address": "https://example.org"}, "不是本系统的地址"),
        ({"do": "delete", "id": "x"}, ""),
        ({"do": "nonsense"}, ""),
    ],
)
def test_what_is_no_view_is_refused(address: str, data: dict[str, str], told: str) -> None:
    answer = httpx.post(f"{address}/views", data=data, headers={"Origin": address})
    assert answer.status_code == 200
    assert told in answer.text


@pytest.mark.parametrize("origin", ["", "https://example.org", "null"])
def test_another_site_cannot_change_views(address: str, origin: str) -> None:
    answer = httpx.post(f"{address}/views", data={"do": "save", "name": "x"}, headers={"Origin": origin})
    assert answer.status_code == 403


def test_a_form_without_what_only_our_pages_know_is_refused(address: str) -> None:
    with closing(signed_in(address)) as client, closing(signed_in(address)) as other:
        for told in ("", "x", other.headers["X-Xsrf"]):
            client.headers["X-Xsrf"] = told
            assert client.post("/views", data={"do": "save", "name": "x"}).status_code == 403
            assert client.post("/views", data={"do": "save", "name": "x", "_xsrf": told}).status_code == 403
