import datetime as dt
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shuju.clock import now
from shuju.facts import (
    Codes,
    Crossfilter,
    Days,
    FactSchema,
    FactsError,
    append_facts,
    facts_version,
    open_facts,
    write_facts,
    writing,
)


def rows_of(facts):
    """Every row as its labels, in the order of the locator."""
    table = {name: np.array(facts.labels(name), object)[facts.column(name)] for name in facts.schema.names}
    table["row"] = facts.column("row")
    return pd.DataFrame(table).sort_values("row", ignore_index=True)


def test_what_is_written_is_read(tmp_path, schema, frame, labelled):
    data = frame(5_000)
    facts = write_facts(tmp_path / "facts", schema, [data.iloc[:1_000], pa.table(data.iloc[1_000:])], 7)
    pd.testing.assert_frame_equal(rows_of(facts), labelled(data), check_dtype=False)
    assert (facts.n, facts.version, facts.source_version) == (5_000, 1, 7)
    assert abs((now() - facts.as_of).total_seconds()) < 86_400
    order = np.argsort(facts.column("row"))
    np.testing.assert_array_equal(facts.column("x")[order], data["x"].astype("float32"))


def test_columns_are_views_of_the_file_and_as_narrow_as_can_be(tmp_path, schema, frame):
    facts = write_facts(tmp_path, schema, [frame(5_000)])
    widths = {"day": "uint8", "genre": "uint8", "site": "uint16", "size": "uint8", "row": "int64"}
    for name, dtype in widths.items():
        (part,) = facts.parts(name)
        assert part.dtype == dtype
        assert np.shares_memory(part, facts.segments[0].data)
        assert np.shares_memory(part, facts.column(name))
        assert not part.flags.writeable


def test_rows_stand_in_order_of_time(tmp_path, schema, frame):
    data = frame(2_000)
    facts = write_facts(tmp_path, schema, [data])
    times = facts.times(np.arange(facts.n))
    known = times[~np.isnat(times)]
    assert np.all(known[1:] >= known[:-1])
    truth = data["day"].to_numpy()[facts.column("row")]
    after = truth >= np.datetime64("2020-01-01")
    np.testing.assert_array_equal(times[after], truth[after])


@pytest.mark.parametrize(
    "batch", [pd.DataFrame, pa.table, pa.RecordBatch.from_pandas], ids=["pandas", "table", "batch"]
)
def test_an_empty_table(tmp_path, schema, frame, batch):
    facts = write_facts(tmp_path, schema, [batch(frame(0))])
    assert (facts.n, facts.segments) == (0, ())
    assert facts.labels("genre") == ("无", "要闻", "公告")
    assert facts.labels("day") == ("未知",)
    assert len(facts.column("site")) == len(facts.take("site", [])) == 0


def test_all_null(tmp_path):
    schema = FactSchema("t", (Days("day", dt.date(2020, 1, 1)), Codes("site")), time="day")
    nulls = pa.table({"day": pa.nulls(3, pa.date32()), "site": pa.nulls(3)})
    facts = write_facts(tmp_path, schema, [nulls])
    assert facts.column("day").tolist() == facts.column("site").tolist() == [0, 0, 0]
    assert np.isnat(facts.times([0, 1, 2])).all()


def test_dictionaries_lend_only_the_labels_they_use(tmp_path):
    batch = pd.DataFrame({"site": pd.Categorical(["b", None, "b"], ["a", "b", "c"])})
    facts = write_facts(tmp_path, FactSchema("t", (Codes("site"),)), [batch])
    assert facts.labels("site") == ("未知", "b")


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("day", ["2020-01-01"], "day.*日期"),
        ("day", pd.to_datetime(["2020-01-01"]).tz_localize("Asia/Shanghai"), "时区"),
        ("day", [dt.date(2900, 1, 1)], "超出范围"),
        ("size", ["大"], "size.*数值"),
        ("x", [True], "x.*数值"),
        ("row", [1.5], "row.*整数"),
        ("row", pd.array([None], "Int64"), "row.*为空"),
        ("row", None, "缺少列：row"),
    ],
)
def test_a_wrong_batch_is_refused_and_changes_nothing(tmp_path, schema, frame, name, values, message):
    write_facts(tmp_path, schema, [frame(10)])
    files = sorted(tmp_path.iterdir())
    wrong = frame(1).drop(columns=name) if values is None else frame(1).assign(**{name: values})
    for write in (lambda b: append_facts(tmp_path, b), lambda b: write_facts(tmp_path, schema, b)):
        with pytest.raises(FactsError, match=message):
            write([frame(10), wrong])
    assert sorted(tmp_path.iterdir()) == files
    assert open_facts(tmp_path).n == 10


