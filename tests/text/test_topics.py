"""Topics of letters: the shipped model, training, and the quality that is promised."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuju.standard import code_list
from shuju.text.topics import SHIPPED, Model, classify, load, quality, save, shipped, train, unsure_below

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
]


@pytest.mark.parametrize(("title", "body", "topic"), CASES, ids=[c[2] for c in CASES])
def test_shipped_model_knows_plain_cases(title: str | None, body: str, topic: str) -> None:
    found = classify([title], [body]).iloc[0]
    assert found["topic_1"] == topic
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


def test_text_about_nothing_known_is_unsure() -> None:
    assert classify([None, None], ["你好", "谢谢领导"])["is_unsure"].all()


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
    alone = pd.concat([classify([None], [body]) for body in bodies[:7]], ignore_index=True)
    pd.testing.assert_frame_equal(together.tail(7).reset_index(drop=True), alone)


def test_topics_are_codes_of_the_standard() -> None:
    assert set(shipped().topics) <= set(code_list("topics").codes)
    assert len(shipped().topics) == 7


def test_shipped_model_is_small_and_holds_numbers_only() -> None:
    assert SHIPPED.stat().st_size <= 3_000_000
    with np.load(SHIPPED, allow_pickle=False) as stored:
        for name in stored.files:
            assert stored[name].dtype.kind in "iuf"
        assert len(stored["about"]) < 1000


def test_training_learns_and_survives_the_disk(small_model: Model, tmp_path: Path) -> None:
    bodies = ["小学老师收补课费", "出租车司机不按时发车"]
    found = classify([None, None], bodies, small_model)
    assert found["topic_1"].tolist() == ["教育文体", "交通运输"]
    save(small_model, tmp_path / "new" / "topics.npz")
    again = load(tmp_path / "new" / "topics.npz")
    assert {f.name for f in fields(again)} == {f.name for f in fields(small_model)}
    pd.testing.assert_frame_equal(classify([None, None], bodies, again), found)


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
        assert classify([None], ["校车"], model)["topic_1"].tolist() == [topic]


def test_unsure_is_what_is_less_than_95_in_100_right() -> None:
    chance = np.array([[0.9, 0.1]] * 19 + [[0.6, 0.4]] * 2)
    truth = np.array([0] * 19 + [0, 1])
    assert unsure_below(chance, truth) == 0.6
    assert unsure_below(chance, np.array([0] * 19 + [1, 1])) == 0.9
    assert unsure_below(chance, np.ones(21, np.int64)) == 1.0


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
