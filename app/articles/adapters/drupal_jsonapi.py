"""Drupal's JSON:API: a node with what it refers to, in the form in which its webhook has a node.

https://www.drupal.org/docs/core-modules-and-themes/core-modules/jsonapi-module (seen in November 2026).
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

_INCLUDED = {"taxonomy_term": "", "file": "", "media": ".thumbnail"}
"""What is asked for along with a node, by what a field refers to. A picture's thumbnail is the picture itself."""
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MOST_FIELDS = 30
_NAMES = {"drupal_internal__nid": "nid", "drupal_internal__uid": "uid"}


def references_in(entity: Mapping[str, Any]) -> list[str]:
    """Name the fields whose references mean nothing without what they refer to; files that come with them are asked for
    only beside others.
    """
    kinds: dict[str, str] = {}
    for name, values in entity.items():
        items = values if isinstance(values, list) else []
        kind = next((str(item.get("target_type")) for item in items if isinstance(item, dict)), "")
        if kind in _INCLUDED and _FIELD.fullmatch(name) and len(kinds) < _MOST_FIELDS:
            kinds[name] = kind
    if not {"taxonomy_term", "media"} & set(kinds.values()):
        return []
    further = [f"{name}{_INCLUDED[kind]}" for name, kind in kinds.items() if _INCLUDED[kind]]
    return [*kinds, *further]


def node_of(document: Mapping[str, Any], site: str) -> dict[str, Any] | None:
    """Give the node of a JSON:API document with its fields as lists of values; None where there is none."""
    data = document.get("data")
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(attributes, dict):
        return None
    beside = _by_id(document.get("included"))
    node: dict[str, Any] = {_NAMES.get(name, str(name)): _wrapped(value) for name, value in attributes.items()}
    relations = data.get("relationships")
    for name, relation in relations.items() if isinstance(relations, dict) else ():
        found = [read for one in _linked(relation) if (read := _read(one, beside, site)) is not None]
        if found:
            node[name] = found
    return {**node, "uuid": [{"value": data.get("id")}]}


def _wrapped(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    return [one if isinstance(one, dict) else {"value": one} for one in values if one is not None]


def _linked(relation: Any) -> list[dict[str, Any]]:
    data = relation.get("data") if isinstance(relation, dict) else None
    return [one for one in (data if isinstance(data, list) else [data]) if isinstance(one, dict)]


def _read(link: Mapping[str, Any], beside: Mapping[tuple[str, str], Mapping[str, Any]], site: str) -> Any:
    """Give the name of a term, or the address of a file; media are asked for theirs."""
    target = beside.get(_key(link))
    attributes = target.get("attributes") if target is not None else None
    if target is None or not isinstance(attributes, dict):
        return None
    meta = link.get("meta")
    alt = str(meta.get("alt") or "") if isinstance(meta, dict) else ""
    uri = attributes.get("uri")
    if isinstance(uri, dict) and isinstance(uri.get("url"), str):
        return {"url": urljoin(f"{site.rstrip('/')}/", uri["url"]), "alt": alt, "mime": attributes.get("filemime")}
    if str(link.get("type")).startswith("media--"):
        relations = target.get("relationships")
        thumbnail = relations.get("thumbnail") if isinstance(relations, dict) else None
        is_picture = str(link.get("type")).endswith("image")
        return next((_read(one, beside, site) for one in _linked(thumbnail) if is_picture), None)
    name = attributes.get("name")
    return {"name": name} if isinstance(name, str) else None


def _by_id(included: Any) -> dict[tuple[str, str], Mapping[str, Any]]:
    items = included if isinstance(included, list) else []
    return {_key(one): one for one in items if isinstance(one, dict)}


def _key(one: Mapping[str, Any]) -> tuple[str, str]:
    return str(one.get("type")), str(one.get("id"))
