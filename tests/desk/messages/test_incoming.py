"""Replies by e-mail, over a real mail server: from who was told, once, into the task; anything else is refused and noted."""

from __future__ import annotations

import datetime as dt
import email.policy
import itertools
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from shuju.desk import trail
from shuju.desk.accounts import add_account, set_disabled
from shuju.desk.memberships import grant
from shuju.desk.messages import listening
from shuju.desk.messages.addresses import EMAIL, add_address, end_address
from shuju.desk.messages.deliver import Ways, deliver
from shuju.desk.messages.listening import listener
from shuju.desk.messages.mail_reading import read_mail, unquoted
from shuju.desk.messages.reply_addresses import ReplyTo, read_reply_address, reply_address
from shuju.desk.tables.tasks import blobs
from shuju.desk.tasks.attachments import attachments_of
from shuju.desk.tasks.commands import get
from shuju.desk.tasks.record import Task
from tests.desk.messages.test_messages import HALF, Mails, mails
from tests.desk.tasks.conftest import TERMS, Office, office
from tests.pages.conftest import free_port

__all__ = ["mails", "office"]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(500)
HANDLER, LEADER = "zhujian@cs.example", "leader@gov.example"
QUOTED = "已到现场，正在整改。\r\n请放心。\r\n\r\n在 2024年7月29日 17:00，shuju <desk@gov.example> 写道：\r\n> 交办：噪声扰民\r\n"


