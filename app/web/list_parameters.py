"""Parameters of lists: how many rows a page has and where it begins; and ids of rows, which have the form of ours."""

from typing import Annotated

from litestar.params import QueryParameter

from app.kit.ids import ROW_ID
from app.kit.paging import MAX_LIMIT

CURSOR_MEANS = "Where the page begins: `next_cursor` of the page before."
LIMIT_MEANS = "How many rows a page has at the most."

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description=LIMIT_MEANS)]

Cursor = Annotated[str | None, QueryParameter(pattern=f"^{ROW_ID}$", description=CURSOR_MEANS)]

RowId = Annotated[str | None, QueryParameter(pattern=f"^{ROW_ID}$")]

RowIdOnPage = Annotated[str, QueryParameter(pattern=f"^({ROW_ID})?$")]
"""The same in the address of a page, where empty means that there is none."""
