"""What TikTok does once for one `request_id`."""

from app.emulator.business_api.call import Call
from app.emulator.business_api.errors import BusinessError, refuse


def use_request_id(call: Call, what: str, request_id: str | None) -> None:
    """Note that this is done, or refuse because it was done before. Raises BusinessError."""
    if request_id is None:
        return
    if not (request_id.isascii() and request_id.isdigit() and len(request_id) <= 19 and int(request_id) < 2**63):
        raise refuse("request_id", "it is a 64-bit integer as text")
    name = f"{what}:{request_id}"
    if call.book.store.get("request", name) is not None:
        raise BusinessError(40050, f"Duplicate request: request_id {request_id} was used before.")
    call.book.store.put("request", name, {"at": call.now})
