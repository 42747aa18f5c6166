"""Train the topic model that ships with the library.

    python tools/build_topics.py FOLDER [--out lib/shuju/text/models/topics.npz] [--without-readers]

FOLDER holds the letters of the contest 泰迪杯 2020 C 题: 附件3.xlsx and 附件4.xlsx (letters without a topic),
附件2_labelled_dev.csv (letters filed by the contest), and topics_read_dev.csv (letters of 附件3 and 附件4 that people
filed). ``tools/read_topics.csv`` says what further letters of 附件3 and 附件4 are about: a machine reader filed them by
title and opening, as the people had filed theirs; it holds the number of each letter and its topic, no text.
``--without-readers`` leaves the people's letters out, so that the model can be measured on them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from shuju.text.topic_training import LEAST, Labelled, train
from shuju.text.topics import Model, save

SHIPPED = Path("lib/shuju/text/models/topics.npz")
READ = Path(__file__).with_name("read_topics.csv")


def letters_of(folder: Path) -> pd.DataFrame:
    """Return ``title, body`` of the letters of 附件3 and 附件4; the index is the letter's number."""
    parts = [pd.read_excel(folder / f"附件{n}.xlsx", engine="calamine") for n in (3, 4)]
    found = pd.concat(parts, ignore_index=True)
    found = pd.DataFrame(
        {"title": found["留言主题"].astype(str), "body": found["留言详情"].astype(str)}
    ).set_index(found["留言编号"].astype(int))
    return found[~found.index.duplicated()]


def filed_by_people(folder: Path) -> pd.DataFrame:
    """Return ``letter_id, topic_1`` of the letters that people filed, without those on which two readers differ."""
    read = pd.read_csv(folder / "topics_read_dev.csv")
    differ = read["reader_2"].notna() & (read["reader_1"] != read["reader_2"])
    return read[~differ].rename(columns={"reader_1": "topic_1"})[["letter_id", "topic_1"]]


def build(folder: Path, *, with_readers: bool = True) -> Model:
    """Return the model; letters that people filed take the place of the machine reader's."""
    people = filed_by_people(folder)
    read = pd.read_csv(READ)
    read = read[~read["letter_id"].isin(pd.read_csv(folder / "topics_read_dev.csv")["letter_id"])]
    if with_readers:
        read = pd.concat([people, read], ignore_index=True)
    # Without the people's letters a rare topic may have too few.
    read = read[read.groupby("topic_1")["letter_id"].transform("size") >= LEAST]
    texts = letters_of(folder).loc[read["letter_id"]]
    contest = pd.read_csv(folder / "附件2_labelled_dev.csv")
    return train(
        texts["title"], texts["body"], read["topic_1"],
        others=[Labelled(contest["留言主题"], contest["留言详情"], contest["一级标签"])],
    )  # fmt: skip


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--without-readers", action="store_true")
    given = parser.parse_args()
    model = build(given.folder, with_readers=not given.without_readers)
    save(model, given.out)
    for head in model.heads:
        print(len(head.topics), dict(head.card))


if __name__ == "__main__":
    main()
