"""The whole thread of one real hot issue in Chromium: assigned on a phone, signed in, delayed, fed back with a photo, answered, closed, rated.

    python -m bench.real_thread HOME OUT [--title 搅拌站]

HOME is a library of real letters with hot issues (``shuju ingest tipdm_letters``, ``shuju build``); its desk must be empty, for accounts are
made in it. OUT is a folder for screenshots: they hold real letters and stay outside the repository. A mail server of the test takes what
is sent. These letters bear no address of their senders, so one sender is given one at the desk before the message leaves. Fails if a
step does not show what it should, if a row of the audit trail or a message is missing, or if the trail is not sound.
"""

from __future__ import annotations

import argparse
import datetime as dt
import email
import email.policy
import os
import smtplib
import time
import traceback
from collections import Counter
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select, update

from shuju.clock import now
from shuju.desk import trail
from shuju.desk.accounts import add_account, find_account
from shuju.desk.answers.senders import sealed_contact
from shuju.desk.memberships import grant
from shuju.desk.messages.addresses import EMAIL, add_address
from shuju.desk.messages.deliver import Ways, deliver
from shuju.desk.messages.listening import listener
from shuju.desk.organisations import of_region
from shuju.desk.sessions import begin
from shuju.desk.store import open_desk
from shuju.desk.tables.answers import answer_letters
from shuju.desk.terms_reading import terms_of
from shuju.library import open_library
from shuju.serve.server import serve
from shuju.serve.visitors import PLAIN
from tests.pages.conftest import free_port, wait_for

PLACE, CODE = "长沙市人民政府", "430100"
PEOPLE = {"leader": ("李省长", "leader"), "zhang": ("张经办", "department"), "wang": ("王科长", "department")}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
DESK = {"viewport": {"width": 1366, "height": 768}}
UNDO_SECONDS = 31
ANSWER = (
    "您好！您反映的丽发新城小区附近搅拌站噪音、粉尘扰民来信收悉。11月28日，我市生态环境局会同属地街道到现场核查：搅拌站夜间作业、"
    "料场未封闭，噪音和粉尘污染小区，情况属实。已责令停产，料场全封闭，夜间不得施工；2019年12月31日前搬离小区附近。"
    "搅拌站没有办理环评手续，已依法立案处罚。如有疑问，请与市生态环境局信访科联系，电话 0731-85012345。感谢您的来信。"
)


class Mails:
    """What the mail server of the test got."""

    def __init__(self) -> None:
        """Begin with none."""
        self.got: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002 - aiosmtpd's names
        """Keep a mail."""
        self.got.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


class Thread:
    """The people, their pages, and the pictures that are taken of them."""

    def __init__(self, browser: Browser, base: str, home: str, out: Path) -> None:
        """Take the browser, the server's address, the library, where pictures go."""
        self.browser, self.base, self.out, self.n = browser, base, out, 0
        self.desk = open_desk(open_library(home).home)

    def page(self, account: str = "", **how: object) -> Page:
        """Return a page of somebody, of nobody in particular without an account."""
        context = self.browser.new_context(bypass_csp=True, **how)
        if account:
            secret = begin(self.desk, find_account(self.desk, account), "", "127.0.0.1", at=now())
            context.add_cookies(
                [{"name": f"{PLAIN}-{self.base.rpartition(':')[2]}", "value": secret, "url": self.base}]
            )
        page = context.new_page()
        page.set_default_timeout(60_000)
        return page

    def shot(self, page: Page, name: str) -> None:
        """Take a picture; nothing may be wider than the screen."""
        self.n += 1
        page.screenshot(path=self.out / f"{self.n:02d}-{name}.png", full_page=True)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], f"{name} is {width} wide"
        print(f"{self.n:02d} {name}", flush=True)


def press(page: Page, name: str, text: str = "", **fields: str) -> None:
    """Do an action of a task's page, with its form if it has one."""
    opened = page.locator(f".act > summary:text-is('{name}')")
    if opened.count() == 0:
        page.click(f".actions button:text-is('{name}')")
    else:
        opened.click()
        for field, value in fields.items():
            page.fill(f".act[open] [name={field}]", value)
        if text:
            page.fill(".act[open] textarea", text)
        page.click(".act[open] button")
    page.wait_for_load_state()


def photo(path: Path) -> Path:
    picture = Image.new("RGB", (1200, 800), "#9db4c0")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 520, 1200, 800), fill="#6b705c")
    draw.rectangle((420, 200, 760, 560), fill="#d9d9d9")
    draw.polygon([(420, 200), (590, 90), (760, 200)], fill="#a5a58d")
    picture.save(path, quality=85)
    return path


