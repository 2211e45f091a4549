"""The client of TikTok's Open API: all calls in one class."""

from app.tiktok.display import DisplayCalls
from app.tiktok.oauth import OAuthCalls
from app.tiktok.posting import PostingCalls
from app.tiktok.upload import UploadCalls


class TikTokClient(OAuthCalls, PostingCalls, UploadCalls, DisplayCalls):
    """Calls TikTok with strings and returns types. It knows no database and no settings; tokens are arguments."""
