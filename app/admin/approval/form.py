"""What the approval screen's buttons send, beside the form of the consent itself."""

import re
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from app.admin.shell.forms import ApprovalInput
from app.errors import Invalid
from app.messages import post_refusals, refusals
from app.posts.schemas_decisions import PostRevise
from app.posts.schemas_sign_off import SignOffCreate

_MOVE = re.compile(r"([0-9]{1,2}):(earlier|later|out)")


class SaveInput(ApprovalInput):
    """The whole screen, when text is kept or a picture is moved. `move` is like `2:earlier`, `2:later` or `2:out`."""

    move: Annotated[str, Field(max_length=20)] = ""
    media_count: Annotated[int, Field(ge=0, le=100)] = 0

    def to_change(self) -> PostRevise:
        """Give the change as the posts understand it. Raises Invalid."""
        try:
            return PostRevise(
                title=self.one_title,
                description=None if self.is_video else self.description,
                pictures=self.moved() or None,
                content_hash=self.seen_hash,
            )
        except ValidationError:
            raise Invalid(refusals.ODD_FORM) from None

    def moved(self) -> list[int]:
        """Give the order of the pictures with what the pressed button does to it. Raises Invalid."""
        found = _MOVE.fullmatch(self.move)
        if found is None:
            return self.order
        number, order = int(found[1]), list(self.order or range(1, self.media_count + 1))
        if number not in order:
            raise Invalid(refusals.ODD_FORM)
        at = order.index(number)
        if found[2] == "out":
            order.remove(number)
            if not order:
                raise Invalid(post_refusals.LEAVE_A_PICTURE)
        else:
            to = max(0, at - 1) if found[2] == "earlier" else min(len(order) - 1, at + 1)
            order.insert(to, order.pop(at))
        return order


class LinkInput(BaseModel):
    """Whom a one-time link is for."""

    name: Annotated[str, Field(max_length=1000)] = ""

    def to_create(self) -> SignOffCreate:
        """Give the name as the posts understand it. Raises Invalid where there is none."""
        try:
            return SignOffCreate(name=self.name)
        except ValidationError:
            raise Invalid(post_refusals.SAY_WHOM) from None
