"""Annotations over the wire: from the menu of a trend to its print; another's private one stands nowhere."""

from __future__ import annotations

import re
from contextlib import closing

from tests.signing import signed_in

PART = {"X-Part": "1"}


def test_an_annotation_stands_on_the_print_of_who_sees_it(address: str) -> None:
    with closing(signed_in(address, "analyst")) as author, closing(signed_in(address, "leader")) as other:
        assert 'href="annotate?card=records.trend"' in author.get("/panorama").text
        form = author.get("/annotate?card=records.trend&genre=news", headers=PART).text
        of = re.search(r'name="of" value="([^"]*)"', form)[1].replace("&amp;", "&")
        assert "要闻" in form
        told = {"of": of, "text": "系统检修", "first": "2024-07-03", "last": "2024-07-05", "reach": "private"}
        plain = {client: client.get("/card/records.trend.svg?genre=news").text for client in (author, other)}
        assert author.post("/annotate", data=told, headers=PART).status_code == 200
        assert "系统检修" in author.get("/card/records.trend.svg?genre=news").text
        assert "系统检修" not in other.get("/card/records.trend.svg?genre=news").text
        assert "系统检修" not in author.get("/card/records.trend.svg").text  # it is of these filters
        page = author.get("/annotate?card=records.trend&genre=news", headers=PART).text
        assert "系统检修" in page
        number = re.search(r"id=(\d+)\">改", page)[1]
        assert (
            author.post("/annotate", data={**told, "id": number, "reach": "all"}, headers=PART).status_code
            == 200
        )
        assert "系统检修" in other.get("/card/records.trend.svg?genre=news").text
        refused = other.post("/annotate", data={"of": of, "id": number, "do": "end"}, headers=PART)
        assert (refused.status_code, "不是您写的" in refused.text) == (400, True)
        assert (
            author.post("/annotate", data={"of": of, "id": number, "do": "end"}, headers=PART).status_code
            == 200
        )
        assert "系统检修" not in other.get("/card/records.trend.svg?genre=news").text
        assert all(plain.values())


def test_what_is_no_time_line_takes_none(address: str) -> None:
    with closing(signed_in(address, "analyst")) as client:
        answer = client.get("/annotate?card=records.map", headers=PART)
        assert (answer.status_code, "不是时间走势" in answer.text) == (400, True)
    with closing(signed_in(address, "operator")) as client:
        assert client.get("/annotate?card=letters.trend", headers=PART).status_code == 403
