"""Keys (密钥): one file outside library and desk, readable by its owner alone; a key a purpose is derived from it.

The file is ``SHUJU_KEYS``, else ``~/.config/shuju/keys.json``. The newest key makes new things, the older ones still open what they
closed. Who has a backup of library and desk, and not of this file, can open nothing in them.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VARIABLE = "SHUJU_KEYS"
TRAIL, TOTP, SEALED, SAME = "audit trail", "second factors", "sealed columns", "same content"
BACKUP, WEBHOOKS, FEEDS = "backups", "webhooks", "feeds of deadlines"
SENDERS, RATINGS, REPLIES = "senders of letters", "ratings of senders", "replies by mail"
UNSUBSCRIBING = "ending subscriptions by mail"
NONCE_BYTES = 12


class KeyFileError(ValueError):
    """The file of keys is not there though it should be, or cannot be read; the message is Chinese."""


def key_place() -> Path:
    """Return where the keys are."""
    return Path(os.environ.get(VARIABLE) or "~/.config/shuju/keys.json").expanduser()


def newest_key(purpose: str) -> tuple[str, bytes]:
    """Return the name of the newest key and 32 bytes for a purpose; the first call makes the file."""
    keys = _keys(key_place())
    name = max(keys)
    return name, _derived(keys[name], purpose)


def first_key(purpose: str) -> bytes:
    """Return 32 bytes for a purpose that never change, whatever keys come later."""
    keys = _keys(key_place())
    return _derived(keys[min(keys)], purpose)


def has_keys() -> bool:
    """Whether there is a file of keys."""
    return key_place().exists()


def named_keys(purpose: str) -> dict[str, bytes]:
    """Return 32 bytes for a purpose of every key, the newest last, by a name that tells one key from another of the same number.

    Raises:
        KeyFileError: the file cannot be read.
    """
    place = key_place()
    _keys(place)
    return _named(place, place.stat().st_mtime_ns, purpose)


def rotate() -> str:
    """Add a key that makes new things from now on; return its name."""
    place = key_place()
    _keys(place)
    with _locked(place) as keys:
        name = f"{int(max(keys)) + 1:04d}"
        _write(place, {**keys, name: secrets.token_hex(32)})
    return name


def sealed(text: str, purpose: str, about: str) -> str:
    """Return a text encrypted (AES-256-GCM) with the newest key; it opens only for the same purpose, and ``about`` the same thing."""
    name, key = newest_key(purpose)
    nonce = secrets.token_bytes(NONCE_BYTES)
    return f"{name}:{(nonce + AESGCM(key).encrypt(nonce, text.encode(), about.encode())).hex()}"


def unsealed(kept: str, purpose: str, about: str) -> str:
    """Return the text.

    Raises:
        KeyFileError: the key is gone, or this was not closed with it for this purpose and thing.
    """
    name, _, held = kept.partition(":")
    key = _keys(key_place()).get(name)
    if key is None:
        raise KeyFileError(f"{key_place()} 中没有密钥 {name!r}；请由备份恢复密钥文件")
    content = bytes.fromhex(held)
    try:
        opened = AESGCM(_derived(key, purpose)).decrypt(
            content[:NONCE_BYTES], content[NONCE_BYTES:], about.encode()
        )
    except InvalidTag:
        raise KeyFileError("密文与密钥不符，或已被改动") from None
    return opened.decode()


@lru_cache(64)
def _derived(key: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, None, purpose.encode()).derive(bytes.fromhex(key))


def _keys(place: Path) -> Mapping[str, str]:
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(place) as keys:
            if not keys:
                _write(place, {"0001": secrets.token_hex(32)})
    return _read(place, place.stat().st_mtime_ns)


@lru_cache(8)
def _read(place: Path, modified: int) -> Mapping[str, str]:  # noqa: ARG001 - part of the cache's key
    try:
        return dict(json.loads(place.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise KeyFileError(f"密钥文件 {place} 读不了；请检查权限，或由备份恢复") from None


@lru_cache(8)
def _named(place: Path, modified: int, purpose: str) -> dict[str, bytes]:
    keys = _read(place, modified)
    return {f"{n}-{_derived(keys[n], 'name').hex()[:8]}": _derived(keys[n], purpose) for n in sorted(keys)}


@contextmanager
def _locked(place: Path) -> Iterator[Mapping[str, str]]:
    """Hold the lock beside the file; gives the keys that are there."""
    with place.with_suffix(".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}


def _write(place: Path, keys: Mapping[str, str]) -> None:
    new = place.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(dict(keys), file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(place)
