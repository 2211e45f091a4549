"""What was changed by whom: evidence that the change log gives out."""

from typing import Any

from app.emulator.business_api.call import Call
from app.emulator.business_api.store import Doc


def note_change(call: Call, doc: Doc, what: str, action: str, changes: dict[str, tuple[Any, Any]]) -> None:
    """Keep that an object was made, changed or deleted; `changes` is before and after by field."""
    number = f"{call.book.next_number('changes'):012d}"
    change = {
        "at": call.now,
        "object_type": what,
        "object_id": doc[f"{what.lower()}_id"],
        "object_name": doc.get(f"{what.lower()}_name", ""),
        "operator": call.user.get("display_name", ""),
        "app_id": call.book.settings.app_id,
        "action": action,
        "changes": [{"name": name, "before": before, "after": after} for name, (before, after) in changes.items()],
    }
    call.book.store.put("change", number, change, parent=doc["advertiser_id"])
