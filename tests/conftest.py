"""What many tests share: a fresh library, raw files, the real data where it is present."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool
from xdist.scheduler import LoadScopeScheduling

from shuju.desk import store
from shuju.library import Library, open_library

# The machine may be busy: how long an example takes proves nothing.
settings.register_profile("shuju", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shuju")


class FilesTogether(LoadScopeScheduling):
    """One worker runs the tests of a file, so that they share fixtures; one drives all browsers, since two wait for each other."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::")[0]
        return "browser" if path.startswith("tests/browser/") else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether:
    return FilesTogether(config, log)


REAL = Path(os.environ.get("SHUJU_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session", autouse=True)
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keys of the tests' own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHUJU_KEYS", str(tmp_path_factory.mktemp("keys") / "keys.json"))
        yield


@pytest.fixture(scope="session", autouse=True)
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have a new desk of SQLite begin as a copy of one that the migrations made: a thousand tests open one each."""
    place, bring_up = tmp_path_factory.mktemp("migrated") / "desk.db", store.bring_up
    engine = create_engine(f"sqlite:///{place}", poolclass=NullPool)
    event.listen(engine, "connect", store._wait_for_nobody)
    bring_up(engine)

    def copied(desk: Engine) -> None:
        wanted = desk.url.database
        is_sqlite = desk.dialect.name == "sqlite" and wanted is not None
        if is_sqlite and Path(wanted).parent.is_dir() and not Path(wanted).exists():
            own = Path(f"{wanted}.{os.getpid()}.{threading.get_ident()}")
            shutil.copy(place, own)
            with suppress(FileExistsError):  # another thread was faster
                os.link(own, wanted)
            own.unlink()
        bring_up(desk)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "bring_up", copied)
        yield


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def real_data() -> Path:
    if not REAL.exists():
        pytest.skip("the real data set is not present beside the checkout")
    return REAL


PAGES_CATALOG = """
version: 1
sources:
  test_sites:
    title: 测试网站
    licence: 测试
    refresh: once
    location: sites
    inputs:
      - table: sites
        reader: csv
        fields: {site_id: 标识码, name: 名称, region_code: 区划, level: 层级, kind: 类别}
  test_pages:
    title: 测试网页
    licence: 测试
    refresh: daily
    location: pages
    inputs:
      - table: records
        reader: json
        files: "*.json*"
        fields:
          record_id: id
          site_id: site
          genre: {from: kind, as: [{map: {通知: notice}}]}
          title: title
          body: {from: content, as: [html_text]}
          url: url
          published_at: time
"""

SITES = """标识码,名称,区划,层级,类别
4300000001,湖南省人民政府门户网站,430000,province,province_portal
4301000001,长沙市人民政府门户网站,430100,prefecture,prefecture_portal
4311810001,祁阳市人民政府门户网站,431121,county,county_portal
"""


def page(number: int, **changes: object) -> dict[str, object]:
    """Return a raw page that is well formed, but for ``changes``."""
    return {
        "id": f"p{number}",
        "site": "4301000001",
        "kind": "news",
        "title": f"第{number}条要闻",
        "content": f"<p>这是第{number}条要闻的正文。</p>",
        "url": f"http://www.changsha.gov.cn/{number}.html",
        "time": f"2024-07-{number % 28 + 1:02d} 16:38",
    } | changes


def write_lines(path: Path, rows: list[object]) -> Path:
    """Write rows as JSON Lines; a string is written as it stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8"
    )
    return path


def write_raw(folder: Path) -> Path:
    """Make a folder with a catalog, three sites, and an empty folder of pages."""
    (folder / "sites").mkdir(parents=True)
    (folder / "pages").mkdir()
    (folder / "catalog.yaml").write_text(PAGES_CATALOG, encoding="utf-8")
    (folder / "sites" / "sites.csv").write_text(SITES, encoding="utf-8")
    return folder


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A folder with a catalog, three sites, and an empty folder of pages."""
    return write_raw(tmp_path / "raw")


@pytest.fixture
def open_test_library(home: Path, raw: Path) -> Callable[[], Library]:
    """Open the same library anew, as another process would."""
    return lambda: open_library(home, raw / "catalog.yaml")


@pytest.fixture
def library(open_test_library: Callable[[], Library]) -> Library:
    """A library that knows three sites."""
    from shuju.library.ingest import ingest

    found = open_test_library()
    ingest(found, "test_sites")
    return found