def run(thread: Thread, issue_id: str, letter_id: str, replies: int, mails: Mails, ways: Ways) -> None:
    leader, zhang, wang = (
        thread.page("leader", **PHONE),
        thread.page("zhang", **DESK),
        thread.page("wang", **DESK),
    )
    begun = time.monotonic()
    leader.goto(f"{thread.base}/issue?id={issue_id}")
    leader.locator("a[data-assign]:visible").first.click()
    expect(leader.locator(".figure-told")).to_contain_text("来信")
    leader.fill("dialog [name=organisation]", PLACE)
    thread.shot(leader, "leader-assigns-390")
    leader.click("dialog footer .main")
    expect(leader.locator(".toast")).to_contain_text("已交办")
    print(f"assigned {time.monotonic() - begun:.1f} s after the address was asked for")
    deliver(thread.desk, ways, clock=now_later)

    zhang.goto(f"{thread.base}/desk")
    thread.shot(zhang, "department-desk-1366")
    zhang.click(".task-list a")
    press(zhang, "签收")
    expect(zhang.locator(".lead-card .state")).to_have_text("办理中")
    press(zhang, "申请延期", "搬迁须与企业签协议，请延长。")
    expect(zhang.locator(".lead-card .state")).to_have_text("延期待批")
    address = zhang.url.partition("&told")[0]
    thread.shot(zhang, "delay-asked-1366")
    leader.goto(address)
    press(leader, "同意延期")
    expect(leader.locator(".lead-card .state")).to_have_text("办理中")
    thread.shot(leader, "delay-granted-390")

    zhang.goto(address)
    zhang.set_input_files(".attach input[type=file]", photo(thread.out / "现场.jpg"))
    expect(zhang.locator(".files img")).to_be_visible()
    press(zhang, "阶段反馈", "已到现场核查，情况属实，责令停产。见照片。")
    thread.shot(zhang, "fed-back-with-photo-1366")
    deliver(thread.desk, ways, clock=now_later)
    told = next(mail for mail in mails.got if mail["To"] == "leader@gov.example" and mail["Reply-To"])
    reply_by_mail(told, "leader@gov.example", "照片看到了，请盯住搬迁时间。", replies)

    zhang.goto(f"{thread.base}/answer?letter={letter_id}&task={address.rpartition('=')[2]}")
    zhang.fill("#reply", "您的来信收悉，已转有关部门处理。")
    zhang.click("button[value=save]")
    expect(zhang.locator(".judged .warnings")).to_be_visible()
    zhang.set_viewport_size({"width": 390, "height": 844})
    thread.shot(zhang, "answer-judged-390")
    zhang.set_viewport_size(DESK["viewport"])
    thread.shot(zhang, "answer-judged-too-thin-1366")
    zhang.fill("#reply", ANSWER)
    for box in zhang.locator(".alike input").all():
        box.check()
    zhang.click("button[value=submit]")
    expect(zhang.locator(".lead-card .state")).to_have_text("待审核")
    thread.shot(zhang, "answer-in-review-1366")
    wang.goto(f"{thread.base}/answer?letter={letter_id}")
    wang.click("button:text-is('审核通过并发出')")
    expect(wang.locator(".lead-card .state")).to_have_text("已发出")
    thread.shot(wang, "answer-sent-1366")
    with thread.desk.begin() as connection:
        row = connection.execute(
            select(answer_letters.c.id).where(answer_letters.c.letter_id == letter_id)
        ).scalar_one()
        here = update(answer_letters).where(answer_letters.c.id == row)
        connection.execute(here.values(contact=sealed_contact("sender@mail.example", row)))
    deliver(thread.desk, ways, clock=now)

    zhang.goto(address)
    expect(zhang.locator(".timeline")).to_contain_text("盯住搬迁时间")
    press(zhang, "报结", "已停产搬离，来信已一并答复。")
    leader.goto(address)
    press(leader, "审核办结")
    expect(leader.locator(".lead-card .state")).to_have_text("办结")
    thread.shot(leader, "closed-390")

    link = next(
        line
        for mail in mails.got
        if mail["To"] == "sender@mail.example"
        for line in mail.get_content().splitlines()
        if "/rate?to=" in line
    )
    sender = thread.page(**PHONE)
    sender.goto(link)
    thread.shot(sender, "sender-asked-390")
    sender.locator("label.choice:has-text('基本满意')").click()
    sender.fill("textarea", "机器停了，安静多了。")
    sender.click("button.main")
    expect(sender.locator(".told")).to_contain_text("已收到")
    thread.shot(sender, "sender-rated-390")
    leader.goto(f"{thread.base}/supervision")
    expect(leader.locator(".kpis")).to_contain_text("来信人满意率")
    thread.shot(leader, "supervision-390")
    wide = thread.page("leader", **DESK, color_scheme="dark")
    for name, page_address in (
        ("task", address),
        ("answer", f"{thread.base}/answer?letter={letter_id}"),
        ("supervision", f"{thread.base}/supervision"),
    ):
        wide.goto(page_address)
        thread.shot(wide, f"{name}-dark-1366")
    large = thread.page("leader", viewport={"width": 1920, "height": 1080})
    for name, page_address in (
        ("answer", f"{thread.base}/answer?letter={letter_id}"),
        ("letter", f"{thread.base}/letter?id={letter_id}"),
    ):
        large.goto(page_address)
        thread.shot(large, f"{name}-1920")
    deliver(thread.desk, ways, clock=now_later)


