"""What the admin sees of the gateway's calls."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class InternalCallRead(BaseModel):
    """One call of the gateway's; `success` is null while it is under way, or where its process died."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    at: datetime
    caller: str
    operation: str
    payload: dict[str, Any]
    business_center_id: str | None
    correlation_id: str
    idempotency_key: str | None
    confirmed: str | None
    mode: str
    http_status: int | None
    success: bool | None
    outcome: str | None
    error_code: str | None
    message: str | None
    tiktok_code: int | None
    request_id: str | None
    replayed: bool
    duration_ms: int | None


class InternalCallList(BaseModel):
    items: list[InternalCallRead]
    next_cursor: str | None
