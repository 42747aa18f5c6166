"""Where somebody is led after signing in: to pages of this server alone."""

from __future__ import annotations

import pytest

from shuju.serve.sign_in import own_page


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("letters?topic=a", "letters?topic=a"),
        ("/letter?id=a1", "letter?id=a1"),
        ("", "./"),
        ("//evil.example", "./"),
        ("///evil.example", "./"),
        ("https://evil.example/", "./"),
        ("javascript:alert(1)", "./"),
        ("data:text/html,x", "./"),
        ("\\\\evil.example", "./"),
        ("/\\evil.example", "./"),
        ("letters\r\nSet-Cookie: a=b", "./"),
        ("\t//evil.example", "./"),
        ("http:///evil", "./"),
        ("//[", "./"),
        ("sign-out", "./"),
        ("live/letters/ws", "./"),
        ("export/letters.csv", "./"),
        ("../elsewhere", "./"),
    ],
)
def test_where_one_goes_after_signing_in(wanted: str, led_to: str) -> None:
    assert own_page(wanted) == led_to
