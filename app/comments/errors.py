"""What stands between a person and a comment.

NotFound: CommentNotFound, CannedReplyNotFound, OwnPostNotFound. Conflict: CannotAnswer, NotOwn, NotUnderAds,
OnlyFirstPinned, ReplyInProgress, ReplyOvertaken, ReplyOutcomeUnknown.
That a role forbids it is app.ads.connections.errors.RoleForbids.
"""

from app.comments.allowed import WhyNot
from app.errors import Conflict, NotFound
from app.messages import comments as said


class CommentNotFound(NotFound):
    code = "comment_not_found"
    title = said.NO_COMMENT


class CannedReplyNotFound(NotFound):
    code = "canned_reply_not_found"
    title = said.NO_CANNED


class OwnPostNotFound(NotFound):
    code = "own_post_not_found"
    title = said.NO_OWN_POST


class CannotAnswer(Conflict):
    """Nothing was sent; `code` is the reason's name."""

    def __init__(self, why: WhyNot) -> None:
        super().__init__(why.message, code=why.value)


class NotOwn(Conflict):
    code = "not_own"
    title = said.NOT_OWN


class NotUnderAds(Conflict):
    """Only a business account may do this, under posts of its own."""

    code = "not_under_ads"
    title = said.NOT_UNDER_ADS


class OnlyFirstPinned(Conflict):
    code = "only_first_pinned"
    title = said.ONLY_FIRST_PINNED


class ReplyInProgress(Conflict):
    """The same answer is under way: asked again a little later, this gives what became of it."""

    code = "in_progress"
    title = said.IN_PROGRESS


class ReplyOvertaken(Conflict):
    code = "overtaken"
    title = said.OVERTAKEN


class ReplyOutcomeUnknown(Conflict):
    """It was sent, and nobody knows whether TikTok has it."""

    code = "outcome_unknown"
    title = said.OUTCOME_UNKNOWN
