"""Ids of rows in a query, above all as cursors of lists: what was never given out is refused."""

from typing import Annotated

from litestar.params import QueryParameter

from app.kit.ids import ROW_ID

RowId = Annotated[str | None, QueryParameter(pattern=f"^{ROW_ID}$")]

RowIdOnPage = Annotated[str, QueryParameter(pattern=f"^({ROW_ID})?$")]
"""The same in the address of a page, where empty means that there is none."""
