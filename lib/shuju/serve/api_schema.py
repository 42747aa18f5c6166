"""What the interface for another system takes and gives, and its description (OpenAPI 3.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from shuju.desk.tasks.commands import Order
from shuju.desk.tasks.evidence import Evidence
from shuju.desk.tasks.record import Event, Task
from shuju.desk.tasks.transitions import table
from shuju.desk.terms import KINDS, URGENCY
from shuju.standard import code_list

LARGEST = 2**31 - 1
END_OF_WORK = dt.time(17, 30)
KEY = "^[A-Za-z0-9._-]{8,70}$"
TOLD, PLAIN = r"[^\s\x00]", r"^[^\x00]*$"  # something to read; nothing that no database keeps
Text = Field(min_length=1, max_length=10_000, pattern=TOLD)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


# JSON knows no difference between 1 and 1.0.
Number = Annotated[int, Field(ge=1, le=LARGEST), BeforeValidator(_whole)]
Score = Annotated[int, Field(ge=1, le=5), BeforeValidator(_whole)]


class Strict(BaseModel):
    """A body of a request: nothing is taken that is not told here."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewTask(Strict):
    """A task to be assigned (交办): title, text and organisation must be told; what else is not has the default that stands here."""

    title: str = Field(min_length=1, max_length=200, pattern=TOLD, description="标题，一行")
    text: str = Text
    organisation: str = Field(
        min_length=1, max_length=200, pattern=TOLD, description="机构全称（长沙市人民政府）或编号"
    )
    urgency: Literal["normal", "urgent", "extra_urgent"] = Field("normal", description="紧急程度；不写为普通")
    kind: Literal[
        "letter", "issue", "warning", "card", "region", "site", "document", "suggestion", "fast_channel"
    ] = Field("card", description="事项种类，决定用哪条时限规则；不写为图卡，按“其他”的时限")
    channel: str = Field(
        "",
        max_length=20,
        description="来信渠道，事项为来信时决定用哪条时限规则；不写即不分渠道",
        json_schema_extra={"enum": ["", *code_list("channels").codes]},
    )
    until: dt.date | None = Field(
        None, description="办结期限，当日下班时到期；不写即按时限规则，自交办起算工作时间"
    )
    topic: str = Field("", max_length=40, pattern=PLAIN, description="主题；不写为不分")
    region_code: str = Field(
        "", max_length=6, pattern=r"^([0-9]{6})?$", description="行政区划代码；不写为承办单位所在地"
    )
    about: str = Field(
        "", max_length=300, pattern=PLAIN,
        description="依据：letter=来信编号、issue=诉求编号、warning=预警编号、document=文件编号、site=网站标识码，"
        "或 card=图卡名与筛选；须为令牌所属账号可见",
    )  # fmt: skip

    @field_validator("channel")
    @classmethod
    def _is_a_channel(cls, value: str) -> str:
        known = code_list("channels").names
        if value and value not in known:
            told = "、".join(f"{code}（{name}）" for code, name in known.items())
            raise ValueError(f"没有来信渠道 {value!r}，只有：{told}")
        return value

    def order(self, evidence: Evidence | None, is_synthetic: bool = False) -> Order:
        """Return what is to be assigned, and what it rests on; whether that is made up (演示数据)."""
        told = self.model_dump(exclude={"about"})
        until = None if self.until is None else dt.datetime.combine(self.until, END_OF_WORK)
        return Order(**told | {"until": until, "evidence": evidence, "is_synthetic": is_synthetic})


ACTIONS = sorted(set(table().actions) - {"attach"})


class NewEvent(Strict):
    """Something to be done to a task (签收、反馈、报结……); some actions must come with something, ``needed`` tells."""

    do: str = Field(max_length=20, json_schema_extra={"enum": ACTIONS})
    seq: Number = Field(description="所见任务的 seq；任务此后有变动即回 409")
    text: str | None = Field(None, max_length=10_000)
    organisation: str | None = Field(None, max_length=200, pattern=PLAIN)
    until: dt.date | None = None
    account: str | None = Field(None, max_length=60, pattern=PLAIN)
    into: Number | None = None
    score: Score | None = None
    solved: Literal["yes", "no"] | None = None

    @field_validator("do")
    @classmethod
    def _is_an_action(cls, value: str) -> str:
        if value not in ACTIONS:
            raise ValueError(f"没有操作 {value!r}")
        return value

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        for name in needed()[self.do]:
            value = getattr(self, name)
            if value is None or not str(value).replace("\0", "").strip():
                raise ValueError(f"请给出 {name}（{table().given[name]}）")
        return self


@cache
def needed() -> Mapping[str, tuple[str, ...]]:
    """Return for each action what must be given with it, whatever the task's state."""
    gives: dict[str, set[str]] = {}
    for (_, action), transition in table().transitions.items():
        gives[action] = gives.get(action, set(transition.gives)) & set(transition.gives)
    return {action: tuple(sorted(gives[action])) for action in ACTIONS}


