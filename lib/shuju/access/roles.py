"""The roles of the article, what each may do, and which no person may hold together (三权分立)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# What somebody may do beside reading pages.
MARK, CORRECT, DECIDE, EXPORT, REVEAL = "mark", "correct", "decide", "export", "reveal"
ASSIGN, SUPERVISE, HANDLE = "assign", "supervise", "handle"  # 交办, 督办, 承办
KEEP_ACCOUNTS, GRANT, AUDIT = "keep-accounts", "grant", "audit"

LEADER, ANALYST, DEPARTMENT, OPERATOR = "leader", "analyst", "department", "operator"
ADMINISTRATOR, SECURITY, AUDITOR = "administrator", "security", "auditor"


class RoleError(ValueError):
    """A role that there is not, or that must not be held together with another; the message is Chinese."""


@dataclass(frozen=True)
class Role:
    """One role: what it is called, what it is for, what it may do beside reading, whether it belongs to an organisation."""

    name: str
    title: str
    about: str
    rights: frozenset[str] = frozenset()
    is_of_organisation: bool = False


_ROLES = (
    Role(LEADER, "省领导", "全省各页，可交办；来信已脱敏", frozenset({MARK, EXPORT, ASSIGN, SUPERVISE})),
    Role(ANALYST, "分析员", "全省各页，可标注、更正、判定、交办、导出", frozenset({MARK, CORRECT, DECIDE, EXPORT, ASSIGN, SUPERVISE})),
    Role(
        DEPARTMENT, "承办部门", "只见本地区、本部门及下级的来信与交办任务", frozenset({CORRECT, EXPORT, REVEAL, HANDLE}), is_of_organisation=True
    ),
    Role(OPERATOR, "网站运维", "网站、网页信息与入库台账；不见来信", frozenset({EXPORT})),
    Role(ADMINISTRATOR, "系统管理员", "建立、停用账号；不见业务数据", frozenset({KEEP_ACCOUNTS})),
    Role(SECURITY, "安全管理员", "授予、收回角色；不见业务数据", frozenset({GRANT})),
    Role(AUDITOR, "审计员", "查阅审计日志；不见业务数据", frozenset({AUDIT})),
)  # fmt: skip
ROLES: Mapping[str, Role] = {role.name: role for role in _ROLES}
READERS = (LEADER, ANALYST, DEPARTMENT, OPERATOR)
GOVERNORS = frozenset({ADMINISTRATOR, SECURITY, AUDITOR})  # 三员


def role_of(name: str) -> Role:
    """Return a role by its name, or by its Chinese title.

    Raises:
        RoleError: there is none.
    """
    for role in _ROLES:
        if name in (role.name, role.title):
            return role
    raise RoleError(f"没有角色 {name!r}；有：" + "、".join(f"{role.name}（{role.title}）" for role in _ROLES))


def check_together(names: Iterable[str]) -> None:
    """Check that one person may hold these roles at a time.

    Raises:
        RoleError: one of 系统管理员, 安全管理员, 审计员 together with any other role.
    """
    held = set(names)
    if len(held) > 1 and held & GOVERNORS:
        titles = "、".join(ROLES[name].title for name in ROLES if name in held)
        raise RoleError(f"三权分立：系统管理员、安全管理员、审计员不得与其他角色由同一人担任（{titles}）")
