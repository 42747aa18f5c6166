"""Labelled letters from files, and the command that trains on them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from shuju.cli import app
from shuju.text.labelled import read_labelled
from shuju.text.topics import classify, load

BODIES = ["学校补课收费太高", "小学划片入学不公平", "公交车不按时发车", "出租车拒载乱收费"]
LABELS = ["教育文体", "教育文体", "交通运输", "交通运输"]
FRAME = pd.DataFrame(
    {
        "留言主题": None,
        "留言详情": [f"{b}，第{n}次" for n in range(8) for b in BODIES],
        "一级标签": LABELS * 8,
    }
)


def written(frame: pd.DataFrame, path: Path, encoding: str = "utf-8") -> Path:
    match path.suffix:
        case ".csv":
            frame.to_csv(path, index=False, encoding=encoding)
        case ".xlsx":
            frame.to_excel(path, index=False, engine="xlsxwriter")
        case ".parquet":
            frame.to_parquet(path)
    return path


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("a.csv", "utf-8"), ("b.csv", "utf-8-sig"), ("c.csv", "gb18030"), ("a.xlsx", ""), ("a.parquet", "")],
)
def test_every_format_gives_the_same_letters(name: str, encoding: str, tmp_path: Path) -> None:
    found = read_labelled(written(FRAME, tmp_path / name, encoding))
    assert list(found.columns) == ["title", "body", "topic_1", "weight"]
    assert found["body"].tolist() == FRAME["留言详情"].tolist()
    assert found["topic_1"].tolist() == LABELS * 8
    assert (found["weight"] == 1).all()


def test_names_of_the_standard_and_weights_are_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"title": ["题"], "body": ["文"], "topic_1": [" 政法 "], "weight": [3]})
    assert read_labelled(written(frame, tmp_path / "a.csv")).iloc[0].tolist() == ["题", "文", "政法", 3.0]


WRONG = [
    (FRAME.drop(columns="一级标签"), "一级标签"),
    (FRAME.drop(columns="留言详情"), "留言详情"),
    (FRAME.head(0), "没有来信"),
    (FRAME.assign(一级标签=None), "没有一级标签"),
    (FRAME.assign(留言详情="  "), "既无标题也无正文"),
    (FRAME.assign(权重=-1), "权重"),
    (FRAME.assign(权重="多"), "权重"),
]


@pytest.mark.parametrize(("frame", "message"), WRONG, ids=[w[1] + str(n) for n, w in enumerate(WRONG)])
def test_what_cannot_teach_is_said(frame: pd.DataFrame, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        read_labelled(written(frame, tmp_path / "a.csv"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.csv", None, "没有文件"),
        ("a.txt", b"x", "格式"),
        ("a.xlsx", b"x", "无法读取"),
        ("a.csv", b"", "无法读取"),
    ],
)
def test_files_that_cannot_be_read_are_named(
    name: str, content: bytes | None, message: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_labelled(tmp_path / name)


def test_the_command_trains_on_all_files_and_prints_the_card(tmp_path: Path) -> None:
    labelled = written(FRAME, tmp_path / "a.csv")
    answers = written(
        pd.DataFrame({"body": ["校车不来接孩子"] * 5, "topic_1": "教育文体", "weight": 4}), tmp_path / "b.csv"
    )
    out = tmp_path / "model.npz"
    arguments = [
        "train",
        "topics",
        "--labelled",
        str(labelled),
        "--labelled",
        str(answers),
        "--out",
        str(out),
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    model = load(out)
    assert model.card["letters"] == 37
    assert set(model.topics) == {"教育文体", "交通运输"}
    assert classify([None], ["校车不来接孩子"], model)["topic_likely"].tolist() == ["教育文体"]


def test_the_command_refuses_without_a_traceback(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["train", "topics", "--labelled", str(tmp_path / "gone.csv")])
    assert done.exit_code == 2
    assert not (tmp_path / "topics.npz").exists()
