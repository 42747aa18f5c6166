"""Closed periods of the audit trail: rows as lines of JSON in a file, and beside it what signs them (Ed25519).

Whoever has the public key can check the file; the rows' own hashes need the key of the trail.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shuju.keys import first_key

SIGNING = "signature of closed periods"
_SIGNED = ("first", "last", "n", "before", "mac", "sha256")


@dataclass(frozen=True)
class Verdict:
    """What a verification found: how many rows are sound, and what is wrong, in Chinese; nothing if ``fault`` is empty."""

    n_rows: int
    fault: str = ""


def write(
    rows: Iterable[tuple[Any, ...]], columns: Sequence[str], to: Path, before: tuple[int, str]
) -> dict[str, Any]:
    """Write rows to a file and their signature beside it, both on the disk when it returns; return what was signed.

    ``before`` is number and hash of what came before the first row.

    Raises:
        ValueError: one of the files is there already.
    """
    if to.exists():
        raise ValueError(f"{to} 已存在；请换一个文件名")
    seen, n, last, mac = hashlib.sha256(), 0, before[0], before[1]
    new = to.with_name(to.name + ".new")
    with new.open("wb") as file:
        for row in rows:
            line = (json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=True) + "\n").encode()
            seen.update(line)
            file.write(line)
            n, last, mac = n + 1, row[0], row[-1]
        file.flush()
        os.fsync(file.fileno())
    told = {
        "first": before[0] + 1, "last": last, "n": n, "before": before[1], "mac": mac, "sha256": seen.hexdigest(),
    }  # fmt: skip
    signature = {"signature": _key().sign(_said(told)).hex(), "public_key": public_key()}
    with sig_of(to).open("w", encoding="ascii") as file:
        json.dump(told | signature, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(to)
    return told


def verify(path: Path, mac_of: Callable[[str, tuple[Any, ...]], str]) -> Verdict:
    """Check a file against its signature, and each row against the one before."""
    try:
        told = json.loads(sig_of(path).read_text(encoding="ascii"))
        _key().public_key().verify(bytes.fromhex(told["signature"]), _said(told))
    except (OSError, ValueError, KeyError, InvalidSignature):
        return Verdict(0, f"{sig_of(path)} 不在，或签名与密钥不符")
    seen, number, mac = hashlib.sha256(), told["first"] - 1, told["before"]
    with path.open("rb") as file:
        for line in file:
            seen.update(line)
            try:
                row = tuple(json.loads(line).values())
                is_sound = row[0] == number + 1 and row[-1] == mac_of(mac, row[:-1])
            except (ValueError, TypeError):
                is_sound = False
            if not is_sound:
                return Verdict(number - told["first"] + 1, f"第 {number + 1} 行缺失，或与其校验值不符")
            number, mac = row[0], row[-1]
    n = number - told["first"] + 1
    if (number, mac, seen.hexdigest()) != (told["last"], told["mac"], told["sha256"]):
        return Verdict(n, "文件与签名不符：末尾被截去，或内容被改动")
    return Verdict(n)


def sig_of(path: Path) -> Path:
    """Return where the signature of a file lies."""
    return path.with_name(path.name + ".sig")


def public_key() -> str:
    """Return the public key with which anybody can check the signatures."""
    return _key().public_key().public_bytes_raw().hex()


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(first_key(SIGNING))


def _said(told: dict[str, Any]) -> bytes:
    return json.dumps({name: told[name] for name in _SIGNED}, sort_keys=True).encode()
