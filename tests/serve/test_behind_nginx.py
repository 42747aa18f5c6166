"""The shipped configuration of nginx in front of a real server: TLS, websockets, what a visitor may not say of themselves."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import panel as pn
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from bench.sessions import TOKEN, message, say
from shuju.clock import now
from shuju.desk import accounts, memberships, sessions, trail
from shuju.desk.store import open_desk
from shuju.library import LibraryError, unshare
from shuju.serve import live as lives
from shuju.serve.server import serve
from tests.coroutines import finished, leave
from tests.pages.conftest import free_port, wait_for
from tests.pages.issue_library import issue_library
from tests.signing import XSRF

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(NGINX is None, reason="nginx is not installed")]
SHIPPED = Path(__file__).parents[2] / "deploy" / "nginx.conf"
PASSWORD = "purple monkey dishwasher soup"
NAME = "shuju.example.gov.cn"


@dataclass(frozen=True)
class Front:
    """A server behind nginx: addresses of both, the desk, and what trusts the certificate."""

    base: str
    plain: str
    behind: str
    desk: Engine
    trust: ssl.SSLContext
    folder: Path


def certificate(folder: Path) -> None:
    """Write a certificate for ``NAME`` that signs itself, and its key."""
    key, at = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(at - dt.timedelta(days=1))
        .not_valid_after(at + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*form))


def configuration(folder: Path, tls: int, plain: int, behind: int) -> Path:
    """Return a configuration around the shipped one, whose ports and places are those of the test."""
    text = SHIPPED.read_text(encoding="utf-8")
    for said, here in {
        "listen 443": f"listen 127.0.0.1:{tls}",
        "listen 80": f"listen 127.0.0.1:{plain}",
        "127.0.0.1:5006": f"127.0.0.1:{behind}",
        "/etc/shuju/tls": str(folder),
        "/var/log/nginx": str(folder),
        "https://$host$": f"https://$host:{tls}$",
    }.items():
        assert said in text
        text = text.replace(said, here)
    (folder / "shuju.conf").write_text(text, encoding="utf-8")
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    user = "user root;" if os.getuid() == 0 else ""
    main.write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {places} include {folder}/shuju.conf; }}\n"
    )
    return main


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("nginx")
    library = issue_library(folder)
    desk, at = open_desk(library.home), now()
    accounts.add_account(desk, "wang", "王", "correct horse battery staple", at=at)
    accounts.set_password(desk, "wang", PASSWORD, at=at)
    memberships.grant(desk, "wang", "analyst", at=at, by="test")
    certificate(folder)
    tls, plain, behind = free_port(), free_port(), free_port()
    nginx = [str(NGINX), "-c", str(configuration(folder, tls, plain, behind)), "-e", f"{folder}/error.log"]
    subprocess.run([*nginx, "-t"], check=True, capture_output=True)
    serve(
        library.home.uri,
        behind,
        threaded=True,
        follow_library=False,
        behind_proxy=True,
        origins=[f"{NAME}:{tls}"],
    )
    wait_for(f"http://127.0.0.1:{behind}")
    with ExitStack() as stack:
        stack.callback(end_server)
        process = subprocess.Popen(nginx)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        until = time.monotonic() + 20  # it may take its time on a machine that is busy
        while True:
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", tls)) == 0:
                    break
            assert time.monotonic() < until, "nginx does not answer"
            time.sleep(0.05)
        trust = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
        found = Front(
            f"https://{NAME}:{tls}",
            f"http://{NAME}:{plain}",
            f"http://127.0.0.1:{behind}",
            desk,
            trust,
            folder,
        )
        with named_here():
            yield found


def end_server() -> None:
    pn.state.reset()
    for held in lives._served.values():
        unshare(held.library)
    lives._served.clear()


class named_here:  # noqa: N801 - a word of the language
    """Have ``NAME`` be this machine's own, as a name server would say."""

    def __enter__(self) -> None:
        self._patch = pytest.MonkeyPatch()
        asked = socket.getaddrinfo

        def here(host: object, *args: object, **more: object) -> object:
            return asked("127.0.0.1" if host in (NAME, NAME.encode()) else host, *args, **more)

        self._patch.setattr(socket, "getaddrinfo", here)

    def __exit__(self, *_: object) -> None:
        self._patch.undo()


def visit(front: Front, **headers: str) -> httpx.Client:
    return httpx.Client(
        base_url=front.base, verify=front.trust, headers={"Origin": front.base, **headers}, timeout=60
    )


def signed_in(front: Front, **headers: str) -> tuple[httpx.Client, httpx.Response]:
    client = visit(front, **headers)
    page = client.get("/sign-in")
    data = {"_xsrf": XSRF.search(page.text)[1], "account": "wang", "password": PASSWORD}
    return client, client.post("/sign-in", data=data)


def test_plain_http_leads_to_tls(front: Front) -> None:
    answer = httpx.get(f"{front.plain}/letters?topic=x")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{front.base}/letters?topic=x")


