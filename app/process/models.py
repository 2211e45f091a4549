"""What all processes together have counted."""

from sqlmodel import Field, SQLModel


class MetricCount(SQLModel, table=True):
    """One series: every process adds to it what it counted since it last did, so that no restart loses the sum.

    `labels` are the values as a JSON list; a histogram's bucket, here not cumulative, ends with its upper bound.
    """

    __tablename__ = "metric_counts"

    name: str = Field(primary_key=True, max_length=80)
    labels: str = Field(primary_key=True, max_length=400)
    value: float = Field(default=0.0)
