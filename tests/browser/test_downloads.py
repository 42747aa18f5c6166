"""What a person sees between the click on a download and its file: that it is being made, that it begins, or why none comes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

LINK = """() => {
  const link = document.createElement("a")
  link.href = "export/records.csv?library=999999"
  link.download = ""
  link.textContent = "CSV"
  document.querySelector("#main").append(link)
  link.focus()
}"""
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def toast(page: Page) -> Locator:
    return page.locator(".toast.downloads [role=status]")


def open_records(page: Page, address: str) -> None:
    page.goto(f"{address}/panorama")
    expect(page.locator("a[href^='export/records.csv']").first).to_be_attached()


@pytest.mark.parametrize(("kind", "name"), [("csv", "CSV"), ("xlsx", "Excel"), ("parquet", "Parquet")])
def test_a_download_tells_when_it_begins(desk: Page, address: str, kind: str, name: str) -> None:
    open_records(desk, address)
    with desk.expect_download(timeout=60_000) as download:
        desk.locator(f"a[href^='export/records.{kind}']").first.click()
        expect(toast(desk)).to_have_text(re.compile(f"{name} 文件"))
    assert download.value.suggested_filename.endswith(f".{kind}")
    expect(toast(desk)).to_have_text(f"{name} 文件开始下载，共 36 行。")
    assert "shuju_download" not in desk.evaluate("document.cookie")
    expect(toast(desk)).to_have_count(0, timeout=15_000)


def test_a_refusal_is_told_and_stays_until_it_is_read(phone: Page, address: str) -> None:
    open_records(phone, address)
    phone.evaluate(LINK)  # one with a filter that does not exist: the page makes none
    phone.keyboard.press("Enter")
    expect(toast(phone)).to_have_text(re.compile("没有下载：“资源库”没有“999999”这个取值"))
    box = phone.locator(".toast.downloads").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    phone.get_by_role("button", name="知道了").focus()
    phone.keyboard.press("Enter")
    expect(toast(phone)).to_have_count(0)
