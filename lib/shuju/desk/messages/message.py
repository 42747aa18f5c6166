"""What one message says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Message:
    """One message: ``id`` is the same however often it is sent; ``data`` is what a webhook gets beside the words."""

    id: str
    subject: str
    text: str
    data: dict[str, Any]
    picture: str = ""  # of what it tells, in blobs
    file: str = ""  # the same
    file_name: str = ""
    unsubscribe: str = ""  # the address that ends its subscription
