"""What may go wrong on the way to a page of TikTok's and back, whatever is connected there."""

from collections.abc import Mapping

from app.messages.translator import N_

Reasons = Mapping[str, tuple[str, str]]
"""Cause and cure by the reason that a callback names."""


def reasons_of_hop(again: str) -> Reasons:
    """Give the reasons that all such ways share; `again` is how one begins anew."""
    return {
        "missing_code": (N_("TikTok came back without a code."), again),
        "state_missing": (N_("The answer does not belong to any request from here."), again),
        "state_unknown": (N_("The answer does not belong to any request from here."), again),
        "state_foreign": (
            N_("The answer came to another browser than the one that asked."),
            N_("Begin and finish in the same browser. If you did not begin this, somebody else may have: do nothing."),
        ),
        "state_used": (N_("This answer has been used already."), again),
        "state_expired": (N_("More than ten minutes went by between the request and TikTok's answer."), again),
        "tiktok_unavailable": (N_("TikTok does not answer."), N_("Wait a few minutes, then connect again.")),
    }