class Post:
    """A task that its handler and its assigner were told of, and the server that takes their replies."""

    def __init__(self, office: Office, port: int, mails: tuple[Mails, Ways]) -> None:
        self.office, self.port, self.numbers = office, port, itertools.count(1)
        place = office.people["handler"].organisation_id
        self.handler = add_address(office.desk, EMAIL, HANDLER, organisation_id=place, at=office.at).id
        add_account(office.desk, "leader", "李省长", None, at=office.at)
        grant(office.desk, "leader", "leader", at=office.at, by="test")
        self.leader = add_address(office.desk, EMAIL, LEADER.upper(), account="leader", at=office.at).id
        self.task = office.assign()
        kept, ways = mails
        ways = Ways(ways.smtp, ways.sender, ways.base, "desk@gov.example")
        deliver(office.desk, ways, clock=lambda: office.at + HALF)
        self.told = kept.got[0]

    def send(
        self,
        sender: str = HANDLER,
        to: str = "",
        text: str = QUOTED,
        files: tuple[tuple[str, bytes], ...] = (),
        **headers: str,
    ) -> str:
        """Send a mail; return what the server said if it was not taken."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"某 <{sender}>", "desk@gov.example", "回复"
        mail["Message-ID"] = headers.pop("message_id", f"<m{next(self.numbers)}@cs.example>")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        for name, content in files:
            mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as server:
                server.sendmail(
                    sender, [to or self.told["Reply-To"]], mail.as_bytes(policy=email.policy.SMTP)
                )
        except smtplib.SMTPRecipientsRefused as error:
            return str(next(iter(error.recipients.values())))
        except smtplib.SMTPResponseException as error:
            return f"{error.smtp_code} {error.smtp_error!r}"
        return ""

    def present(self) -> Task:
        return get(self.office.desk, self.task.id, self.office.people["leader"])[0]

    def said(self) -> list[tuple[str, str]]:
        _, events = get(self.office.desk, self.task.id, self.office.people["leader"])
        return [(event.who_name, event.given["text"]) for event in events if event.action == "say"]

    def refused(self) -> list[str]:
        return [row["told"]["why"] for row in trail.read(self.office.desk, what="refused")[0]]


@pytest.fixture
def post(office: Office, mails: tuple[Mails, Ways]) -> Iterator[Post]:
    port = free_port()
    server = listener(office.desk, lambda: TERMS, lambda: office.at, host="127.0.0.1", port=port)
    server.start()
    yield Post(office, port, mails)
    server.stop()


def test_a_reply_becomes_a_remark_with_its_files_once(post: Post) -> None:
    files = (("现场.png", PNG), ("../清单.exe", b"MZ" + bytes(50)))
    for _ in range(2):  # the sender's server may send it again
        assert post.send(files=files, message_id="<once@cs.example>") == ""
    assert post.said() == [("长沙市住建局（邮件）", "已到现场，正在整改。\n请放心。")]
    kept = [(file.name, file.kind, file.who) for file in attachments_of(post.office.desk, post.task.id)]
    assert kept == [("现场.png", "image/png", HANDLER), ("..／清单.exe", "application/octet-stream", HANDLER)]
    assert post.present().seq == 4


def test_an_account_speaks_as_itself(post: Post) -> None:
    to = reply_address(post.task.id, post.leader, "desk@gov.example")
    assert post.send(LEADER, to, "抓紧办。") == ""
    assert post.said() == [("李省长", "抓紧办。")]
    set_disabled(post.office.desk, "leader", True, at=post.office.at)
    assert post.send(LEADER, to, "还在吗").startswith("550")
    assert post.said() == [("李省长", "抓紧办。")]


def test_what_is_refused_and_noted(post: Post) -> None:
    own, task = str(post.told["Reply-To"]), post.task.id
    proof = own.partition("@")[0].rpartition(".")[2]
    cases = {
        "another sender": ({"sender": "evil@cs.example"}, "发件人不是"),
        "the address of somebody else": (
            {"sender": HANDLER, "to": reply_address(task, post.leader, "desk@gov.example")},
            "发件人不是",
        ),
        "a forged proof": ({"to": f"desk+{task}.{post.handler}.{'0' * 32}@gov.example"}, "收件地址"),
        "the proof of another task": (
            {"to": f"desk+{task + 1}.{post.handler}.{proof}@gov.example"},
            "收件地址",
        ),
        "no address of a task": ({"to": "desk@gov.example"}, "收件地址"),
        "somebody outside": ({"to": "other@elsewhere.example"}, "收件地址"),
        "an automatic answer": ({"Auto_Submitted": "auto-replied"}, "自动回复"),
        "nothing but a quotation": ({"text": "> 交办\r\n"}, "没有内容"),
    }
    for name, (told, why) in cases.items():
        before = len(post.refused())
        assert post.send(**told).startswith(("550", "(550")), name
        assert why in post.refused()[0], name
        assert len(post.refused()) == before + 1, name
    end_address(post.office.desk, post.handler, at=post.office.at)
    assert post.send().startswith("550")
    assert post.said() == []


def test_a_task_that_is_over_takes_no_mail(post: Post) -> None:
    office, task = post.office, post.task
    for who, action, given in (
        ("handler", "sign", {}),
        ("handler", "submit", {"text": "已办"}),
        ("leader", "approve", {"solved": "yes"}),
    ):
        task = office.act(task, who, action, **given)
    assert post.send() == ""  # until it is archived people talk
    office.act(get(office.desk, task.id, office.people["leader"])[0], "leader", "archive")
    assert post.send().startswith("550")
    assert "不能留言" in post.refused()[0]


def test_an_organisation_that_has_the_task_no_more_is_refused(post: Post) -> None:
    post.office.act(post.task, "leader", "reassign", organisation="岳麓区住建局")
    assert post.send().startswith("550")
    assert "不在可见范围" in post.refused()[0]


def test_what_is_too_large_is_refused(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shuju.desk.tasks.attachments.MOST_BYTES", 400)
    assert post.send(text="见附件", files=(("大.bin", bytes(401)),)).startswith("550")
    assert "文件应为" in post.refused()[0]
    with post.office.desk.connect() as connection:
        assert connection.execute(select(blobs)).all() == []
    assert listening.MOST_MAIL_BYTES >= (50 << 20) * 4 / 3  # as base64 carries it


def test_a_desk_that_is_away_has_the_sender_try_again(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(listening, "receive_mail", fails)
    assert post.send().startswith("451")
    assert "could not be kept" in caplog.text


def test_without_a_mailbox_there_is_no_address_to_reply_to(office: Office, mails: tuple[Mails, Ways]) -> None:
    kept, ways = mails
    add_address(
        office.desk, EMAIL, HANDLER, organisation_id=office.people["handler"].organisation_id, at=office.at
    )
    office.assign()
    deliver(office.desk, ways, clock=lambda: office.at + dt.timedelta(minutes=1))
    assert kept.got[0]["Reply-To"] is None


@pytest.mark.parametrize(
    "told",
    ["", "desk@gov.example", "desk+1.2@gov.example", "desk+1.2.xyz@gov.example", "+1.2." + "0" * 32 + "@g", "desk+１.2." + "0" * 32 + "@g"],
)  # fmt: skip
def test_addresses_that_are_none(office: Office, told: str) -> None:
    assert read_reply_address(told) is None
    assert read_reply_address(reply_address(1, 2, "desk@gov.example").upper()) == ReplyTo(1, 2)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("好的\n\n> 旧的", "好的"),
        ("好的\nOn Mon, 29 Jul 2024 at 17:00, shuju <desk@gov.example> wrote:\n旧的", "好的"),
        ("好的\n------------------ 原始邮件 ------------------\n发件人: x", "好的"),
        ("好的\n发件人：desk@gov.example\n旧的", "好的"),
        ("好的\n张三 于2024年7月29日周一 17:00写道：\n旧的", "好的"),
        ("好的\n-- \n张三", "好的"),
        ("好的\n发自我的 iPhone", "好的"),
        ("在 2024 年我们已整改。\n好的", "在 2024 年我们已整改。\n好的"),
        ("5 > 3\n好的", "5 > 3\n好的"),
    ],
)
def test_what_is_quoted_is_cut(text: str, kept: str) -> None:
    assert unquoted(text) == kept


def test_a_mail_in_html_alone_is_read() -> None:
    mail = EmailMessage()
    mail["From"], mail["Message-ID"] = "a@b.example", "<x@y>"
    mail.set_content("<style>p{}</style><p>第一行<br>第二行</p><blockquote>旧的</blockquote>", subtype="html")
    assert read_mail(mail.as_bytes()).text == "第一行\n第二行"
    odd = (
        b"From: a@b.example\r\nContent-Type: text/plain; charset=nobody-knows\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + "好".encode("gb18030")
    )
    assert read_mail(odd).text == "好"
