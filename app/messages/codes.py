"""Codes that rows and TikTok hold, in the words of a newsroom: nobody reads a code on a page."""

from app.messages.translator import N_

PRIVACY_LEVELS: dict[str, str] = {
    "PUBLIC_TO_EVERYONE": N_("Everyone"),
    "MUTUAL_FOLLOW_FRIENDS": N_("Friends (mutual followers)"),
    "FOLLOWER_OF_CREATOR": N_("Followers"),
    "SELF_ONLY": N_("Only me"),
}

MODES: dict[str, tuple[str, str]] = {
    "direct": (N_("Publish at once"), N_("Articles go out by themselves, as soon as they are published.")),
    "approve": (N_("Ask first"), N_("Each post waits until an editor has approved it. TikTok's audit asks for this.")),
    "inbox": (
        N_("Draft in TikTok"),
        N_(
            "TikTok puts a draft into the creator's inbox, who finishes it in the app. None of the settings for"
            " audience, comments, music, AI label and advertising goes with it: they are chosen there."
        ),
    ),
}

SCOPES: dict[str, str] = {
    "user.info.basic": N_("Name and picture"),
    "user.info.profile": N_("Profile"),
    "user.info.username": N_("User name"),
    "user.account.type": N_("Kind of account"),
    "user.insights": N_("Figures of the account"),
    "video.insights": N_("Figures of posts"),
    "comment.list": N_("Reading comments"),
    "comment.list.manage": N_("Answering and hiding comments"),
    "biz.spark.auth": N_("Promoting posts"),
    "user.info.stats": N_("Numbers of followers and likes"),
    "video.list": N_("List of posts"),
    "video.publish": N_("Publishing"),
    "video.upload": N_("Drafts"),
}

LIMITS: dict[str, str] = {
    "title_limit": N_("Title"),
    "description_limit": N_("Description"),
    "caption_limit": N_("Caption of a video"),
}

STATES: dict[str, str] = {
    "scheduled": N_("Waiting"),
    "awaiting_approval": N_("Needs your approval"),
    "queued": N_("Preparing"),
    "publishing": N_("At TikTok"),
    "retryable": N_("Will be tried again"),
    "unconfirmed": N_("Unclear"),
    "sent_to_inbox": N_("In the creator's inbox"),
    "published": N_("Published"),
    "failed": N_("Failed"),
    "cancelled": N_("Cancelled"),
}

UNITS: dict[str, str] = {" fps": N_(" fps"), " s": N_(" s")}

STATUSES: dict[str, str] = {
    "PROCESSING_UPLOAD": N_("TikTok is taking in the bytes."),
    "PROCESSING_DOWNLOAD": N_("TikTok is fetching the media."),
    "SEND_TO_USER_INBOX": N_("The draft is in the creator's inbox."),
    "PUBLISH_COMPLETE": N_("The post is published."),
    "FAILED": N_("The post failed."),
}
"""What TikTok answers when it is asked about a post."""

FAILURES: dict[str, str] = {
    "connection_refused": N_("nobody answers at its address"),
    "connection_failed": N_("no connection came about"),
    "connection_timeout": N_("no connection came about"),
    "host_unknown": N_("its address is not found by its name"),
    "tls_error": N_("no secure connection came about"),
    "address_unusable": N_("its address in the settings is no web address"),
    "request_unusable": N_("the request could not be written"),
    "timeout": N_("the answer did not come in time"),
    "connection_lost": N_("the connection broke"),
    "answer_too_large": N_("what came back could not be read"),
    "answer_unreadable": N_("what came back could not be read"),
    "answer_malformed": N_("what came back could not be read"),
}
"""What can go wrong between us and TikTok: `app.kit.http.failures` names it."""

DISK_ERRORS: dict[str, str] = {
    "No space left on device": N_("the disk is full"),
    "Disk quota exceeded": N_("the disk is full"),
    "Read-only file system": N_("the disk may not be written"),
    "Permission denied": N_("this service may not write there"),
    "Input/output error": N_("the disk is faulty"),
    "No such file or directory": N_("the folder is gone"),
    "Too many open files": N_("too many files are open"),
}
"""What the operating system says, in its own English."""
