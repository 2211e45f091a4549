"""The newsroom's words for comments: their states, what was done about them, first steps, and what helps."""

from collections.abc import Mapping, Sequence

from app.comments.actions import Action
from app.comments.models import CommentSource, CommentState
from app.messages.translator import N_

STATES: Mapping[CommentState, tuple[str, str]] = {
    CommentState.unread: (N_("Unread"), "busy"),
    CommentState.open: (N_("In work"), "warn"),
    CommentState.done: (N_("Done"), "good"),
}
HIDDEN = (N_("Hidden"), "calm")
HIDDEN_BY_WORD = (N_("Hidden by a blocked word"), "calm")
GONE = (N_("No longer there"), "calm")
EDITED = (N_("Edited"), "odd")

TABS: Sequence[tuple[str, str]] = (
    ("", N_("To be done")),
    ("unread", N_("Unread")),
    ("open", N_("In work")),
    ("done", N_("Done")),
    ("all", N_("All")),
)
STATUSES: Sequence[tuple[str, str]] = (
    ("PUBLIC", N_("Visible to everybody")),
    ("HIDDEN", N_("Hidden")),
    ("DELETED", N_("No longer there")),
)
DONE: Mapping[Action, str] = {
    Action.hide: N_("Hidden"),
    Action.show: N_("Visible again"),
    Action.delete: N_("Deleted"),
    Action.done: N_("Done"),
    Action.open: N_("In work"),
    Action.unread: N_("Unread"),
    Action.assign: N_("Handed over"),
    Action.pin: N_("Pinned"),
    Action.unpin: N_("No longer pinned"),
    Action.like: N_("Liked"),
    Action.unlike: N_("No longer liked"),
}
SOURCES: Sequence[tuple[str, str]] = (
    (CommentSource.ad.value, N_("Under ads")),
    (CommentSource.organic.value, N_("Under posts of your own")),
)
PINNED = (N_("Pinned"), "good")
LIKED = (N_("Liked by us"), "good")
OURS = (N_("Ours"), "good")
LANGUAGES: Mapping[str, str] = {"kk": N_("in Kazakh"), "ru": N_("in Russian"), "en": N_("in English")}

NONE_CHOSEN = N_("Choose comments first: tick them in the list.")
NOT_KNOWN = N_(
    "TikTok's answer was lost: we do not know yet whether this was said. The thread is looked through until it is"
    " known, and nothing is said twice."
)
NOT_KNOWN_UNDER_POST = N_(
    "TikTok's answer was lost: we do not know yet whether this was said. Newsreel looks under the post until it is"
    " known, and nothing is said twice."
)
ANSWERED = N_("TikTok has the answer.")
WAS_THERE = N_("The same words had been said before, and were not said again.")

STEPS: Mapping[str, str] = {
    "open": N_("Navigate to /social/ in your application"),
    "connect": N_("Click “Connect TikTok”"),
    "authorize": N_("Authorize with TikTok Business account"),
    "advertiser": N_("Select your advertiser account"),
    "ads": N_("Verify ads are fetched"),
    "comments": N_("Check if comments on ads are loaded"),
    "reply": N_("Test replying to an ad comment"),
}

OWN_STEPS: Mapping[str, str] = {
    "open": N_("Navigate to /social/ in your application"),
    "business": N_("Connect a TikTok business account"),
    "own_comments": N_("Check if comments under your posts are loaded"),
    "own_reply": N_("Test replying to one of them"),
}
"""The same where no advertiser is connected, and readers comment on posts of a business account."""

TROUBLES: Sequence[tuple[str, str, Sequence[str]]] = (
    (
        "Invalid Redirect URI",
        N_("The redirect address is not the one on the app's page at TikTok."),
        (
            N_("Compare it letter by letter with the app's settings at TikTok, also the slash at its end."),
            N_("It must begin with https; for a try on your own machine a tunnel such as ngrok gives such an address."),
            N_("Wait a few minutes: TikTok takes its time with a change."),
        ),
    ),
    (
        "Permission Denied for Ad Account",
        N_("Whoever consented has no access to this ad account."),
        (
            N_("In TikTok Business Center give that person the role Admin, Operator or Analyst at the ad account."),
            N_("Connect again, and tick the right ad account on TikTok's page."),
        ),
    ),
    (
        "Scope Not Authorized",
        N_("TikTok has not approved the app for reading ads or for comments."),
        (
            N_("Ask for “Ads Management” and “Comments Management” on the app's page, and say exactly what for."),
            N_("TikTok takes several days. Then connect again: an old consent does not grow."),
        ),
    ),
    (
        "No Ads Found",
        N_("The ad account has no ads, or nobody has commented on them."),
        (
            N_("Look in TikTok Ads Manager whether there are ads, and whether they run."),
            N_("Look whether the right ad account is connected and chosen."),
        ),
    ),
    (
        "API Rate Limit Exceeded",
        N_("Too many questions were put to TikTok in a short time."),
        (N_("Nothing is to be done: Newsreel waits as long as TikTok asks, and goes on by itself."),),
    ),
    (
        "Cannot Reply to Comment",
        N_("The role is Analyst, the comment is gone, or the ad has ended."),
        (
            N_("Ask an Admin of the ad account for the role of Operator."),
            N_("What hinders it stands beside each comment, in the place of the form."),
        ),
    ),
)
"""The document's troubleshooting: its words for it, the cause, and what helps."""
