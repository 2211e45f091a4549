"""URL properties that a test lets an app own, without TikTok's portal."""

from dataclasses import asdict
from typing import Any, Literal

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, RawBody

from app.emulator.control.control import decode
from app.emulator.open_api import ownership
from app.emulator.world.records import UrlProperty
from app.emulator.world.world import World


class PropertyWish(msgspec.Struct, forbid_unknown_fields=True):
    kind: Literal["prefix", "domain"]
    value: str
    verified: bool = False


@get("/properties")
async def list_properties(world: NamedDependency[World]) -> dict[str, Any]:
    return {"items": [_show_property(owned) for owned in world.properties.values()]}


@post("/properties", status_code=200)
async def add_property(body: RawBody, world: NamedDependency[World]) -> dict[str, Any]:
    data = decode(body, PropertyWish)
    if (problem := ownership.check_property(data.kind, data.value)) is not None:
        raise ClientException(f"value: {problem}")
    same = (owned for owned in world.properties.values() if (owned.kind, owned.value) == (data.kind, data.value))
    owned = next(same, None)
    if owned is None:
        key, number = world.settings.client_key, max(map(int, world.properties), default=0) + 1
        owned = ownership.describe_property(key, data.kind, data.value, number=number)
        world.properties[owned.id] = owned
    owned.verified = owned.verified or data.verified
    return _show_property(owned)


@post("/properties/{property_id:str}/verify", status_code=200)
async def verify_property(property_id: FromPath[str], world: NamedDependency[World]) -> Response[dict[str, Any]]:
    owned = world.properties.get(property_id)
    if owned is None:
        raise NotFoundException("no such property")
    problem = await ownership.verify(world, owned)
    return Response({**_show_property(owned), "problem": problem}, status_code=200 if owned.verified else 422)


def _show_property(owned: UrlProperty) -> dict[str, Any]:
    shown = asdict(owned)
    del shown["token"]
    return {**shown, "file_name": owned.file_name, "file_content": owned.file_content}


@delete("/properties/{property_id:str}", status_code=204)
async def remove_property(property_id: FromPath[str], world: NamedDependency[World]) -> None:
    """Let the app own it no longer, as when a DNS record or a file is taken away."""
    if world.properties.pop(property_id, None) is None:
        raise NotFoundException("no such property")


handlers = [list_properties, add_property, verify_property, remove_property]
