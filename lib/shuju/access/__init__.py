"""Who may see and do what: roles, the person who asks at present, and the one predicate a table that follows."""

from __future__ import annotations

from shuju.access.roles import ROLES, RoleError
from shuju.access.sight import sight_of
from shuju.access.subject import NotAllowedError, Subject, entered, present, require, require_sight, who

__all__ = [
    "ROLES",
    "NotAllowedError",
    "RoleError",
    "Subject",
    "entered",
    "present",
    "require",
    "require_sight",
    "sight_of",
    "who",
]
