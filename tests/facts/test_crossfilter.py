import datetime as dt
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuju.facts import Codes, Crossfilter, FactSchema, FactsError, Range, append_facts, passes, write_facts

NAMES = ("day", "genre", "site", "size")


def choice_of(labels):
    """A filter on a dimension of ``labels``: nothing, a set of labels, or a range with ends in or beyond."""
    end = st.none() | st.integers(-1, len(labels) + 1) | st.sampled_from(labels)
    return st.none() | st.sets(st.sampled_from(labels), max_size=6) | st.builds(Range, end, end)


def plainly_passing(rows, facts, name, choice):
    """The same filter by plain pandas over the labels of the rows."""
    labels = list(facts.labels(name))
    if choice is None:
        return pd.Series(True, rows.index)
    if isinstance(choice, Range):
        at = lambda end: end if isinstance(end, int) else labels.index(end)  # noqa: E731
        start = 1 if choice.start is None else max(at(choice.start), 1)
        stop = len(labels) if choice.end is None else max(at(choice.end) + 1, 0)
        return rows[name].isin(labels[start:stop])
    return rows[name].isin(list(choice))


def plain_counts(rows, facts, filters):
    """The linked histograms and the total, by plain pandas."""
    masks = {name: plainly_passing(rows, facts, name, filters.get(name)) for name in NAMES}
    by = {}
    for name in NAMES:
        others = np.logical_and.reduce([mask for other, mask in masks.items() if other != name])
        by[name] = rows[name][others].value_counts().reindex(facts.labels(name), fill_value=0).tolist()
    return int(np.logical_and.reduce(list(masks.values())).sum()), by


def same(counts, expected):
    assert (counts.total, {name: values.tolist() for name, values in counts.by.items()}) == expected