def now_later() -> dt.datetime:
    """Return a moment at which nothing can be taken back any more."""
    return now() + dt.timedelta(seconds=UNDO_SECONDS)


def reply_by_mail(told: EmailMessage, sender: str, text: str, port: int) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = sender, told["Reply-To"], "<reply-1@gov.example>"
    mail["Subject"] = f"回复：{told['Subject']}"
    mail.set_content(f"{text}\n\n> {told.get_content().splitlines()[0]}\n")
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.send_message(mail)


def main(home: str, out: Path, title: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    library = open_library(home)
    issues = library.read("hot_issues", ["issue_id", "title", "n_letters"])
    issue = issues[issues["title"].str.contains(title)].sort_values("n_letters").iloc[-1]
    members = library.read("issue_letters", ["letter_id", "issue_id"])
    rows = [
        library.get("letters", key) for key in members["letter_id"][members["issue_id"] == issue["issue_id"]]
    ]
    letter = next(row for row in rows if row["library"] == CODE)
    desk = open_desk(library.home)
    for name, (called, role) in PEOPLE.items():
        add_account(desk, name, called, None, at=now())
        grant(
            desk, name, role, of_region(desk, CODE).id if role == "department" else None, at=now(), by="bench"
        )
    add_address(desk, EMAIL, "leader@gov.example", account="leader", at=now())
    add_address(desk, EMAIL, "office@cs.example", organisation_id=of_region(desk, CODE).id, at=now())
    mails, port, mail_port, replies = Mails(), free_port(), free_port(), free_port()
    base = f"http://127.0.0.1:{port}"
    ways = Ways(f"smtp://127.0.0.1:{mail_port}", "desk@gov.example", f"{base}/", "desk@gov.example")
    servers = [
        Controller(mails, hostname="127.0.0.1", port=mail_port),
        listener(desk, lambda: terms_of(library.home), now, host="127.0.0.1", port=replies),
    ]
    for server in servers:
        server.start()
    serve(home, port, threaded=True, follow_library=False)
    wait_for(base)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        run(Thread(browser, base, home, out), issue["issue_id"], letter["letter_id"], replies, mails, ways)
        browser.close()
    for server in servers:
        server.stop()
    told = Counter(f"{mail['To']}: {str(mail['Subject']).partition('：')[0]}" for mail in mails.got)
    noted = Counter((row["who"], row["what"]) for row in trail.read(desk, n=1000)[0])
    print("mail:", *(f"  {name} × {n}" for name, n in sorted(told.items())), sep="\n")
    print("trail:", *(f"  {who} {what} × {n}" for (who, what), n in sorted(noted.items())), sep="\n")
    for who, what in (
        ("leader", "task"),
        ("zhang", "task"),
        ("zhang", "answer"),
        ("wang", "answer"),
        ("wang", "reveal"),
        ("来信人", "answer"),
    ):
        assert noted[who, what], (who, what)
    assert not trail.verify(desk).fault
    assert told["sender@mail.example: 答复"] == 1
    print("the trail is sound")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("home")
    asked.add_argument("out", type=Path)
    asked.add_argument("--title", default="丽发新城.*搅拌站")
    given = asked.parse_args()
    code = 1
    try:
        main(given.home, given.out, given.title)
        code = 0
    except Exception:  # noqa: BLE001 - whatever it was, it is told
        traceback.print_exc()
    os._exit(code)  # the server in this process has no end of its own
