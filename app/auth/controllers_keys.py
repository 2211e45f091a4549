"""The API of programs' keys, and of the audit log."""

from datetime import datetime
from typing import Annotated

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.queries import AuditFilter, list_entries
from app.auth import api_keys
from app.auth.access import ADMIN, NO_KEY
from app.auth.models import Admin
from app.auth.schemas import ApiKeyCreate, ApiKeyList, ApiKeyMade, ApiKeyRead, AuditEntryRead, AuditList
from app.kit.clock import in_utc
from app.kit.paging import DEFAULT_LIMIT
from app.web.list_parameters import Cursor, Limit

Word = Annotated[str, QueryParameter(max_length=320)]


class ApiKeyController(Controller):
    path = "/api/api-keys"
    tags = ("keys",)
    opt = ADMIN | NO_KEY

    @get("/", operation_id="list_api_keys")
    async def list_api_keys(
        self,
        session: NamedDependency[AsyncSession],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> ApiKeyList:
        """List the keys, newest first; of each only its beginning."""
        page = await api_keys.list_keys(session, limit=limit, cursor=cursor)
        return ApiKeyList(items=[ApiKeyRead.model_validate(row) for row in page.items], next_cursor=page.next_cursor)

    @post("/", operation_id="create_api_key", status_code=201)
    async def create_api_key(
        self, session: NamedDependency[AsyncSession], admin: NamedDependency[Admin], data: JSONBody[ApiKeyCreate]
    ) -> Response[ApiKeyMade]:
        """Make a key; the answer has it, this once. It is sent as `Authorization: Bearer nr_…`."""
        made = await api_keys.create_key(session, data, by=admin.email)
        known = ApiKeyRead.model_validate(made.row).model_dump()
        return Response(ApiKeyMade(**known, key=made.key), headers={"Cache-Control": "no-store"})

    @delete("/{key_id:str}", operation_id="delete_api_key", status_code=204)
    async def delete_api_key(self, session: NamedDependency[AsyncSession], key_id: FromPath[str]) -> None:
        """Take a key back: it opens nothing from now on."""
        await api_keys.delete_key(session, key_id)


class AuditController(Controller):
    path = "/api/audit"
    tags = ("audit",)
    opt = ADMIN | NO_KEY

    @get("/", operation_id="list_audit")
    async def list_audit(
        self,
        session: NamedDependency[AsyncSession],
        action: Word = "",
        actor: Word = "",
        object_id: Word = "",
        since: Annotated[datetime | None, QueryParameter(name="from")] = None,
        until: Annotated[datetime | None, QueryParameter(name="to")] = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> AuditList:
        """Tell who changed what, newest first: by a slug or its first word, by an actor's id or a part of the name."""
        wanted = AuditFilter(action, actor, object_id, in_utc(since), in_utc(until))
        page = await list_entries(session, wanted, limit=limit, cursor=cursor)
        items = [AuditEntryRead.model_validate(row) for row in page.items]
        return AuditList(items=items, next_cursor=page.next_cursor)
