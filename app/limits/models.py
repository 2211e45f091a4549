"""How much is left of what TikTok allows."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class CallBudget(SQLModel, table=True):
    """How much of one of TikTok's rate limits is left, for all workers together and across restarts.

    `key` names the limit and whose it is: "status_fetch:<account id>". `free_at` is the moment at which the budget will
    be full again if nobody calls meanwhile. After a refusal in spite of our count nobody calls before `closed_until`,
    and from then on calls are `gap_seconds` further apart, half of it after each hour.
    """

    __tablename__ = "call_budgets"

    key: str = Field(primary_key=True, max_length=96)
    free_at: datetime
    closed_until: datetime | None = Field(default=None)
    gap_seconds: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})


class CallCount(SQLModel, table=True):
    """How many calls of the Business API left in an hour (UTC), and who made them."""

    __tablename__ = "call_counts"

    hour: datetime = Field(primary_key=True)
    endpoint: str = Field(primary_key=True, max_length=96)
    caller: str = Field(primary_key=True, max_length=32)
    count: int = Field(default=0)
