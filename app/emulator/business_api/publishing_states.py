"""Posts of TikTok accounts, once they are there."""

from typing import Any

from app.emulator.business_api.book import Book
from app.emulator.business_api.store import Doc


def settle_share(book: Book, share: Doc) -> None:
    """Put a post that has come to its end among the account's posts."""
    if book.store.get("post", share["item_id"]) is None:
        save_post(
            book, share["open_id"], share["item_id"], share["username"], share["caption"],
            media_type=share["media_type"], private=share["private"], video_duration=share.get("duration", 0),
        )  # fmt: skip


def save_post(
    book: Book, open_id: str, item_id: str, username: str, caption: str, *, media_type: str = "VIDEO", **more: Any
) -> Doc:
    path = "photo" if media_type == "PHOTO" else "video"
    post = {
        "item_id": item_id,
        "open_id": open_id,
        "media_type": media_type,
        "caption": caption,
        "share_url": f"https://www.tiktok.com/@{username}/{path}/{item_id}",
        "at": book.now(),
        **more,
    }
    book.store.put("post", item_id, post, owner=open_id)
    return post