def test_codes_grow_by_append_and_keep_their_meaning(tmp_path, schema, frame, labelled):
    first, second = frame(300, 1), frame(3_000, 2, first=300)
    old = write_facts(tmp_path, schema, [first])
    new = append_facts(tmp_path, [second], source_version="8")
    assert new.labels("site")[: old.size("site")] == old.labels("site")
    assert new.size("site") > old.size("site")
    assert [part.dtype.itemsize for part in new.parts("site")] == [1, 2]
    expected = labelled(pd.concat([first, second], ignore_index=True))
    pd.testing.assert_frame_equal(rows_of(new), expected, check_dtype=False)
    assert (new.version, new.source_version) == (2, "8")
    pd.testing.assert_frame_equal(rows_of(old), labelled(first), check_dtype=False)


def test_append_leaves_the_segments_that_are_there(tmp_path, schema, frame):
    write_facts(tmp_path, schema, [frame(100)])
    before = {file: file.stat().st_mtime_ns for file in tmp_path.glob("*.arrow")}
    append_facts(tmp_path, [frame(1)])
    assert before.items() <= {file: file.stat().st_mtime_ns for file in tmp_path.glob("*.arrow")}.items()


def test_a_rebuild_keeps_the_codes(tmp_path, schema, frame):
    old = write_facts(tmp_path, schema, [frame(300, 1)])
    new = write_facts(tmp_path, schema, [frame(300, 2)])
    assert new.labels("site")[: old.size("site")] == old.labels("site")
    assert (new.version, new.n, len(list(tmp_path.glob("*.arrow")))) == (2, 300, 1)


def test_another_schema_starts_anew(tmp_path, schema, frame):
    write_facts(tmp_path, schema, [frame(300)])
    facts = write_facts(tmp_path, FactSchema("other", (Codes("site"),)), [pd.DataFrame({"site": ["新"]})])
    assert (facts.version, facts.labels("site")) == (2, ("未知", "新"))


def test_many_small_segments_are_merged(tmp_path, schema, frame, labelled):
    parts = [frame(7, seed, first=7 * seed) for seed in range(100)]
    write_facts(tmp_path, schema, parts[:1])
    for part in parts[1:]:
        facts = append_facts(tmp_path, [part])
    assert len(facts.segments) < writing.SMALL_SEGMENTS
    pd.testing.assert_frame_equal(
        rows_of(facts), labelled(pd.concat(parts, ignore_index=True)), check_dtype=False
    )


def test_long_tables_are_cut_into_segments(tmp_path, schema, frame, labelled, monkeypatch):
    monkeypatch.setattr(writing, "SEGMENT_ROWS", 100)
    data = frame(1_000)
    facts = write_facts(tmp_path, schema, [data.iloc[k : k + 30] for k in range(0, 1_000, 30)])
    assert len(facts.segments) == 9
    pd.testing.assert_frame_equal(rows_of(facts), labelled(data), check_dtype=False)


@pytest.mark.parametrize(("values", "left"), [([], 20), ([3, 15, 99], 18), (range(10), 10), (range(20), 0)])
def test_replaced_rows_are_gone(tmp_path, schema, frame, values, left):
    write_facts(tmp_path, schema, [frame(10)])
    append_facts(tmp_path, [frame(10, first=10)])
    facts = append_facts(tmp_path, [frame(1, first=1_000)], replaced=("row", values))
    assert set(facts.column("row")) == set(range(20)) - set(values) | {1_000}
    assert facts.n == left + 1


