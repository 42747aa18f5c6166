"""Scripts, pages and JSON of a running server: compressed as the browser takes it, kept as long as allowed."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Iterator
from pathlib import Path

import bokeh.server.server
import brotli
import httpx
import panel as pn
import pytest
from bokeh.server.tornado import BokehTornado
from bokeh.server.urls import per_app_patterns
from bokeh.settings import settings
from panel.io.resources import DIST_DIR
from tornado.web import RequestHandler
from tornado.websocket import websocket_connect

from shuju.serve import static_files
from shuju.serve.static_files import accepted, server_settings
from tests.coroutines import finished, leave
from tests.pages.conftest import free_port

PATTERNS = tuple(per_app_patterns)  # as they are before a server of ours takes those away that no page needs
BOKEH = Path(settings.bokehjs_path())
SCRIPT, OF_PANEL = "/static/js/bokeh.min.js", "/static/extensions/panel/panel.min.js"
FONT = next((DIST_DIR / "bundled" / "font-awesome").rglob("*.woff2"))
FONT_ADDRESS = f"/static/extensions/panel/{FONT.relative_to(DIST_DIR).as_posix()}"
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


class Answer(RequestHandler):
    """Text of a kind and length, whole or in two pieces."""

    async def get(self, kind: str) -> None:
        text = b"a" * int(self.get_argument("n", "5000"))
        self.set_header(
            "Content-Type", {"json": "application/json", "csv": "text/csv"}.get(kind, "text/html")
        )
        if kind == "csv":
            self.set_header("Content-Disposition", "attachment")
        self.write(text)
        if kind == "pieces":
            await self.flush()
            self.write(text)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server with a page at ``/``, whose own static pattern stands before all others that are added."""
    number = free_port()
    # A server of ours made in this process before puts all behind its gate; here files alone are looked at.
    patch = pytest.MonkeyPatch()
    patch.setattr(bokeh.server.server, "BokehTornado", BokehTornado)
    before, per_app_patterns[:] = per_app_patterns[:], PATTERNS
    server = pn.serve(
        {"/": lambda: pn.pane.HTML("page"), "/other": lambda: pn.pane.HTML("other")},
        port=number,
        address="127.0.0.1",
        websocket_origin=f"127.0.0.1:{number}",
        show=False,
        threaded=True,
        verbose=False,
        extra_patterns=[(r"/answer/(\w+)", Answer)],
        **server_settings(),
    )
    with httpx.Client(transport=httpx.HTTPTransport(retries=10)) as client:
        client.get(f"http://127.0.0.1:{number}/answer/page")
    yield number
    server.stop()
    patch.undo()
    per_app_patterns[:] = before


