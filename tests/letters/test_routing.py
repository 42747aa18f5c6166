"""Routing: what a reply names, whose duty a letter is, what is learned, the rule, and what build keeps of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shuju.letters.bureaus import bureau_called, bureaus, bureaus_in, duties
from shuju.letters.facts import build as build_facts
from shuju.letters.routing import ROUTING, Rule, newest, right, rule_chances
from shuju.letters.routing_model import department_chances, learn, load, save
from shuju.library.derived import bring_up
from tests.letters.conftest import Letters, letter

NOISE = ("烧烤店油烟扰民", "楼下夜市摆摊到凌晨，油烟、噪音、占道经营，垃圾也没人清扫。")
SCHOOL = ("咨询小学入学", "孩子明年上小学，学区怎么划分，插班转学要什么材料，老师说等通知。")
WAGES = ("公司拖欠工资", "干了半年，老板拖欠工资不发，也没有劳动合同，社保也没交。")


@pytest.mark.parametrize(
    ("reply", "bureau"),
    [
        ("您好！您反映的问题已转县教育局。", "教育局"),
        ("经市 交\n警支队核实", "公安局"),
        ("已责成城管执法大队会同住建局处理", "城管局"),  # the first that is named
        ("根据市人民政府的规定", None),  # 民政 is no bureau here
        ("感谢您的关注", None),
        ("", None),
        (None, None),
        ("好" * 300 + "教育局", None),  # beyond the opening
    ],
)
def test_bureau_that_a_reply_names(reply: str | None, bureau: str | None) -> None:
    assert bureaus_in(pa.array([reply], pa.string())) == [bureau]


@pytest.mark.parametrize(
    ("name", "bureau"),
    [
        ("住建局", "住建局"),
        ("市场监督管理局", "市场监管局"),
        ("公路建设养护中心", "交通运输局"),
        ("不动产登记中心", "自然资源局"),
        ("疾控中心", "卫健局"),
        ("某某办", None),
        (None, None),
    ],
)
def test_bureau_that_a_department_is(name: str | None, bureau: str | None) -> None:
    assert bureau_called(name) == bureau


def test_each_bureau_is_called_by_its_own_name() -> None:
    assert [bureau_called(name) for name in bureaus().names] == list(bureaus().names)
    assert not [n for n, column in enumerate(bureaus().weights.T) if not column.any()]


def test_duties_tell_a_bureau_before_anything_is_learned() -> None:
    texts = [NOISE, SCHOOL, WAGES, ("", None), (None, "无")]
    found = duties([t for t, _ in texts], [b for _, b in texts])
    assert [bureaus().names[k] for k in found[:3].argmax(axis=1)] == ["城管局", "教育局", "人社局"]
    assert found[3:].sum() == 0
    assert np.allclose(np.linalg.norm(found[:3], axis=1), 1)


def test_without_letters_the_bureaus_are_the_departments() -> None:
    model = learn([], [], [])
    assert model.departments == bureaus().names
    chance = department_chances(model, [NOISE[0]], [NOISE[1]])
    assert chance.sum() == pytest.approx(1)
    assert model.departments[chance[0].argmax()] == "城管局"


def test_letters_outweigh_what_was_believed(tmp_path: Path) -> None:
    """Here wages are the federation's and schools go to an office that no table knows."""
    texts = [WAGES, SCHOOL] * 40
    titles, bodies = [t for t, _ in texts], [f"{n}号：{b}" for n, (_, b) in enumerate(texts)]
    model = learn(titles, bodies, ["总工会", "某某办"] * 40)
    assert set(model.departments) == {"总工会", "某某办"}
    chance = department_chances(model, [WAGES[0], SCHOOL[0]], [WAGES[1], SCHOOL[1]])
    assert [model.departments[k] for k in chance.argmax(axis=1)] == ["总工会", "某某办"]
    assert chance.max(axis=1).min() > 0.8
    save(model, tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    assert again.departments == model.departments
    assert np.array_equal(department_chances(again, [WAGES[0]], [WAGES[1]]), chance[:1])


def test_learning_does_not_depend_on_chance() -> None:
    texts = [NOISE, SCHOOL, WAGES] * 20
    told = [t for t, _ in texts], [b for _, b in texts], ["城管局", "教育局", "人社局"] * 20
    assert np.array_equal(learn(*told).weights, learn(*told).weights)


RULE = Rule(
    topics=("未分类", "交通运输", "环境保护"),
    regions=("未知", "430100", "430104", "430121", "430211"),
    departments=("甲", "乙"),
    counts=np.array(
        [
            np.zeros((5, 2), int),
            [[0, 0], [0, 0], [20, 0], [0, 5], [0, 0]],
            [[0, 0], [0, 0], [0, 0], [0, 75], [0, 0]],
        ]
    ),
)


@pytest.mark.parametrize(
    ("topic", "region", "share"),
    [
        (None, None, 20 / 100),
        ("交通运输", None, (20 + 5 * 0.2) / 30),
        ("交通运输", "430000", (20 + 5 * 0.2) / 30),
        ("交通运输", "430100", (20 + 5 * 0.7) / 30),
        ("交通运输", "430104", (20 + 5 * (23.5 / 30)) / 25),
        ("交通运输", "430121", (0 + 5 * (23.5 / 30)) / 10),
        ("交通运输", "430211", 0.7),  # no letter there: as in the province
        ("农业", "430104", 0.2),  # no such topic
    ],
)
def test_rule(topic: str | None, region: str | None, share: float) -> None:
    chance = rule_chances(RULE, [topic], [region])[0]
    assert chance[0] == pytest.approx(share)
    assert chance.sum() == pytest.approx(1)


def test_share_that_is_right() -> None:
    chance = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])
    assert [right("甲乙丙", chance, ["乙", "丙"], n) for n in (1, 2, 3)] == [0.5, 1.0, 1.0]


