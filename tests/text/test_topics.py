"""Topics of letters: the shipped model, training, and the quality that is promised."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuju.standard import code_list
from shuju.text.topic_training import Labelled, abstention, quality, train
from shuju.text.topics import SHIPPED, Model, classify, load, save, shipped

SCHOOL = ["学校补课收费太高", "小学划片入学不公平", "幼儿园老师体罚孩子", "高中招生分数线何时公布"]
ROAD = ["公交车不按时发车", "出租车拒载乱收费", "客运站班车太少", "的士司机绕路"]


@pytest.fixture(scope="module")
def small_model() -> Model:
    bodies = [f"{text}，第{n}次来信" for n in range(6) for text in SCHOOL + ROAD]
    labels = (["教育文体"] * 4 + ["交通运输"] * 4) * 6
    return train([None] * len(bodies), bodies, labels)


CASES = [
    (None, "我家孩子今年上小学，学区划分不合理，片区内的学校都满了", "教育文体"),
    ("拖欠农民工工资", "工地老板拖欠我们二十个农民工的工资半年了，请求劳动监察", "劳动和社会保障"),
    ("化工厂夜间偷排废气", "臭气熏天，废水直接排到河里，污染严重，请环保局查处", "环境保护"),
    (None, "医院乱收费，医生态度差，手术后出现并发症，要求卫生局调查这起医疗事故", "卫生计生"),
    ("出租车拒载", "的士司机不打表，拒载乘客，请运管处管一管出租车", "交通运输"),
    ("小区物业", "小区开发商延期交房，房产证办不下来，业主要求住建局处理", "城乡建设"),
    ("传销", "公司搞传销骗人，请工商局查处传销窝点", "商贸旅游"),
    ("希望增加公交车班次", "上下班等车要四十分钟，希望公交公司增加班次", "交通运输"),
    ("咨询户口迁移", "请问户口迁移到市区需要哪些材料，派出所怎么办理", "政法"),
    ("村里的农业补贴没有发", "我们村的粮食直补和农机补贴一直没有发到村民手中", "农村农业"),
    ("退伍军人优抚", "退伍军人的优抚补助和低保怎么申请，民政局没有答复", "民政"),
    ("P2P 平台非法集资", "网贷平台不让提现，投资人的钱被骗，请金融部门处理", "经济管理"),
]


@pytest.mark.parametrize(("title", "body", "topic"), CASES)
def test_shipped_model_knows_plain_cases(title: str | None, body: str, topic: str) -> None:
    found = classify([title], [body]).iloc[0]
    assert found["topic_likely"] == topic
    assert found["topic_next"] != topic
    assert found["confidence"] >= found["confidence_next"] > 0


@pytest.mark.parametrize(("title", "body"), [(None, None), ("", ""), (" ", "\n\u3000"), (float("nan"), "")])
def test_without_text_nothing_is_said(title: str | None, body: str | None) -> None:
    found = classify([title], [body]).iloc[0]
    assert pd.isna(found["topic_1"])
    assert pd.isna(found["motive"])
    assert found["confidence"] == 0
    assert found["is_unsure"]


@pytest.mark.parametrize("body", ["😀" * 50, "\x00\x01", "a" * 100_000, "，" * 500, "龦鿖"])
def test_hostile_text_has_some_answer(body: str) -> None:
    found = classify([None], [body]).iloc[0]
    assert 0 < found["confidence"] <= 1


def test_text_about_nothing_known_gets_no_topic() -> None:
    found = classify([None, None], ["你好", "谢谢领导"])
    assert found["is_unsure"].all()
    assert found[["topic_1", "topic_2", "topic_3"]].isna().all(axis=None)
    assert found["topic_likely"].notna().all()


SEVEN = ("城乡建设", "劳动和社会保障", "教育文体", "商贸旅游", "环境保护", "卫生计生", "交通运输")
NOISE = ("小区旁工地深夜施工噪音扰民", "小区旁的工地每晚施工到凌晨，噪声污染严重，无法入睡")


@pytest.mark.parametrize(
    ("among", "topic"),
    [
        (None, "城乡建设"),  # as people file the letters of 附件3
        (SEVEN, "环境保护"),  # as the contest files them
        (("教育文体", "环境保护"), "环境保护"),
    ],
)
def test_a_convention_or_a_choice_of_topics_decides(among: tuple[str, ...] | None, topic: str) -> None:
    assert classify([NOISE[0]], [NOISE[1]], among=among)["topic_likely"].tolist() == [topic]


@pytest.mark.parametrize("among", [("教育文体",), ("教育文体", "天文地理"), ()])
def test_a_choice_that_makes_no_sense_is_refused(among: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="只在这些主题中判定"):
        classify(["题"], ["文"], among=among)


def test_no_letters_give_an_empty_table_of_the_same_columns() -> None:
    empty, one = classify([], []), classify(["题"], ["文"])
    assert len(empty) == 0
    assert list(empty.columns) == list(one.columns)
    assert (empty.dtypes == one.dtypes).all()


def test_titles_and_bodies_must_match() -> None:
    with pytest.raises(ValueError, match="一样多"):
        classify(["一", "二"], ["文"])


def test_a_letter_is_judged_alike_alone_and_in_a_batch() -> None:
    bodies = [body for _, body, _ in CASES] * 700
    together = classify([None] * len(bodies), bodies)
    alone = pd.concat([classify([None], [body]) for body in bodies[: len(CASES)]], ignore_index=True)
    pd.testing.assert_frame_equal(together.tail(len(CASES)).reset_index(drop=True), alone)


def test_topics_are_codes_of_the_standard() -> None:
    assert [len(head.topics) for head in shipped().heads] == [15, 7]
    assert shipped().topics == tuple(code_list("topics").codes)


def test_shipped_model_is_small_and_holds_numbers_only() -> None:
    assert SHIPPED.stat().st_size <= 3_000_000
    with np.load(SHIPPED, allow_pickle=False) as stored:
        for name in stored.files:
            assert stored[name].dtype.kind in "iuf"
        assert len(stored["about"]) < 2000


def test_training_learns_and_survives_the_disk(small_model: Model, tmp_path: Path) -> None:
    bodies = ["小学老师收补课费", "出租车司机不按时发车"]
    found = classify([None, None], bodies, small_model)
    assert found["topic_likely"].tolist() == ["教育文体", "交通运输"]
    save(small_model, tmp_path / "new" / "topics.npz")
    again = load(tmp_path / "new" / "topics.npz")
    assert {f.name for f in fields(again)} == {f.name for f in fields(small_model)}
    pd.testing.assert_frame_equal(classify([None, None], bodies, again), found)


def test_each_convention_has_a_head_of_its_own() -> None:
    bodies = [f"{text}，第{n}次来信" for n in range(6) for text in SCHOOL + ROAD]
    labels = (["教育文体"] * 4 + ["交通运输"] * 4) * 6
    contest = [{"交通运输": "城乡建设"}.get(label, label) for label in labels]
    model = train(
        [None] * len(bodies), bodies, labels, others=[Labelled([None] * len(bodies), bodies, contest)]
    )
    for among, topic in ((None, "交通运输"), (("教育文体", "城乡建设"), "城乡建设")):
        assert classify([None], ["出租车司机不按时发车"], model, among=among)["topic_likely"].tolist() == [
            topic
        ]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["教育文体"] * 10 + ["天文地理"] * 10, "天文地理"),
        (["教育文体"] * 20, "只有一个主题"),
        (["教育文体"] * 18 + ["交通运输"] * 2, "交通运输"),
    ],
)
def test_labels_that_cannot_teach_are_refused(labels: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        train([None] * 20, ["文"] * 20, labels)


@pytest.mark.parametrize("weights", [[1.0], [0.0] * 20, [-1.0] * 20])
def test_weights_that_count_nothing_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="权重"):
        train([None] * 20, ["文"] * 20, ["教育文体", "交通运输"] * 10, weights=weights)


def test_a_letter_of_more_weight_decides_against_one_of_less() -> None:
    bodies = [f"{text}{n}" for n in range(6) for text in SCHOOL + ROAD] + ["校车"] * 6
    labels = (["教育文体"] * 4 + ["交通运输"] * 4) * 6 + ["教育文体"] * 3 + ["交通运输"] * 3
    for heavy, topic in ((0, "教育文体"), (3, "交通运输")):
        weights = np.ones(len(bodies))
        weights[48 + heavy : 51 + heavy] = 20
        model = train([None] * len(bodies), bodies, labels, weights=weights)
        assert classify([None], ["校车"], model)["topic_likely"].tolist() == [topic]


def test_the_tenth_that_is_least_sure_gets_no_topic() -> None:
    chance = np.array([[1 - k / 100, k / 100] for k in range(20)])
    told = abstention(chance, np.array([0] * 17 + [1] * 3))
    assert 0.81 <= told["unsure_below"] <= 0.83
    assert told["answered"] == pytest.approx(0.9)
    assert told["right"] == pytest.approx(17 / 18)


def test_quality_is_what_it_says() -> None:
    perfect = quality(np.eye(3), np.arange(3))
    assert perfect == {"accuracy": 1.0, "macro_f1": 1.0, "calibration_error": 0.0}
    sure_and_wrong = quality(np.eye(2), np.array([1, 0]))
    assert sure_and_wrong == {"accuracy": 0.0, "macro_f1": 0.0, "calibration_error": 1.0}


@pytest.mark.real
@pytest.mark.slow
def test_real_letters_kept_out_are_classified(real_data: Path) -> None:
    frame = pd.read_csv(real_data / "letters_tipdm2020c" / "附件2_labelled_dev.csv")
    model = train(frame["留言主题"], frame["留言详情"], frame["一级标签"])
    assert model.card["macro_f1"] >= 0.91
    assert model.card["calibration_error"] <= 0.04