def test_signing_in(front: Front) -> None:
    client, answer = signed_in(front)
    assert answer.status_code == 303
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if "shuju=" in c]
    assert cookie.startswith("__Host-shuju=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    page = client.get("/letters")
    assert page.status_code == 200
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert f"wss://{NAME}:" in page.headers["Content-Security-Policy"]
    client.close()


def test_what_a_visitor_says_of_themselves_is_not_believed(front: Front) -> None:
    said = {
        "X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "X-Scheme": "http", "X-Forwarded-Proto": "http",
        "Forwarded": "for=203.0.113.9;proto=http", "X-Forwarded-Host": "evil.example",
    }  # fmt: skip
    client, answer = signed_in(front, **said)
    assert answer.headers["set-cookie"].startswith("__Host-shuju="), "the scheme is the proxy's to say"
    client.close()
    assert {one["address"] for one in sessions.list_sessions(front.desk, at=now())} == {"127.0.0.1"}
    assert "203.0.113.9" not in "".join(trail.export(front.desk))


def test_what_the_proxy_says_is_believed(front: Front) -> None:
    """Asked without nginx, as only this machine can: the address is what the header says, and http is no place for passwords."""
    headers = {"X-Real-IP": "198.51.100.7", "Origin": front.behind}
    with httpx.Client(base_url=front.behind, headers=headers, timeout=60) as client:
        data = {"_xsrf": XSRF.search(client.get("/sign-in").text)[1], "account": "wang", "password": PASSWORD}
        answer = client.post("/sign-in", data=data)
    assert answer.status_code == 403
    assert "HTTPS" in answer.text


def test_another_origin_is_refused(front: Front) -> None:
    client, _ = signed_in(front)
    for origin in (
        "https://evil.example",
        front.base.replace("https", "http") + "1",
        "null",
        f"https://{NAME}",
    ):
        answer = client.post("/account", headers={"Origin": origin}, data={"do": "role"})
        assert answer.status_code == 403, origin
    client.close()


def test_websockets_come_through(front: Front) -> None:
    client, _ = signed_in(front)
    token = TOKEN.search(client.get("/letters").text)[1]
    cookie = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar)
    address = f"wss{front.base.removeprefix('https')}/live/letters/ws"

    async def talk(origin: str) -> int:
        request = HTTPRequest(address, headers={"Origin": origin, "Cookie": cookie}, ssl_options=front.trust)
        opened = await websocket_connect(request, subprotocols=["bokeh", token], max_message_size=64 << 20)
        await message(opened, "ACK")
        await say(opened, "PULL-DOC-REQ", {})
        n_bytes = await message(opened, "PULL-DOC-REPLY")
        await leave(opened)
        return n_bytes

    assert finished(talk(front.base)) > 10_000
    with pytest.raises(HTTPClientError) as refused:
        finished(talk("https://evil.example"))
    assert refused.value.code == 403
    client.close()


def test_large_bodies_and_other_names_are_refused(front: Front) -> None:
    client, _ = signed_in(front)
    assert client.post("/account", data={"do": "x" * (70 << 10)}).status_code == 413
    with pytest.raises(httpx.RemoteProtocolError):  # the name of the certificate, and another host
        client.get("/healthz", headers={"Host": "evil.example"})
    client.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(front.base.replace(NAME, "127.0.0.1"), verify=False)


def test_what_is_searched_for_is_not_in_the_log(front: Front) -> None:
    client, _ = signed_in(front)
    client.get("/search", params={"q": "13800138000"}, headers={"Referer": "https://x/?q=13900139000"})
    client.close()
    until = time.monotonic() + 20  # a line is written after its answer
    while "/search 200" not in (log := (front.folder / "shuju.log").read_text()):
        assert time.monotonic() < until, log
        time.sleep(0.1)
    assert "138001" not in log
    assert "139001" not in log


def test_what_opens_something_by_itself_is_not_in_the_log(front: Front) -> None:
    secret, code = "7-0123456789abcdef", "0000-1111-2222"
    with visit(front) as client:
        token = re.search(r'name="_xsrf" value="([^"]+)"', client.get("/screen").text)[1]
        assert client.post("/screen", data={"_xsrf": token, "code": code}).status_code == 403
        for path in (f"/deadlines/{secret}.ics", f"/unsubscribe/{secret}"):
            client.get(path)
        client.get("/healthz")
    until = time.monotonic() + 20
    while "/healthz 200" not in (log := (front.folder / "shuju.log").read_text()):
        assert time.monotonic() < until, log
        time.sleep(0.1)
    for line in ("POST /screen 403", "GET /deadlines/... ", "GET /unsubscribe/... "):
        assert line in log
    assert secret not in log
    assert code not in log


def test_files_of_tasks_come_through(front: Front) -> None:
    """The server refuses them for its own reason; nginx lets them by."""
    client, _ = signed_in(front)
    sent = client.post("/attach?task=1&name=a.png&command=c", content=b"x" * (200 << 10))
    assert sent.status_code == 403
    client.close()


def test_nobody_goes_around_the_proxy(front: Front) -> None:
    with pytest.raises(LibraryError, match="绕过代理"):
        serve(front.folder / "home", free_port(), "0.0.0.0", behind_proxy=True, threaded=True)