def raw(
    port: int, address: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """Ask without a client that tidies addresses or unpacks answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest(method, address, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


@pytest.mark.parametrize(
    ("address", "file", "asked", "encoding"),
    [
        (SCRIPT, BOKEH / "js/bokeh.min.js", "gzip, deflate, br, zstd", "br"),
        (SCRIPT, BOKEH / "js/bokeh.min.js", "gzip, deflate", "gzip"),
        (SCRIPT, BOKEH / "js/bokeh.min.js", "br;q=0, gzip;q=0.5", "gzip"),
        (SCRIPT, BOKEH / "js/bokeh.min.js", "identity", None),
        (SCRIPT, BOKEH / "js/bokeh.min.js", "", None),
        (f"{SCRIPT}?v=1", BOKEH / "js/bokeh.min.js", "br", "br"),
        (OF_PANEL, DIST_DIR / "panel.min.js", "br", "br"),
        (OF_PANEL, DIST_DIR / "panel.min.js", "gzip", "gzip"),
        (FONT_ADDRESS, FONT, "br, gzip", None),
        ("/favicon.ico", DIST_DIR / "images/favicon.ico", "br, gzip", None),
    ],
)
def test_file_is_the_same_in_every_encoding(
    port: int, address: str, file: Path, asked: str, encoding: str | None
) -> None:
    answer, content = raw(port, address, Accept_Encoding=asked)
    assert answer.status == 200
    assert answer.getheader("Content-Encoding") == encoding
    assert UNPACK[encoding](content) == file.read_bytes()
    assert int(answer.getheader("Content-Length")) == len(content)
    assert answer.getheader("Vary") == "Accept-Encoding"


def test_compression_is_worth_it(port: int) -> None:
    whole = (BOKEH / "js/bokeh.min.js").stat().st_size
    sent = {name: len(raw(port, SCRIPT, Accept_Encoding=name)[1]) for name in ("br", "gzip")}
    assert sent["br"] < sent["gzip"] < 0.3 * whole


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (f"{SCRIPT}?v=6acf7fa1", "public, max-age=31536000, immutable"),
        (f"{FONT_ADDRESS}?v=1.9.4", "public, max-age=31536000, immutable"),
        (SCRIPT, "public, no-cache"),
        (f"{SCRIPT}?v=", "public, no-cache"),
        (FONT_ADDRESS, "public, no-cache"),
    ],
)
def test_only_an_address_with_a_version_is_kept(port: int, address: str, kept: str) -> None:
    answer, _ = raw(port, address, Accept_Encoding="br")
    assert answer.getheader("Cache-Control") == kept
    assert answer.getheader("Expires") is None


@pytest.mark.parametrize("address", [SCRIPT, FONT_ADDRESS])
@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
def test_file_that_is_known_is_not_sent_again(port: int, address: str, encoding: str) -> None:
    first, _ = raw(port, address, Accept_Encoding=encoding)
    again, content = raw(port, address, Accept_Encoding=encoding, If_None_Match=first.getheader("Etag"))
    assert (again.status, content) == (304, b"")


def test_encodings_have_tags_of_their_own(port: int) -> None:
    tags = {raw(port, SCRIPT, Accept_Encoding=e)[0].getheader("Etag") for e in ("br", "gzip", "identity")}
    assert len(tags) == 3


def test_head_tells_the_length_alone(port: int) -> None:
    _, content = raw(port, SCRIPT, Accept_Encoding="br")
    answer, nothing = raw(port, SCRIPT, "HEAD", Accept_Encoding="br")
    assert (int(answer.getheader("Content-Length")), nothing) == (len(content), b"")


def test_range_is_one_of_the_plain_file(port: int) -> None:
    answer, content = raw(port, SCRIPT, Accept_Encoding="br", Range="bytes=0-9")
    assert (answer.status, answer.getheader("Content-Encoding")) == (206, None)
    assert content == (BOKEH / "js/bokeh.min.js").read_bytes()[:10]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/static/../tornado.py", 403),
        ("/static/%2e%2e/tornado.py", 403),
        ("/static/js/../../tornado.py", 403),
        ("/static/js/..%2f..%2ftornado.py", 403),
        ("/static//etc/passwd", 403),
        ("/static/extensions/panel/../__init__.py", 403),
        ("/static/extensions/panel/%2e%2e/__init__.py", 403),
        ("/static/extensions/panel//etc/passwd", 403),
        ("/static/extensions/../js/bokeh.min.js", 404),
        ("/static/extensions/nobody/x.js", 404),
        ("/static/extensions/panel", 403),
        ("/static/js", 403),
        ("/static/js/nothing.js", 404),
        ("/robots.txt", 404),
    ],
)
def test_nothing_outside_the_folders_is_served(port: int, address: str, status: int) -> None:
    answer, content = raw(port, address, Accept_Encoding="br")
    assert answer.status == status
    assert b"import" not in content
    assert b"root:" not in content


def test_file_that_changes_is_sent_anew(tmp_path: Path) -> None:
    path = tmp_path / "x.js"
    seen = []
    for text in (b"a" * 2000, b"b" * 2000):
        path.write_bytes(text)
        packed = static_files.packed(str(path), path.stat().st_mtime_ns, "gzip")
        seen.append((gzip.decompress(packed.content), packed.digest))
    assert [content for content, _ in seen] == [b"a" * 2000, b"b" * 2000]
    assert seen[0][1] != seen[1][1]


@pytest.mark.parametrize(
    ("address", "asked", "encoding"),
    [
        ("/", "gzip, br", "gzip"),
        ("/other", "gzip", "gzip"),
        ("/", "identity", None),
        ("/answer/page", "gzip", "gzip"),
        ("/answer/json", "gzip", "gzip"),
        ("/answer/json", "gzip;q=0", None),
        ("/answer/json?n=1000", "gzip", None),
        ("/answer/csv", "gzip", None),
        ("/answer/pieces", "gzip", None),
    ],
)
def test_whole_answers_of_text_are_compressed(
    port: int, address: str, asked: str, encoding: str | None
) -> None:
    answer, content = raw(port, address, Accept_Encoding=asked)
    assert answer.getheader("Content-Encoding") == encoding
    text = UNPACK[encoding](content)
    assert text.startswith(b"aaa") or b"</html>" in text


def test_messages_of_a_session_are_compressed(port: int) -> None:
    async def extension() -> str:
        address = f"ws://127.0.0.1:{port}/ws"
        session = await websocket_connect(address, subprotocols=["bokeh", "x"], compression_options={})
        try:
            return session.headers["Sec-WebSocket-Extensions"]
        finally:
            await leave(session)

    assert finished(extension()).startswith("permessage-deflate")


@pytest.mark.parametrize(
    ("header", "best"),
    [
        ("gzip, deflate, br", "br"),
        ("BR", "br"),
        ("gzip", "gzip"),
        ("br; q=0, gzip", "gzip"),
        ("br;q=0.000", None),
        ("br;q=0.001", "br"),
        ("identity, *;q=0", None),
        ("", None),
        (";;,,=", None),
    ],
)
def test_better_encoding_of_a_header(header: str, best: str | None) -> None:
    assert accepted(header) == best
