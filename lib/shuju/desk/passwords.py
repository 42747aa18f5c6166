"""Passwords: argon2id, how strong they must be, and as many at once as memory bears."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

LEAST_LENGTH, MOST_LENGTH = 10, 128
LEAST_SCORE = 3  # of zxcvbn, which knows 30,000 leaked passwords: 10^8 guesses and more
AT_ONCE = 2  # a hash takes 64 MiB and both cores
OWN_WORDS = ("shuju", "数聚", "hunan", "changsha", "zhengwu")

_hasher = PasswordHasher()
_turns = threading.BoundedSemaphore(AT_ONCE)
# What is checked where there is no such account: the answer takes as long.
_NOBODY = _hasher.hash("nobody has this password")


def hashed(password: str) -> str:
    """Return a password as it is kept."""
    with _turns:
        return _hasher.hash(password)


def is_right(kept: str | None, password: str) -> bool:
    """Whether a password is the one that is kept; without one it takes as long, and is wrong."""
    with _turns:
        try:
            is_it = _hasher.verify(kept or _NOBODY, password[:MOST_LENGTH])
            return is_it and kept is not None and len(password) <= MOST_LENGTH
        except (VerificationError, InvalidHashError):
            return False


def check_strength(password: str, about: Sequence[str] = ()) -> None:
    """Check that a password is hard to guess; ``about`` are words of its owner that it must not lean on.

    Raises:
        ValueError: too short, too long, or too easily guessed; the message says so in Chinese.
    """
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        raise ValueError(f"密码应有 {LEAST_LENGTH} 至 {MOST_LENGTH} 个字符")
    if zxcvbn(password, [*OWN_WORDS, *about], max_length=MOST_LENGTH)["score"] < LEAST_SCORE:
        raise ValueError(
            "密码太容易被猜到：不要用常见密码、姓名、日期、键盘上的连续字符；可用几个不相干的词连在一起"
        )
