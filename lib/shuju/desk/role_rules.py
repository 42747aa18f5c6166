"""Rules of roles that an installation sets: whether a role asks for a second factor."""

from __future__ import annotations

from sqlalchemy import Engine, delete, insert, select

from shuju.access.roles import role_of
from shuju.desk.tables.accounts import role_rules

_r = role_rules.c


def set_second_factor(desk: Engine, role: str, is_needed: bool) -> str:
    """Say whether a role is held by those alone who showed a second factor; return the role's name.

    Raises:
        RoleError: no such role.
    """
    name = role_of(role).name
    with desk.begin() as connection:
        connection.execute(delete(role_rules).where(_r.role == name))
        connection.execute(insert(role_rules).values(role=name, needs_second_factor=is_needed))
    return name


def needs_second_factor(desk: Engine, role: str) -> bool:
    """Whether a role asks for a second factor."""
    with desk.connect() as connection:
        return bool(connection.execute(select(_r.needs_second_factor).where(_r.role == role)).scalar())
