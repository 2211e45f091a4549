"""Which backups were restored."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.kit.ids import new_id


class Restoration(SQLModel, table=True):
    """A backup that was restored: what TikTok got between these two moments is not known here."""

    __tablename__ = "restorations"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=36)
    backup_at: datetime
    restored_at: datetime
