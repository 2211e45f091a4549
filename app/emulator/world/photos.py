"""The pulled photos, kept for the dashboard within a bound."""

from collections import OrderedDict

from app.emulator.world.records import Photo


class PhotoShelf:
    """Photos by post; the oldest posts' photos go first when the bound is reached."""

    def __init__(self) -> None:
        self._by_post: OrderedDict[str, list[Photo]] = OrderedDict()
        self._bytes = 0

    def put(self, publish_id: str, photos: list[Photo], *, bound: int) -> None:
        self._by_post[publish_id] = photos
        self._bytes += _weight(photos)
        while self._bytes > bound and self._by_post:
            _, oldest = self._by_post.popitem(last=False)
            self._bytes -= _weight(oldest)

    def get(self, publish_id: str) -> list[Photo]:
        return self._by_post.get(publish_id, [])


def _weight(photos: list[Photo]) -> int:
    return sum(len(photo.content) for photo in photos)