def written(task: Task) -> dict[str, Any]:
    """Return a task as the interface tells it."""
    times = {
        name: _moment(getattr(task, name))
        for name in ("made_at", "sign_due", "reply_due", "result_due", "signed_at", "closed_at")
    }
    plain = (
        "id",
        "number",
        "seq",
        "state",
        "state_title",
        "kind",
        "channel",
        "urgency",
        "rule",
        "title",
        "text",
        "topic",
        "region_code",
        "organisation",
    )
    return (
        {name: getattr(task, name) for name in plain}
        | times
        | {"due": _moment(task.due), "is_synthetic": task.is_synthetic}
    )


def event_written(event: Event) -> dict[str, Any]:
    """Return an event as the interface tells it."""
    told = {
        "seq": event.seq,
        "action": event.action,
        "state": event.after,
        "at": _moment(event.at),
        "who": event.who_name,
    }
    return told | {"text": event.given.get("text", "")}


def described() -> dict[str, Any]:
    """Return the description of the interface (OpenAPI 3.1)."""
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "pattern": KEY},
    }
    number = {
        "name": "number",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST},
    }
    paging = [
        {
            "name": "after",
            "in": "query",
            "schema": {"type": "integer", "minimum": 0, "maximum": LARGEST, "default": 0},
        },
        {
            "name": "limit",
            "in": "query",
            "schema": {"type": "integer", "minimum": 0, "maximum": LARGEST, "default": 50},
        },
    ]
    task = {"$ref": "#/components/schemas/Task"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "数聚 在线交办接口", "version": "1"},
        "security": [{"token": []}],
        "paths": {
            "/api/tasks": {
                "get": _operation("自某一事件之后，可见任务的全部事件（轮询）", {"$ref": "#/components/schemas/Events"}, 200, parameters=paging),
                "post": _operation("交办一件任务", task, 201, parameters=[key], body="NewTask"),
            },
            "/api/tasks/{number}": {"get": _operation("一件任务及其经过", task, 200, parameters=[number])},
            "/api/tasks/{number}/events": {
                "post": _operation("对任务做一件事：签收、反馈、报结……", task, 200, parameters=[number, key], body="NewEvent")
            },
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "NewTask": NewTask.model_json_schema(),
                "NewEvent": NewEvent.model_json_schema() | {"anyOf": _needs()},
                "Task": _TASK,
                "Events": _EVENTS,
                "Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
            },
        },
    }  # fmt: skip


_EVENTS: Mapping[str, Any] = {
    "type": "object",
    "required": ["events", "next"],
    "properties": {"events": {"type": "array", "items": {"type": "object"}}, "next": {"type": "integer"}},
}
_REFUSALS = {
    "400": "写得不合本说明", "401": "没有有效的令牌", "403": "角色不能这样做", "404": "没有，或不在可见范围",
    "409": "合本说明，但与现状不合：任务已变动或此时不能这样做，没有所指的机构、账号或任务，新期限不在原期限之后，编号已用过",
    "413": "内容太大", "429": "太频繁",
}  # fmt: skip
_TASK: Mapping[str, Any] = {
    "type": "object",
    "required": ["id", "seq", "state", "organisation", "due"],
    "properties": {
        "id": {"type": "integer"}, "number": {"type": "string"}, "seq": {"type": "integer"},
        "state": {"type": "string", "enum": list(table().states)}, "state_title": {"type": "string"},
        "kind": {"type": "string", "enum": list(KINDS)}, "urgency": {"type": "string", "enum": list(URGENCY)},
        "channel": {"type": "string"}, "rule": {"type": "string", "description": "所用的时限规则"},
        "title": {"type": "string"}, "text": {"type": "string"}, "organisation": {"type": "string"},
        "due": {"type": ["string", "null"], "format": "date-time"}, "events": {"type": "array", "items": {"type": "object"}},
    },
}  # fmt: skip


def _needs() -> list[dict[str, Any]]:
    """Return the actions as alternatives, those that need the same together."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for action, names in needed().items():
        alike.setdefault(names, []).append(action)
    properties = NewEvent.model_json_schema()["properties"]
    return [
        {
            "required": ["do", *names],
            "properties": {"do": {"enum": actions}} | {name: _given(properties[name]) for name in names},
        }
        for names, actions in alike.items()
    ]


def _given(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a field that may be left out must be where it may not."""
    (kind,) = (one for one in told["anyOf"] if one.get("type") != "null")
    is_free = kind["type"] == "string" and not kind.keys() & {"enum", "format"}
    return {**kind, "minLength": 1, "pattern": TOLD} if is_free else dict(kind)


def _operation(
    summary: str, answer: Mapping[str, Any], status: int, *, parameters: list[Any], body: str = ""
) -> dict[str, Any]:
    error = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    found: dict[str, Any] = {
        "summary": summary,
        "parameters": parameters,
        "responses": {str(status): {"description": "好", "content": {"application/json": {"schema": answer}}}}
        | {code: {"description": why, **error} for code, why in _REFUSALS.items()},
    }  # fmt: skip
    if body:
        schema = {"$ref": f"#/components/schemas/{body}"}
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return found


def _moment(at: dt.datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%S}+08:00"
