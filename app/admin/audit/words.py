"""The newsroom's words for what the audit log notes."""

from collections.abc import Mapping

from app.messages.translator import N_

ACTIONS: Mapping[str, str] = {
    "login.opened": N_("Logged in"),
    "login.ended": N_("Ended a login"),
    "login.others_ended": N_("Ended all other logins"),
    "password.changed": N_("Changed the password"),
    "password.set": N_("Set a password on the server"),
    "second_factor.begun": N_("Began a second factor"),
    "second_factor.on": N_("Switched the second factor on"),
    "second_factor.off": N_("Switched the second factor off"),
    "second_factor.codes_renewed": N_("Made new recovery codes"),
    "person.made": N_("Made an admin"),
    "person.invited": N_("Invited a person"),
    "person.invited_again": N_("Made another invitation link"),
    "person.joined": N_("Took up an invitation"),
    "person.changed": N_("Changed a person"),
    "person.removed": N_("Removed a person"),
    "key.made": N_("Made a key"),
    "key.removed": N_("Removed a key"),
    "source.made": N_("Added a source"),
    "source.changed": N_("Changed a source"),
    "source.feed_changed": N_("Changed a source's feed"),
    "source.secret_renewed": N_("Made a new secret for a source"),
    "source.delivery_replayed": N_("Handled a delivery again"),
    "source.removed": N_("Removed a source"),
    "notification.made": N_("Added a notification"),
    "notification.changed": N_("Changed a notification"),
    "notification.secret_renewed": N_("Made a new secret for a notification"),
    "notification.removed": N_("Removed a notification"),
    "account.changed": N_("Changed an account"),
    "account.disconnected": N_("Disconnected an account"),
    "ads.budget_changed": N_("Changed a budget"),
    "ads.switched": N_("Switched something of the ads on or off"),
    "ads_guards.changed": N_("Changed the spending guards of an ad account"),
    "connection.accepted": N_("Connected another account"),
    "connection.discarded": N_("Discarded a connection"),
    "tiktok_app.changed": N_("Changed the TikTok app's credentials"),
    "captions.changed": N_("Changed the text templates"),
    "hashtags.changed": N_("Changed the hashtag rules"),
    "file.stored": N_("Stored a verification file"),
    "file.removed": N_("Removed a verification file"),
    "post.written": N_("Made posts by hand"),
    "post.approve": N_("Approved a post"),
    "post.reject": N_("Sent a post back"),
    "sign_off.made": N_("Made a link for sign-off"),
    "sign_off.used": N_("Used a link for sign-off"),
    "post.retry": N_("Sent a post again"),
    "post.revise": N_("Changed a post"),
    "post.cancel": N_("Cancelled a post"),
    "post.resolve": N_("Said what became of a post"),
    "post.check": N_("Looked for traces of a post"),
    "post.dismiss": N_("Dismissed a warning of a post"),
}
"""What is not here is shown by its slug: another part of the service may note more."""

FAMILIES: tuple[tuple[str, str], ...] = (
    ("", N_("Everything")),
    ("post", N_("Posts")),
    ("account", N_("Accounts")),
    ("ads", N_("Ads")),
    ("source", N_("Sources")),
    ("notification", N_("Notifications")),
    ("person", N_("Team")),
    ("login", N_("Logins")),
    ("second_factor", N_("Second factor")),
    ("key", N_("Keys")),
)

KINDS: Mapping[str, str] = {
    "person": N_("a person"),
    "key": N_("a program's key"),
    "guest": N_("somebody with a link"),
    "service": N_("this service"),
}