def test_replacing_by_no_locator_is_refused(tmp_path, schema, frame):
    write_facts(tmp_path, schema, [frame(1)])
    with pytest.raises(FactsError, match="定位列"):
        append_facts(tmp_path, [], replaced=("site", [1]))


def test_an_old_reader_keeps_working(tmp_path, schema, frame, labelled):
    data = frame(500)
    old = write_facts(tmp_path, schema, [data])
    crossfilter = Crossfilter(old)
    write_facts(tmp_path, schema, [frame(9, 5)])
    assert len(list(tmp_path.glob("*.arrow"))) == 1
    pd.testing.assert_frame_equal(rows_of(old), labelled(data), check_dtype=False)
    assert crossfilter.count() == 500
    assert facts_version(tmp_path) == 2


@pytest.mark.parametrize("use", [open_facts, facts_version, lambda path: append_facts(path, [])])
def test_no_table(tmp_path, use):
    with pytest.raises(FactsError, match="没有事实表"):
        use(tmp_path / "none")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: next(path.glob("*.arrow")).unlink(), "文件不全"),
        (lambda path: next(path.glob("*.arrow")).write_bytes(b"ARROW1" + b"\0" * 99), "已损坏"),
        (lambda path: (path / "manifest.json").write_text("{"), "清单"),
    ],
)
def test_a_damaged_table(tmp_path, schema, frame, damage, message):
    write_facts(tmp_path, schema, [frame(9)])
    damage(tmp_path)
    with pytest.raises(FactsError, match=message):
        open_facts(tmp_path)


def test_what_a_killed_writer_left_is_swept_and_harms_nothing(tmp_path, schema, frame):
    write_facts(tmp_path, schema, [frame(9)])
    (tmp_path / "00000002-0000.arrow").write_bytes(b"half")
    (tmp_path / "00000002-0001.arrow").write_bytes(b"half")
    (tmp_path / "manifest.json.new").write_text("{")
    assert open_facts(tmp_path).n == 9
    facts = append_facts(tmp_path, [frame(9)])
    assert facts.n == 18
    named = {entry["file"] for entry in json.loads((tmp_path / "manifest.json").read_text())["segments"]}
    assert {file.name for file in tmp_path.glob("*.arrow")} == named


READER = """
import sys
from shuju.facts import Crossfilter, open_facts
seen = []
while not seen or seen[-1] < 510:
    facts = open_facts(sys.argv[1])
    counts = Crossfilter(facts).histograms()
    assert counts.total == facts.n == sum(counts.by["site"]), (counts.total, facts.n)
    assert facts.n % 10 == 0 and facts.n >= max(seen, default=0), seen
    seen.append(facts.n)
"""


def test_two_processes_read_while_one_appends(tmp_path, schema, frame):
    write_facts(tmp_path, schema, [frame(10)])
    readers = [subprocess.Popen([sys.executable, "-c", READER, str(tmp_path)]) for _ in range(2)]
    for seed in range(1, 51):
        append_facts(tmp_path, [frame(10, seed)])
    assert [reader.wait(timeout=120) for reader in readers] == [0, 0]


WRITER = """
import sys
import pandas as pd
from shuju.facts import Codes, FactSchema, append_facts, write_facts
batch = pd.DataFrame({"site": ["a"] * 10})
write_facts(sys.argv[1], FactSchema("t", (Codes("site"),)), [batch])
print("ready", flush=True)
while True:
    append_facts(sys.argv[1], [batch])
"""


@pytest.mark.parametrize("seconds", [0.01, 0.05, 0.2, 0.5])
def test_a_writer_killed_at_any_moment(tmp_path, seconds):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
    with writer:
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(seconds)
        writer.kill()
    facts = open_facts(tmp_path)
    assert facts.n == 10 * facts.version
    assert append_facts(tmp_path, [pd.DataFrame({"site": ["b"] * 10})]).n == facts.n + 10


def test_two_writers_at_once_are_both_whole(tmp_path, schema, frame):
    write_facts(tmp_path, schema, [frame(10)])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda seed: append_facts(tmp_path, [frame(10, seed, first=10 * seed)]), range(1, 41)))
    facts = open_facts(tmp_path)
    assert (facts.version, sorted(facts.column("row"))) == (41, list(range(410)))