@pytest.mark.parametrize("alone", [1, 1 << 18], ids=["two threads", "one thread"])
@given(data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_equals_plain_pandas(schema, frame, labelled, alone, data):
    rows = data.draw(st.integers(0, 300), "rows")
    cut = data.draw(st.integers(0, 300), "rows of the first segment")
    written = frame(rows, data.draw(st.integers(0, 99), "seed"))
    with tempfile.TemporaryDirectory() as path:
        write_facts(path, schema, [written.iloc[:cut]])
        facts = append_facts(path, [written.iloc[cut:]])
    crossfilter = Crossfilter(facts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passes, "ALONE_ROWS", alone)
        patch.setattr(passes, "WORKERS", 2)
        plain = labelled(written)
        check_counts(crossfilter, plain, data)
        check_rows(crossfilter, plain, data)


def check_counts(crossfilter, plain, data):
    facts = crossfilter.facts
    for _ in range(data.draw(st.integers(1, 5), "steps")):
        name = data.draw(st.sampled_from(NAMES), "dimension")
        choice = data.draw(choice_of(facts.labels(name)), "choice")
        if data.draw(st.booleans(), "brush"):
            counts = crossfilter.brush(name, choice)
            assert crossfilter.active == name
        else:
            crossfilter.filter(name, choice)
            counts = crossfilter.histograms()
        expected = plain_counts(plain, facts, crossfilter.filters)
        same(counts, expected)
        assert crossfilter.count() == expected[0]


def check_rows(crossfilter, plain, data):
    facts = crossfilter.facts
    newest_first = data.draw(st.booleans(), "newest first")
    limit, offset = data.draw(st.integers(0, 50), "limit"), data.draw(st.integers(0, 200), "offset")
    masks = [plainly_passing(plain, facts, name, choice) for name, choice in crossfilter.filters.items()]
    passing = np.logical_and.reduce([np.ones(len(plain), bool), *masks])
    ordered = crossfilter.rows(10_000, newest_first=newest_first)
    assert sorted(facts.take("row", ordered)) == plain["row"][passing].tolist()
    times = facts.times(ordered)
    known = times[~np.isnat(times)].astype(np.int64)
    assert np.isnat(times[len(known) :]).all()
    assert np.all(np.diff(known) <= 0 if newest_first else np.diff(known) >= 0)
    some = crossfilter.rows(limit, offset, newest_first=newest_first)
    assert some.tolist() == ordered[offset : offset + limit].tolist()
    chunks = list(crossfilter.chunks(7, newest_first=newest_first))
    assert [len(chunk) for chunk in chunks[:-1]] == [7] * (len(chunks) - 1)
    assert [row for chunk in chunks for row in chunk] == ordered.tolist()


@pytest.fixture(scope="module")
def facts(tmp_path_factory, schema, frame):
    return write_facts(tmp_path_factory.mktemp("facts"), schema, [frame(20_000)])


def test_one_row(tmp_path, schema, frame):
    crossfilter = Crossfilter(write_facts(tmp_path, schema, [frame(1, 3)]))
    site = crossfilter.facts.labels("site")[-1]
    for choice, total in [({site}, 1), ({"未知"}, 0), (set(), 0), (Range(), 1), (None, 1)]:
        counts = crossfilter.brush("site", choice)
        assert (counts.total, counts.by["site"].sum(), counts.by["day"].sum()) == (total, 1, total)


def test_a_single_dimension(tmp_path):
    facts = write_facts(
        tmp_path, FactSchema("t", (Codes("site"),)), [pd.DataFrame({"site": ["b", "a", "b"]})]
    )
    crossfilter = Crossfilter(facts)
    assert crossfilter.brush("site", {"b"}).by["site"].tolist() == [0, 2, 1]
    assert crossfilter.count() == 2
    assert crossfilter.rows(9).tolist() == [2, 0]
    assert crossfilter.rows(9, 1, newest_first=False).tolist() == [2]


def test_more_dimensions_than_a_machine_word_has_bits(tmp_path):
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.integers(0, 2, (500, 100)).astype(str), columns=[f"d{k}" for k in range(100)])
    facts = write_facts(tmp_path, FactSchema("t", tuple(Codes(name, ("0", "1")) for name in data)), [data])
    crossfilter = Crossfilter(facts)
    for name in data:
        crossfilter.filter(name, {data[name][7]})
    counts = crossfilter.histograms()
    assert counts.total == 1
    for name in data:
        others = (data.drop(columns=name) == data.drop(columns=name).iloc[7]).all(axis=1)
        assert counts.by[name][1:].tolist() == [
            (data[name][others] == "0").sum(),
            (data[name][others] == "1").sum(),
        ]


@pytest.mark.parametrize(
    ("choice", "days"),
    [
        (Range("2020-01-05", "2020-01-07"), 3),
        (Range(dt.date(2020, 1, 5), dt.datetime(2020, 1, 7, 23, 59)), 3),
        (Range(np.datetime64("2020-01-05"), pd.Timestamp("2020-01-07")), 3),
        (Range("2020-01-07", "2020-01-05"), 0),
        (Range("1000-01-01", "2020-01-01"), 2),
        (Range("2020-01-30", "2999-12-31"), 4),
        (Range(None, "2019-12-31"), 1),
        ({"2020-01-05", dt.date(2020, 1, 6), "未知"}, 3),
        ({"2999-12-31"}, 0),
        (np.array(["2020-01-05", "2020-01-06"], "datetime64[s]"), 2),
        ([2, np.int64(3)], 2),
    ],
)
def test_ways_to_choose_days(facts, choice, days):
    crossfilter = Crossfilter(facts, filters={"day": choice})
    counts = crossfilter.histograms()
    fullest = counts.by["day"]
    chosen = Crossfilter(facts).brush("day", choice)
    assert chosen.total == counts.total
    assert chosen.by["day"].tolist() == fullest.tolist()
    rows = crossfilter.rows(facts.n)
    assert len(np.unique(facts.take("day", rows))) == days


