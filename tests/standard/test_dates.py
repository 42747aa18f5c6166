"""Dates in the forms that real sites use."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.standard.dates import IMPOSSIBLE, UNREADABLE, parse_datetimes

FORMS = [
    ("2024年7月29日", "2024-07-29T00:00:00"),
    ("2024年07月29日 16时38分05秒", "2024-07-29T16:38:05"),
    ("2024-07-29 16:38", "2024-07-29T16:38:00"),
    ("2012/9/19 16:36:22", "2012-09-19T16:36:22"),
    ("2019/1/1 0:04:05", "2019-01-01T00:04:05"),
    ("2024.7.29", "2024-07-29T00:00:00"),
    ("２０２４－０７－２９　１６：３８", "2024-07-29T16:38:00"),
    ("2024年7月29日 下午3:05", "2024-07-29T15:05:00"),
    ("2024年7月29日 上午12:05", "2024-07-29T00:05:00"),
    ("2024年7月29日 星期一 09:05", "2024-07-29T09:05:00"),
    ("2024-07-29T16:38:00Z", "2024-07-30T00:38:00"),
    ("2024-07-29T16:38:00.123+08:00", "2024-07-29T16:38:00"),
    ("2024-07-29T16:38:00-0500", "2024-07-30T05:38:00"),
    ("2024-7-29 24:00", "2024-07-30T00:00:00"),
    ("20240729", "2024-07-29T00:00:00"),
    ("202407291638", "2024-07-29T16:38:00"),
    ("20240729163822", "2024-07-29T16:38:22"),
    ("1722242280", "2024-07-29T16:38:00"),
    ("1722242280000", "2024-07-29T16:38:00"),
    (" 2024-02-29 ", "2024-02-29T00:00:00"),
    ("2024年7月5号", "2024-07-05T00:00:00"),
    ("2024年7月5日（星期五）", "2024-07-05T00:00:00"),
    ("2024年7月5日(周五) 09:05", "2024-07-05T09:05:00"),
    ("2024-07-05 星期五", "2024-07-05T00:00:00"),
    ("二〇一七年三月二十四日", "2017-03-24T00:00:00"),
    ("二零二四年十月三十一日", "2024-10-31T00:00:00"),
    ("二○二四年十二月十日", "2024-12-10T00:00:00"),
    ("45383", "2024-04-01T00:00:00"),
    ("45478.5", "2024-07-05T12:00:00"),
    ("Fri, 05 Jul 2024 09:00:00 +0800", "2024-07-05T09:00:00"),
    ("Fri, 05 Jul 2024 09:00:00", "2024-07-05T09:00:00"),
    ("Fri, 05 Jul 2024 09:00:00 CST", "2024-07-05T09:00:00"),
    ("5 July 2024 01:00:00 GMT", "2024-07-05T09:00:00"),
]
FAULTS = [
    ("2024-02-30", IMPOSSIBLE),
    ("2023年2月29日", IMPOSSIBLE),
    ("2024-13-01", IMPOSSIBLE),
    ("2024-01-01 25:00", IMPOSSIBLE),
    ("20240732", IMPOSSIBLE),
    ("昨天", UNREADABLE),
    ("29/07/2024", UNREADABLE),
    ("2024", UNREADABLE),
    ("2024-07-29 16:38 左右", UNREADABLE),
    ("二〇二三年二月二十九日", IMPOSSIBLE),
    ("二〇二三年", UNREADABLE),
    ("99999", UNREADABLE),
    ("Fri, 05 Foo 2024", UNREADABLE),
]


@pytest.mark.parametrize(("text", "moment"), FORMS)
def test_form(text: str, moment: str) -> None:
    times, faults = parse_datetimes(pa.array([text]))
    assert (str(times[0])[:19], faults[0]) == (moment, 0)


@pytest.mark.parametrize(("text", "fault"), FAULTS)
def test_fault(text: str, fault: int) -> None:
    times, faults = parse_datetimes(pa.array([text]))
    assert np.isnat(times[0])
    assert faults[0] == fault


@pytest.mark.parametrize("values", [[], [None], ["", None, "  "]])
def test_nothing_is_no_fault(values: list[str | None]) -> None:
    times, faults = parse_datetimes(pa.array(values, pa.string()))
    assert np.isnat(times).all()
    assert not faults.any()


@given(
    st.lists(
        st.datetimes(
            min_value=np.datetime64("1970-01-01", "s").astype(object),
            max_value=np.datetime64("2100-01-01", "s").astype(object),
        )
    )
)
def test_whatever_iso_says_is_read_back(moments: list) -> None:
    times, faults = parse_datetimes(
        pa.array([m.isoformat(sep=" ", timespec="seconds") for m in moments], pa.string())
    )
    assert times.astype("datetime64[s]").astype(object).tolist() == [
        m.replace(microsecond=0) for m in moments
    ]
    assert not faults.any()
