"""Fields that a deputy is in charge of (分管领域), as topics of the standard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One field: what it is called, and its topics."""

    title: str
    topics: tuple[str, ...]


FIELDS: Mapping[str, Field] = {
    "construction": Field("城乡建设与交通", ("城乡建设", "交通运输", "国土资源")),
    "environment": Field("生态环境", ("环境保护",)),
    "agriculture": Field("农业农村", ("农村农业",)),
    "livelihood": Field("人社、民政与卫生健康", ("劳动和社会保障", "民政", "卫生计生")),
    "education": Field("教育文体", ("教育文体",)),
    "economy": Field("经济、商贸与科技", ("经济管理", "商贸旅游", "科技与信息产业")),
    "justice": Field("政法与党务政务", ("政法", "党务政务", "纪检监察")),
}


def topics_of(field: str) -> tuple[str, ...]:
    """Return the topics of a field, none for one that there is not: then all are meant."""
    return FIELDS[field].topics if field in FIELDS else ()
