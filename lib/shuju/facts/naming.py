"""The Chinese names of labels: by code list, by the catalog's sources, by the table of sites."""

from __future__ import annotations

from collections.abc import Mapping

from shuju.facts.schema import Bins, Codes, Dimension
from shuju.library import Library
from shuju.library.versioned import versioned
from shuju.standard import code_list, code_lists, region


def label_name(names: str, label: str | None) -> str:
    """Return the Chinese name of a code of the list ``names``; what is no code names itself."""
    if label is None or label != label:  # noqa: PLR0124 - a missing value of pandas
        return "—"
    if names in ("regions", "libraries"):
        try:
            return region_name(label)
        except KeyError:
            return label
    if names in code_lists():
        return code_list(names).names.get(label, label)
    return label


def region_name(code: str) -> str:
    """Return the name of a region as pages have room for it: of an autonomous prefecture without its peoples."""
    found = region(code)
    return f"{found.short_name}州" if found.name.endswith("自治州") else found.name


def place_name(code: str | None) -> str:
    """Return a region with its prefecture, put short: 甲·乙区."""
    if code is None or code != code:  # noqa: PLR0124
        return "地区不明"
    try:
        found = region(code)
    except KeyError:
        return "地区不明"
    if found.level != "county":
        return label_name("regions", code)
    return f"{region(str(found.parent_code)).short_name}·{found.name}"


def names_of(dimension: Dimension, labels: tuple[str, ...], library: Library | None) -> dict[str, str]:
    """Return the Chinese name of each label of a dimension, that of unknown too."""
    if isinstance(dimension, Bins):
        return {
            label: label if label == dimension.null else _bin_name(label, dimension.unit) for label in labels
        }
    if not isinstance(dimension, Codes) or not dimension.names:
        return {label: label for label in labels}
    if dimension.names == "sources" and library is not None:
        sources = library.catalog.sources
        return {label: sources[label].title if label in sources else label for label in labels}
    if dimension.names == "sites" and library is not None:
        known = site_names(library)
        return {label: known.get(label, label) for label in labels}
    return {label: label_name(dimension.names, label) for label in labels}


def _bin_name(label: str, unit: str) -> str:
    """Return a label of ``Bins`` as people say it: ``不到 1 天``, ``1 至 3 天``, ``90 天以上``."""
    if label.endswith("以下"):
        return f"不到 {label.removesuffix('以下')} {unit}".rstrip()
    if label.endswith("及以上"):
        return f"{label.removesuffix('及以上')} {unit}".rstrip() + "及以上"
    return f"{label.replace('至', ' 至 ')} {unit}".rstrip()


@versioned("sites")
def site_names(library: Library) -> Mapping[str, str]:
    """Return the name of each site by its id."""
    sites = library.sites_frame()
    return dict(zip(sites["site_id"], sites["name"], strict=True))