@pytest.mark.parametrize(
    ("name", "choice"),
    [
        ("month", {"1"}),
        ("genre", {"要闻", "诗"}),
        ("genre", "要闻"),
        ("genre", 3),
        ("genre", {None}),
        ("genre", {True}),
        ("day", {"昨天"}),
        ("day", Range("昨天")),
        ("day", {"1"}),
        ("day", {pd.NaT}),
        ("day", {np.datetime64("NaT")}),
        ("size", {10.0}),
    ],
)
def test_a_wrong_choice_is_refused_and_changes_nothing(facts, name, choice):
    crossfilter = Crossfilter(facts, filters={"genre": {"要闻"}})
    before = crossfilter.histograms()
    with pytest.raises(FactsError):
        crossfilter.filter(name, choice)
    assert crossfilter.filters == {"genre": {"要闻"}}
    same(crossfilter.histograms(), (before.total, {k: v.tolist() for k, v in before.by.items()}))


@pytest.mark.parametrize(("limit", "offset"), [(-1, 0), (1, -1)])
def test_negative_pages_are_refused(facts, limit, offset):
    with pytest.raises(FactsError, match="不能为负"):
        Crossfilter(facts).rows(limit, offset)


def test_dimensions_outside_are_neither_counted_nor_filtered(facts):
    crossfilter = Crossfilter(facts, ["genre", "site"])
    assert set(crossfilter.histograms().by) == {"genre", "site"}
    for use in (lambda: crossfilter.filter("day", None), lambda: crossfilter.activate("day")):
        with pytest.raises(FactsError, match="联动"):
            use()
    assert len(crossfilter.rows(10)) == 10
    newest = Crossfilter(facts).rows(10)
    assert crossfilter.rows(10).tolist() == newest.tolist()


def test_a_brush_makes_no_pass_over_the_rows(facts, monkeypatch):
    crossfilter = Crossfilter(facts, filters={"genre": {"要闻", "公告"}})
    crossfilter.activate("day")
    monkeypatch.setattr(passes, "_on_threads", None)  # any pass would fail
    for end in range(2, 20):
        crossfilter.brush("day", Range(2, end))
    crossfilter.filter("genre", {"公告", "要闻"})
    assert crossfilter.count() > 0


def test_clear(facts):
    crossfilter = Crossfilter(facts, filters={"genre": {"要闻"}, "day": Range(3, 5)})
    crossfilter.clear()
    assert (crossfilter.filters, crossfilter.count()) == ({}, facts.n)


def test_filters_move_on_to_a_newer_version(tmp_path, schema, frame):
    old = write_facts(tmp_path, schema, [frame(100, 1)])
    crossfilter = Crossfilter(old, filters={"day": Range("2020-01-05", None), "genre": {"要闻"}})
    new = append_facts(tmp_path, [frame(100, 2)])
    moved = Crossfilter(new, crossfilter.dimensions, crossfilter.filters)
    rows = moved.rows(1_000)
    assert {new.labels("genre")[code] for code in new.take("genre", rows)} == {"要闻"}
    assert len(rows) > crossfilter.count()


def test_sessions_at_once(facts, threads):
    """Many server threads, each with its own filters over the same facts: answers as if alone."""

    def session(seed):
        rng = np.random.default_rng(seed)
        crossfilter = Crossfilter(facts)
        answers = []
        for _ in range(20):
            name = NAMES[rng.integers(len(NAMES))]
            counts = crossfilter.brush(name, rng.integers(0, facts.size(name), 5))
            answers.append((counts.total, {k: v.tolist() for k, v in counts.by.items()}))
            answers.append(crossfilter.rows(10).tolist())
        return answers

    alone = [session(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(session, range(4))) == alone


def test_one_session_from_several_threads(facts, threads):
    crossfilter = Crossfilter(facts)

    def brush(k):
        return crossfilter.brush("day", Range(2, 2 + k % 7)).total

    expected = [brush(k) for k in range(200)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(brush, range(200))) == expected
