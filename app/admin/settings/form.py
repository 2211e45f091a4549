"""The form for the credentials of the TikTok app."""

from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from app.accounts.schemas import TikTokAppUpdate
from app.admin.shell.forms import Short
from app.config import Settings
from app.errors import Invalid
from app.messages import access


class AppInput(BaseModel):
    """The credentials of the TikTok app; an empty secret keeps the stored one."""

    client_key: Short = ""
    client_secret: Annotated[str, Field(max_length=2000, repr=False)] = ""
    redirect_uri: Short = ""

    def to_update(self, settings: Settings) -> TikTokAppUpdate:
        """Give the credentials as the accounts understand them. Raises Invalid, without repeating a secret."""
        values = {
            "client_key": self.client_key,
            "client_secret": self.client_secret.strip() or None,
            "redirect_uri": "" if self.redirect_uri == settings.callback_uri else self.redirect_uri,
        }
        try:
            return TikTokAppUpdate.model_validate(values)
        except ValidationError:
            raise Invalid(access.ODD_CREDENTIALS) from None
