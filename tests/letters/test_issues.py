"""Hot issues: which letters are of one matter, what is told of it, and what stays from day to day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shuju.letters.heat import WEIGHTS, heat
from shuju.letters.issues import MEMBERS, find_issues
from shuju.letters.stages import petition, stages
from tests.conftest import REAL as SHARED

REAL = SHARED / "letters_tipdm2020c"

PLANT = (
    "新城花园小区旁边的搅拌站夜里还在施工，噪音扰民，居民睡不着",
    "搅拌站离新城花园小区太近，夜里施工噪音扰民，灰尘飘进家里",
    "请管管新城花园小区附近的搅拌站，夜里施工噪音扰民",
    "新城花园小区业主反映搅拌站噪音扰民，灰尘污染，夜里睡不着",
    "孩子咳嗽，都是新城花园小区旁边的搅拌站闹的，夜里施工噪音扰民",
)
BUS = (
    "388路公交一小时才来一趟，希望增加班次",
    "388路公交晚上收班太早，希望增加班次",
    "希望388路公交增加班次，一小时才来一趟",
    "等388路公交等到迟到，一小时才来一趟",
)
OTHERS = (
    "咨询老人医保卡怎么补办",
    "学校食堂饭菜涨价太多",
    "村里的水渠塌了没人修",
    "公司拖欠三个月工资",
    "图书馆周末能不能开放",
    "身份证到期在哪里换领",
    "楼下烧烤店油烟很大",
    "老房子加装电梯怎么申请",
    "低保申请交了材料没有回音",
    "路灯坏了半年",
    "幼儿园学位不够",
    "河里漂着很多死鱼",
)


def letters(texts=(*PLANT, *BUS, *OTHERS), **columns) -> pd.DataFrame:
    n = len(texts)
    frame = {
        "letter_id": [f"l{k:02}" for k in range(n)],
        "title": texts,
        "body": texts,
        "written_at": pd.Timestamp("2024-05-01 08:00") + pd.to_timedelta(np.arange(n), "D"),
        "writer_id": [f"w{k}" for k in range(n)],
    }
    return pd.DataFrame(frame | columns)


def sets(members: pd.DataFrame) -> set[frozenset]:
    return {frozenset(rows) for _, rows in members.groupby("issue_id")["letter_id"]}


PLANT_IDS = frozenset(f"l{k:02}" for k in range(5))
BUS_IDS = frozenset(f"l{k:02}" for k in range(5, 9))


def test_letters_of_one_matter_in_different_words_are_one_issue():
    issues, members = find_issues(letters())
    assert sets(members) == {PLANT_IDS, BUS_IDS}
    assert set(issues["issue_id"]) == {"issue-l00", "issue-l05"}
    plant = issues.set_index("issue_id").loc["issue-l00"]
    assert "搅拌站" in plant["title"]
    assert (plant["letters"], plant["writers"]) == (5, 5)
    assert set(plant["representatives"]) <= PLANT_IDS
    assert (plant["first_at"], plant["last_at"]) == (
        pd.Timestamp("2024-05-01 08:00"),
        pd.Timestamp("2024-05-05 08:00"),
    )


@pytest.mark.parametrize(
    "frame",
    [
        letters(()),
        letters(PLANT[:1]),
        letters((None,) * 5),
        letters(("",) * 5),
        letters(("\uffff\x00" * 500, "，。" * 100, "1" * 5000)),
        letters().drop(columns="writer_id").head(2),
    ],
    ids=["none", "one", "null", "empty", "hostile", "two"],
)
def test_nothing_is_made_of_nothing(frame):
    issues, members = find_issues(frame)
    assert not len(issues)
    assert list(members) == list(MEMBERS)


def test_the_order_of_rows_says_nothing():
    shuffled = letters().sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(find_issues(shuffled)[1], find_issues(letters())[1])


def test_one_writer_is_one_voice():
    issues, members = find_issues(
        letters(PLANT + OTHERS, writer_id=["w", "w", "w", "w", "v", *"abcdefghijkl"])
    )
    assert not len(issues)
    assert sets(members) == {PLANT_IDS}  # a matter, but no hot issue
    _, members = find_issues(letters(PLANT + OTHERS, writer_id=["w", "u", "w", "w", "v", *"abcdefghijkl"]))
    assert members["is_repeat"].tolist() == [False, False, True, True, False]


def test_without_writers_nearly_equal_letters_are_one_voice():
    texts = (PLANT[0],) * 4 + PLANT[1:] + OTHERS
    issues, members = find_issues(letters(texts).drop(columns="writer_id"))
    assert len(issues) == 1
    assert (issues.loc[0, "letters"], issues.loc[0, "writers"]) == (8, 5)
    assert members["is_repeat"].sum() == 3


def test_a_day_joins_what_is_known_and_ids_stay():
    every = letters()
    _, known = find_issues(every[~every["letter_id"].isin(["l04", "l08"])])
    issues, members = find_issues(every, known)
    assert sets(members) == {PLANT_IDS, BUS_IDS}
    assert set(issues["issue_id"]) == set(known["issue_id"])
    again, same = find_issues(every, members)
    pd.testing.assert_frame_equal(same[["letter_id", "issue_id"]], members[["letter_id", "issue_id"]])
    assert list(again["issue_id"]) == list(issues["issue_id"])


def test_issues_older_than_the_letters_given_are_carried_on():
    every = letters()
    before, known = find_issues(every)
    issues, members = find_issues(every.tail(3), known)
    assert sets(members) == sets(known)
    assert (
        issues.set_index("issue_id")["letters"].to_dict() == before.set_index("issue_id")["letters"].to_dict()
    )


def member_rows(
    days, regions, said=(), repeats=(), answered=None, channels=None, topics=None, near=None
) -> pd.DataFrame:
    n = len(days)
    return pd.DataFrame(
        {
            "issue_id": "i",
            "letter_id": [f"l{k}" for k in range(n)],
            "written_at": pd.Timestamp("2024-01-01") + pd.to_timedelta(list(days), "D"),
            "writer": [repeats.get(k, f"w{k}") for k in range(n)] if repeats else [f"w{k}" for k in range(n)],
            "is_repeat": [k in repeats for k in range(n)] if repeats else False,
            "region_code": pd.array(list(regions), "string"),
            "channel": pd.array(channels or ["app"] * n, "string"),
            "topic_1": pd.array(topics or ["交通运输"] * n, "string"),
            "similarity": near or 0.5,
            "likes": pd.array([0] * n, "Float64"),
            "petition": [said.get(k, 0) for k in range(n)] if said else 0,
            "is_answered": pd.array([answered] * n, "boolean"),
        }
    )


A, B = "430102", "430103"


AGAIN = {1: "w0", 2: "w0", 3: "w0"}
FAR = [0.5, 0.5, 0.5, 0.5, 0.1]
# Near in what it says, and as far as grouping holds it for its place: the next county, another prefecture.
BESIDE, YONDER = [0.5] * 4 + [0.5 * 0.85], [0.5] * 4 + [0.5 * 0.4]
ROAD, SCHOOL = "交通运输", "教育文体"


@pytest.mark.parametrize(
    ("members", "origin", "transmission", "conversion"),
    [
        (member_rows(range(4), [A] * 4), A, None, None),
        (member_rows(range(5), [A, A, A, A, B]), A, (4, "region"), None),
        (member_rows(range(5), [A, A, A, A, B], near=BESIDE), A, (4, "region"), None),
        (member_rows(range(5), [A, A, A, A, "430302"], near=YONDER), A, (4, "region"), None),
        (member_rows(range(5), [A, A, A, A, B], near=FAR), A, None, None),
        (member_rows(range(5), [A, A, A, A, B], near=[0.5] * 4 + [0.3]), A, None, None),
        (
            member_rows(range(6), [A, A, A, B, A, B], near=[0.5] * 3 + [0.3, 0.5, 0.3]),
            A,
            (3, "region"),
            None,
        ),
        (member_rows(range(40), [A] * 39 + [B]), A, None, None),
        (member_rows(range(4), [None] * 4), None, None, None),
        (
            member_rows(range(4), [None] * 4, channels=["app", "app", "hotline", "hotline"]),
            None,
            (2, "channel"),
            None,
        ),
        (member_rows(range(4), [A] * 4, channels=["app", "app", "hotline", "hotline"]), A, None, None),
        (member_rows(range(6), [A] * 6, topics=[ROAD] * 4 + [SCHOOL] * 2), A, (4, "topic"), None),
        (member_rows(range(6), [A] * 6, topics=[ROAD] * 4 + [SCHOOL, None]), A, None, None),
        (member_rows(range(6), [A] * 6, topics=[ROAD] * 4 + [SCHOOL, "政法"]), A, None, None),
        (
            member_rows(range(6), [A] * 5 + [B], topics=[ROAD] * 3 + [SCHOOL] * 2 + [ROAD]),
            A,
            (3, "topic"),
            None,
        ),
        (member_rows(range(4), [A] * 4, said={1: 1}), A, None, None),
        (member_rows(range(4), [A] * 4, said={1: 2}), A, None, (1, "petition")),
        (member_rows(range(60), [A] * 60, said={1: 2}), A, None, (1, "petition")),
        (member_rows(range(4), [A] * 4, said={1: 1, 3: 1}), A, None, (1, "petition")),
        (member_rows(range(6), [A, A, A, B, B, B], said={5: 2}), A, (3, "region"), (5, "petition")),
        (member_rows([0, 30, 40, 50], [A] * 4, repeats=AGAIN, answered=False), A, None, (50, "repeat")),
        (
            member_rows([0, 30, 40, 50], [A] * 4, repeats=AGAIN, answered=False, said={2: 2}),
            A,
            None,
            (40, "petition"),
        ),
        (member_rows([0, 30, 40, 50], [A] * 4, repeats=AGAIN, answered=True), A, None, None),
        (member_rows([0, 3, 4, 5], [A] * 4, repeats=AGAIN, answered=False), A, None, None),
    ],
)
def test_stages(members, origin, transmission, conversion):
    found = stages(members).loc["i"]
    assert found["source_at"] == pd.Timestamp("2024-01-01")
    assert found["stage"] == ("转化" if conversion else "传导" if transmission else "源头")
    assert (pd.isna(found["origin_region"]) and origin is None) or found["origin_region"] == origin
    for name, told in (("transmission", transmission), ("conversion", conversion)):
        at, sign = found[f"{name}_at"], found[f"{name}_sign"]
        if told is None:
            assert pd.isna(at)
            assert pd.isna(sign)
        else:
            assert (at, sign) == (pd.Timestamp("2024-01-01") + pd.Timedelta(days=told[0]), told[1])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("再不解决只能集体上访", 2),
        ("已经拉了横幅", 2),
        ("记者来采访过", 1),
        ("路灯坏了", 0),
        (None, 0),
        ("占道经营堵路", 0),
        ("聚众赌博无人管", 0),
    ],
)
def test_petition(body, says):
    assert petition(pd.Series(["标题"]), pd.Series([body])).tolist() == [says]


def test_heat_is_the_weighted_mean_of_the_parts_that_are_known():
    members = member_rows(range(30), [A, B] * 15, answered=False)
    for rows, left_out in ((members, set()), (members.assign(likes=pd.NA), {"likes"})):
        found = heat(rows, pd.Timestamp("2024-03-01")).loc["i"]
        known = {part: weight for part, weight in WEIGHTS.items() if part not in left_out}
        mean = sum(weight * found[f"heat_{part}"] for part, weight in known.items()) / sum(known.values())
        assert found["heat"] == pytest.approx(mean)
        assert found["heat_unanswered"] == 100
        assert all(0 <= found[f"heat_{part}"] <= 100 for part in known)


def test_more_voices_are_hotter():
    few, many = (
        heat(member_rows(range(n), [A] * n), pd.Timestamp("2024-03-01"))["heat"].iloc[0] for n in (5, 50)
    )
    assert many > few


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason="the real letters are not here")
def test_real_events_are_found():
    from bench.issues import real_letters, score_events

    real = real_letters(REAL)
    issues, members = find_issues(real)
    own = real["letter_id"].map(members.set_index("letter_id")["issue_id"]).fillna(real["letter_id"])
    rank = dict(zip(issues["issue_id"], issues.index + 1, strict=True))
    events = {row["event"]: row for row in score_events(real["letter_id"], own.to_numpy(object), rank, REAL)}
    # E01 holds letters of other matters of the estate too (its roads, its rubbish), E03 many questions on one subsidy.
    assert events["E01"]["recall"] >= 0.5
    assert events["E01"]["rank"] <= 3
    for row in events.values():
        assert row["strangers"] <= 0.15
    assert issues.head(3)["title"].str.contains("搅拌站").any()
