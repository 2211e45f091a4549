"""Why media that was pulled or uploaded ends its post."""


class PullError(Exception):
    """One bad file fails the whole post. TikTok tells only the reason; the detail is for the emulator's own pages."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
