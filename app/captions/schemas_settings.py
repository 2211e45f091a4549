"""What the API of caption templates takes and gives."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from app.kit.languages import Language


class CaptionTemplateRead(BaseModel):
    """A caption template; `is_default` where the shipped one serves."""

    kind: str
    language: str
    source: str
    is_default: bool


class CaptionTemplateWrite(BaseModel):
    """A template to store; an empty source brings the shipped one back. `default` serves every other language."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["photo_title", "photo_description", "video_caption"]
    language: Literal["default"] | Language = "default"
    # PostgreSQL stores no NUL.
    source: Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")]
    # Taken so that what was read can be changed and sent back whole; the source alone says what is the shipped one.
    is_default: SkipJsonSchema[bool] = False


class CaptionSettings(BaseModel):
    """All caption templates."""

    templates: list[CaptionTemplateRead]


class CaptionSettingsUpdate(BaseModel):
    """The templates to change; those not named stay."""

    model_config = ConfigDict(extra="forbid")

    templates: Annotated[list[CaptionTemplateWrite], Field(max_length=100)]
