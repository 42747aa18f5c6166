"""From a bar on a page to an assigned task: two clicks in Chromium, how long each lets one wait.

    python -m bench.bar_to_task HOME [--times 10]

HOME is a library of letters (``shuju demo --no-serve``, or real ones with their build); a leader is made in it where there is none. A bar of
the topics is pressed with the right button, the form is waited for, the leader sends it as it is filled in; each time another bar.
What was assigned already is told and sent on purpose, as a person would. Fails if a form tells no figure or a task is not assigned.
"""

from __future__ import annotations

import argparse
import os
import re
import time

import numpy as np
from playwright.sync_api import expect, sync_playwright

from bench.real_thread import DESK
from shuju.clock import now
from shuju.desk.accounts import add_account, find_account
from shuju.desk.memberships import grant
from shuju.desk.sessions import begin
from shuju.desk.store import open_desk
from shuju.library import open_library
from shuju.serve.server import serve
from shuju.serve.visitors import PLAIN
from tests.pages.conftest import free_port, wait_for

WHO = "bench-leader"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("home")
    asked.add_argument("--times", type=int, default=10)
    told = asked.parse_args()
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    serve(told.home, port, threaded=True, follow_library=False)
    wait_for(base)
    desk = open_desk(open_library(told.home).home)
    try:
        account = find_account(desk, WHO)
    except ValueError:
        account = add_account(desk, WHO, "李", None, at=now())
        grant(desk, WHO, "leader", at=now(), by="bench")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        context = browser.new_context(**DESK)
        secret = begin(desk, account, "", "127.0.0.1", at=now())
        context.add_cookies([{"name": f"{PLAIN}-{port}", "value": secret, "url": base}])
        page = context.new_page()
        page.goto(f"{base}/letters")
        expect(page.locator("html")).to_have_attribute("data-live", re.compile(".*"))
        bars = page.locator(".row[data-do=toggle][data-of=topic]:visible")
        expect(bars.first).to_be_visible()
        waits = []
        for number in range(told.times):
            begun = time.monotonic()
            bars.nth(number % bars.count()).click(button="right")
            expect(page.locator(".figure-told")).to_contain_text("主题：")
            opened = time.monotonic()
            page.click("dialog footer .main")
            expect(page.locator(".toast")).to_contain_text("已交办")
            waits.append((opened - begun, time.monotonic() - opened))
            page.evaluate("document.querySelector('.toast').remove()")
        browser.close()
    both = np.array(waits)
    for name, seconds in (
        ("bar to form", both[:, 0]),
        ("form to task", both[:, 1]),
        ("both", both.sum(axis=1)),
    ):
        print(f"{name:14} median {np.median(seconds):.2f} s, most {seconds.max():.2f} s")
    print(f"2 clicks, {told.times} times: the first {both[0].sum():.2f} s")


if __name__ == "__main__":
    main()
    os._exit(0)  # the server's threads do not end by themselves
