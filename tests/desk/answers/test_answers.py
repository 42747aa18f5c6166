"""Answers: drafted by one, reviewed by another, sent once with a number; told to each sender; corrected by a new version; rated once."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from shuju.access.subject import NotAllowedError, Subject
from shuju.desk.answers.blocks import add_block, end_block, own_blocks, shipped_blocks
from shuju.desk.answers.commands import (
    Asked,
    Letter,
    begin_answer,
    correct_answer,
    return_answer,
    save_answer,
    send_answer,
    submit_answer,
)
from shuju.desk.answers.ratings import RatingError, rate_answer, rateable, senders_satisfied
from shuju.desk.answers.record import Answer, answers_to, events_of, letters_of, seen_answer, sent_to
from shuju.desk.answers.senders import RATED_WITHIN, row_of_token, token_of
from shuju.desk.messages.deliver import Delivered, deliver
from shuju.desk.tables.answers import answer_letters
from shuju.desk.tables.messages import outbox
from shuju.desk.tasks.journal import StaleTaskError, TaskError
from tests.desk.messages.test_messages import Mails, Ways, mails
from tests.desk.tasks.conftest import AT, Office, office

__all__ = ["mails", "office"]
DAY = dt.timedelta(days=1)
LETTERS = [Letter(f"l{n}", f"搅拌站噪声扰民，电话1387310000{n}", AT - 3 * DAY) for n in range(3)]
TEXT = "您好！7月29日我局到现场核查，已责令停产。电话：0731-85012345。"


def asked(office: Office, who: str) -> Asked:
    office.at += dt.timedelta(minutes=1)
    person = {
        **office.people,
        "colleague": Subject(
            "li", "李", "department", "长沙市住建局", organisation_id=office.people["handler"].organisation_id
        ),
    }
    return Asked(person[who], office.command_id(), office.at)


def begun(office: Office, letters: list[Letter] = LETTERS, who: str = "handler", **more: Any) -> Answer:
    return begin_answer(office.desk, letters, TEXT, asked(office, who), due=AT + 5 * DAY, **more)


def sent(office: Office, letters: list[Letter] = LETTERS, contacts: dict[str, str] | None = None) -> Answer:
    answer = begun(office, letters)
    answer = submit_answer(office.desk, answer.id, asked(office, "handler"), seq=answer.seq)
    return send_answer(office.desk, answer.id, contacts or {}, asked(office, "colleague"), seq=answer.seq)


def test_drafted_given_back_and_sent(office: Office) -> None:
    answer = begun(office)
    assert (answer.state, answer.title, answer.document_number) == ("draft", LETTERS[0].title, "")
    answer = save_answer(
        office.desk, answer.id, TEXT + "特此答复。", LETTERS[:2], asked(office, "handler"), seq=answer.seq
    )
    answer = submit_answer(office.desk, answer.id, asked(office, "handler"), seq=answer.seq)
    answer = return_answer(
        office.desk, answer.id, "请写明搬迁日期", asked(office, "colleague"), seq=answer.seq
    )
    answer = save_answer(
        office.desk,
        answer.id,
        TEXT + "8月15日前搬离。",
        LETTERS[:2],
        asked(office, "handler"),
        seq=answer.seq,
    )
    answer = submit_answer(office.desk, answer.id, asked(office, "handler"), seq=answer.seq)
    answer = send_answer(
        office.desk, answer.id, {"l0": "a@b.example"}, asked(office, "colleague"), seq=answer.seq
    )
    assert (answer.state, answer.document_number, answer.reviewer_name) == (
        "sent",
        "长沙市住建局信复〔2024〕1号",
        "李",
    )
    assert [event.action for event in events_of(office.desk, answer.id)] == [
        "begin",
        "save",
        "submit",
        "return",
        "save",
        "submit",
        "send",
    ]
    assert [(one.letter_id, one.has_address) for one in letters_of(office.desk, answer.id)] == [
        ("l0", True),
        ("l1", False),
    ]
    assert [one.id for one in answers_to(office.desk, "l1", office.people["above"])] == [answer.id]
    assert answers_to(office.desk, "l2", office.people["above"]) == []
    again = sent(office, [LETTERS[2]])
    assert again.document_number == "长沙市住建局信复〔2024〕2号"


def test_what_is_sent_never_changes_and_a_correction_is_a_new_version(office: Office) -> None:
    first = sent(office)
    for do in (
        lambda: save_answer(office.desk, first.id, "改", LETTERS, asked(office, "handler"), seq=first.seq),
        lambda: submit_answer(office.desk, first.id, asked(office, "handler"), seq=first.seq),
        lambda: send_answer(office.desk, first.id, {}, asked(office, "colleague"), seq=first.seq),
        lambda: return_answer(office.desk, first.id, "改", asked(office, "colleague"), seq=first.seq),
    ):
        with pytest.raises(TaskError, match="“已发出”的答复不能"):
            do()
    second = correct_answer(office.desk, first.id, asked(office, "colleague"))
    assert (second.corrects, second.state, second.text) == (first.id, "draft", TEXT)
    with pytest.raises(TaskError, match="已在起草"):
        correct_answer(office.desk, first.id, asked(office, "handler"))
    second = save_answer(
        office.desk, second.id, "更正：8月20日前搬离。", LETTERS, asked(office, "colleague"), seq=1
    )
    second = submit_answer(office.desk, second.id, asked(office, "colleague"), seq=second.seq)
    second = send_answer(office.desk, second.id, {}, asked(office, "handler"), seq=second.seq)
    assert seen_answer(office.desk, first.id, office.people["handler"]) == first
    assert (second.number, second.corrects) == (2, first.id)


def _late(office: Office) -> Answer:
    answer = begun(office)
    submit_answer(office.desk, answer.id, asked(office, "handler"), seq=1)
    return save_answer(office.desk, answer.id, "改", LETTERS, asked(office, "colleague"), seq=1)


REFUSED = {
    "no text": (lambda o: begin_answer(o.desk, LETTERS, " \0", asked(o, "handler"), due=AT), TaskError, "请写答复"),
    "a book": (lambda o: begin_answer(o.desk, LETTERS, "字" * 10_001, asked(o, "handler"), due=AT), TaskError, "至多 10,000 字"),
    "no letter": (lambda o: begin_answer(o.desk, [], TEXT, asked(o, "handler"), due=AT), TaskError, "1 至 200 封"),
    "a leader": (lambda o: begun(o, who="leader"), NotAllowedError, "由承办部门"),
    "of no organisation": (lambda o: begun(o, who="homeless"), NotAllowedError, "由承办部门"),
    "twice the same letter": (lambda o: (begun(o), begun(o, LETTERS[2:])), TaskError, "zhang 已在起草"),
    "a foreign one": (lambda o: seen_answer(o.desk, begun(o).id, o.people["foreign"]), TaskError, "不在可见范围"),
    "none": (lambda o: seen_answer(o.desk, 77, o.people["leader"]), TaskError, "不在可见范围"),
    "written for others": (
        lambda o: save_answer(o.desk, begun(o).id, TEXT, LETTERS, asked(o, "above"), seq=1), NotAllowedError, "本单位的答复",
    ),
    "an odd command": (lambda o: begin_answer(o.desk, LETTERS, TEXT, Asked(o.people["handler"], "x", AT), due=AT), TaskError, "操作编号"),
    "an older page": (
        _late,
        StaleTaskError, r"zhang（zhang）已于 2024-07-29 16:40:00 送审",
    ),
    "given back without a word": (
        lambda o: return_answer(o.desk, submit_answer(o.desk, begun(o).id, asked(o, "handler"), seq=1).id, "", asked(o, "colleague"), seq=2),
        TaskError, "修改意见",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(office: Office, name: str) -> None:
    do, error, words = REFUSED[name]
    with pytest.raises(error, match=words):
        do(office)


@pytest.mark.parametrize("reviewer", ["handler", "colleague", "above"])
def test_nobody_reviews_what_they_wrote(office: Office, reviewer: str) -> None:
    answer = begun(office)
    answer = submit_answer(office.desk, answer.id, asked(office, "colleague"), seq=answer.seq)
    if reviewer == "above":  # the organisation above may
        assert send_answer(office.desk, answer.id, {}, asked(office, "above"), seq=answer.seq).state == "sent"
        return
    with pytest.raises(NotAllowedError, match="自己起草"):  # who wrote it, and who handed it in
        send_answer(office.desk, answer.id, {}, asked(office, reviewer), seq=answer.seq)


def test_the_same_command_is_done_once(office: Office) -> None:
    answer = begun(office)
    answer = submit_answer(office.desk, answer.id, asked(office, "handler"), seq=1)
    once = asked(office, "colleague")
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda _: _sent(office, answer, once), range(4)))
    assert {one.number for one in got if one} == {1}
    with office.desk.connect() as connection:
        assert connection.execute(select(func.count()).select_from(outbox)).scalar() == 3


def _sent(office: Office, answer: Answer, once: Asked) -> Answer | None:
    try:
        return send_answer(office.desk, answer.id, {}, once, seq=answer.seq)
    except StaleTaskError:
        return None


def test_two_answers_at_once_have_two_numbers(office: Office) -> None:
    waiting = [
        submit_answer(office.desk, begun(office, [one]).id, asked(office, "handler"), seq=1)
        for one in LETTERS
    ]
    by = [asked(office, "colleague") for _ in waiting]
    with ThreadPoolExecutor(3) as pool:
        got = list(pool.map(_sent, [office] * 3, waiting, by))
    numbers = [one.number for one in got if one]
    assert len(numbers) == len(set(numbers)) > 0


def test_each_sender_is_told_once_and_nobody_elses_address_is_in_plain(
    office: Office, mails: tuple[Mails, Ways]
) -> None:
    kept, ways = mails
    sent(office, contacts={"l0": "wang@mail.example", "l1": "zhao@mail.example"})
    with office.desk.connect() as connection:
        sealed = connection.execute(select(answer_letters.c.contact)).scalars().all()
    assert not any("mail.example" in one for one in sealed)
    for told in (Delivered(2, 0, 1), Delivered(0, 0, 0)):
        assert deliver(office.desk, ways, clock=lambda: office.at) == told
    assert sorted(mail["To"] for mail in kept.got) == ["wang@mail.example", "zhao@mail.example"]
    mail = kept.got[0].get_content()
    assert "13873100000" not in mail
    assert "您于 2024年7月26日 来信“搅拌站噪声扰民，电话[手机号]”" in mail
    assert "长沙市住建局信复〔2024〕1号　2024年7月29日" in mail
    assert f"https://desk.example/rate?to={token_of(1)}" in mail
    first, _, third = letters_of(office.desk, 1)
    assert (first.told_at, third.failure) == (office.at, "没有登记通知地址")


def test_a_title_of_several_lines_makes_one_subject(office: Office, mails: tuple[Mails, Ways]) -> None:
    kept, ways = mails
    sent(office, [Letter("odd", "路坏了\r\nBcc: all@evil.example", AT)], {"odd": "wang@mail.example"})
    assert deliver(office.desk, ways, clock=lambda: office.at) == Delivered(1, 0, 0)
    assert (kept.got[0]["Subject"], kept.got[0]["Bcc"]) == ("答复：路坏了 Bcc: [邮箱]", None)


def test_what_fails_tells_no_address(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    sent(office, LETTERS[:1], {"l0": "wang@mail.example"})
    assert deliver(office.desk, Ways("smtp://127.0.0.1:1"), clock=lambda: office.at) == Delivered(0, 1, 0)
    assert letters_of(office.desk, 1)[0].failure == "ConnectionRefusedError"
    assert "wang" not in caplog.text


def test_a_sender_rates_once(office: Office) -> None:
    answer = sent(office)
    token = token_of(letters_of(office.desk, answer.id)[1].id)
    found = rateable(office.desk, token, at=office.at)
    assert (found.title, found.document_number) == ("搅拌站噪声扰民，电话[手机号]", answer.document_number)
    with pytest.raises(RatingError, match="请选择"):
        rate_answer(office.desk, token, "5", "", at=office.at)
    rate_answer(office.desk, token, "1", "没有搬，我的电话13873100001", at=office.at)
    for at in (office.at, office.at + DAY):
        with pytest.raises(RatingError, match="已经评价过"):
            rate_answer(office.desk, token, "3", "", at=at)
    told = letters_of(office.desk, answer.id)[1]
    assert (told.score, told.words) == (1, "没有搬，我的电话[手机号]")


@pytest.mark.parametrize(
    "token", ["", "1", "1-", "1-" + "0" * 40, "-1-x", "99999999999-x", "１-x", "2-{proof of 1}", "a-b"]
)
def test_links_that_are_not_ours(office: Office, token: str) -> None:
    sent(office)
    proof = token_of(1).partition("-")[2]
    with pytest.raises(RatingError, match="有误"):
        rateable(office.desk, token.replace("{proof of 1}", proof), at=office.at)
    assert row_of_token(token_of(2)) == 2


def test_links_end(office: Office) -> None:
    answer = begun(office)
    with pytest.raises(RatingError, match="过期"):  # not sent yet
        rateable(office.desk, token_of(letters_of(office.desk, answer.id)[0].id), at=office.at)
    other = sent(office, [Letter("other", "另一封", AT)])
    token = token_of(letters_of(office.desk, other.id)[0].id)
    rateable(office.desk, token, at=office.at + RATED_WITHIN)
    with pytest.raises(RatingError, match="过期"):
        rateable(office.desk, token, at=office.at + RATED_WITHIN + DAY)


def test_senders_are_counted_by_organisation_and_sight(office: Office) -> None:
    answer = sent(office)
    for one, score in zip(letters_of(office.desk, answer.id), ("3", "2", "1"), strict=True):
        rate_answer(office.desk, token_of(one.id), score, "", at=office.at)
    span = {"since": office.at - DAY, "until": office.at + DAY}
    number = office.people["handler"].organisation_id
    for who in ("leader", "above", "handler"):
        (share,) = senders_satisfied(office.desk, office.people[who], **span).items()
        assert (share[0], share[1].n, share[1].of) == (number, 2, 3), who
    assert senders_satisfied(office.desk, office.people["foreign"], **span) == {}
    assert (
        senders_satisfied(
            office.desk, office.people["leader"], since=office.at + DAY, until=office.at + 2 * DAY
        )
        == {}
    )


def test_blocks_are_an_organisations_own(office: Office) -> None:
    assert {"开头", "结尾"} <= {block.title for block in shipped_blocks()}
    by, at = office.people["handler"], office.at
    add_block(office.desk, " 落款 ", "长沙市住建局信访科", by=by, at=at)
    (block,) = own_blocks(office.desk, by)
    assert (block.title, block.text) == ("落款", "长沙市住建局信访科")
    assert own_blocks(office.desk, office.people["county"]) == []
    for who in ("county", "foreign"):
        with pytest.raises(TaskError, match="没有这条"):
            end_block(office.desk, block.id, by=office.people[who], at=at)
    with pytest.raises(NotAllowedError):
        add_block(office.desk, "a", "b", by=office.people["leader"], at=at)
    with pytest.raises(TaskError, match="须有名称"):
        add_block(office.desk, "a", "字" * 1001, by=by, at=at)
    end_block(office.desk, block.id, by=by, at=at)
    assert own_blocks(office.desk, by) == []


def test_who_sees_a_letter_reads_what_was_sent_whoever_sent_it(office: Office) -> None:
    begun(office, [LETTERS[0]])
    assert sent_to(office.desk, "l0", office.people["foreign"]) == []  # a draft is the office's own
    answer = begin_answer(
        office.desk,
        [LETTERS[1]],
        f"{TEXT}来信人电话13873100009。",
        asked(office, "handler"),
        due=AT + 5 * DAY,
    )
    answer = submit_answer(office.desk, answer.id, asked(office, "handler"), seq=answer.seq)
    answer = send_answer(office.desk, answer.id, {}, asked(office, "colleague"), seq=answer.seq)
    assert sent_to(office.desk, "l1", office.people["handler"]) == [answer]
    for who in ("foreign", "county", "homeless"):
        (seen,) = sent_to(office.desk, "l1", office.people[who])
        assert (seen.id, "13873100009" in seen.text, "0731-85012345" in seen.text) == (
            answer.id,
            False,
            True,
        ), who
        assert answers_to(office.desk, "l1", office.people[who]) == []
