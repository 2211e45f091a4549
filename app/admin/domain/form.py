"""The form for a verification file."""

from litestar.datastructures import UploadFile
from pydantic import BaseModel, ConfigDict

from app.admin.shell.forms import Short, Text
from app.errors import Invalid
from app.messages import refusals

_LONGEST_FILE = 64 * 1024


class FileInput(BaseModel):
    """A verification file, chosen or typed in. A browser sends an empty file where none was chosen."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    file: UploadFile | None = None
    filename: Short = ""
    content: Text = ""

    async def read(self) -> tuple[str, str]:
        """Give name and content, as chosen or as typed. Raises Invalid for a file that is no text."""
        if self.file is None or not self.file.filename:
            return self.filename.strip(), self.content.strip()
        raw = await self.file.read(_LONGEST_FILE)
        try:
            # Byte for byte, as TikTok gave it: it compares.
            return self.file.filename, raw.decode()
        except UnicodeDecodeError:
            raise Invalid(refusals.NO_TEXT_FILE) from None