def test_build_learns_from_the_library_and_says_how_right_it_was(letters: Letters) -> None:
    kinds = (
        (NOISE, "岳麓区城管局", "环境保护"),
        (SCHOOL, "岳麓区教育局", "教育文体"),
        (WAGES, None, "劳动和社会保障"),
    )
    rows = []
    for n in range(300):
        (title, body), department, topic = kinds[n % 3]
        rows.append(
            letter(
                n,
                title=f"{title}{n}",
                body=f"{n * 7919 % 1000}栋的住户反映：{body}",
                department=department,
                topic=topic,
                time=f"2024-0{n // 50 + 1}-{n % 28 + 1:02d} 10:00",
                reply=None if department else "已转区人社局核查。",
            )
        )
    library = letters.add(*rows, letter(900, department=None))
    found = newest(library)
    assert set(found.rule.departments) == {"城管局", "教育局", "人社局"}
    assert found.card["n"] == 300
    assert found.card["n_tested"] >= 50
    assert found.card["text_1"] == found.card["rule_1"] == 1
    assert found.by_rule("教育文体", "430104")[0].department == "教育局"
    told = found.by_text([NOISE[0], WAGES[0]], [NOISE[1], WAGES[1]], n=1)
    assert [(s.department, s.by) for (s,) in told] == [("城管局", "text"), ("人社局", "text")]
    assert not bring_up(ROUTING, library, build_facts(library)).is_new


@pytest.mark.parametrize("rows", [[], [letter(1, department=None)]], ids=["none", "unknown"])
def test_a_library_without_any_department(letters: Letters, rows: list) -> None:
    found = newest(letters.add(*rows))
    assert found.card == {"n": 0}
    assert found.by_rule("交通运输", "430104") == ()
    assert found.by_text([NOISE[0]], [NOISE[1]])[0][0].department == "城管局"


@pytest.mark.real
@pytest.mark.slow
def test_real_letters_are_routed_better_than_by_topic(real_data: Path) -> None:
    from bench.routing import beginnings, labelled, majority_by_topic, ours

    told = labelled(real_data)
    fold = pd.factorize(beginnings(told["body"]))[0] % 5
    shares = {}
    for method in (ours, majority_by_topic):
        found = []
        for number in range(5):
            test = told[fold == number]
            names, chance = method(told[fold != number], test)
            found.append(right(names, chance, test["department"].tolist(), 3) * len(test))
        shares[method] = sum(found) / len(told)
    assert shares[ours] >= 0.81
    assert shares[ours] >= shares[majority_by_topic] + 0.08
