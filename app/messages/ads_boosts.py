"""Boosts: why a post can be boosted or not, why one failed or stopped, and what its steps are called."""

from datetime import datetime

from app.messages.kinds import Amount, Quote
from app.messages.message import Message, plain, sentence

NO_BOOST = plain("boost_not_found", "There is no such boost.")

# Before a click.
NOT_PUBLISHED = plain("boost_post_not_out", "The post is not out: TikTok has not said that it is published.")
PUBLISHED = plain("boost_post_out", "The post is out.")
NO_POST_ID = plain("boost_no_post_id", "TikTok has not told the id of the post yet. It comes within minutes as a rule.")
HAS_POST_ID = plain("boost_post_id", "TikTok has told the id of the post.")
NOT_PUBLIC = plain("boost_not_public", "Not everybody can see the post. Only a public one can be an ad.")
IS_PUBLIC = plain("boost_public", "Everybody can see the post.")
PUBLIC_AHEAD = plain(
    "boost_public_ahead",
    "Only a post that everybody can see can be an ad: that audience is chosen when it is sent off.",
)
NEEDS_CODE_AHEAD = plain(
    "boost_needs_code_ahead",
    "Once it is out, the owner of the TikTok account lends the post by a code from TikTok's app, unless the account is"
    " linked to the ad account.",
)
WITHDRAWN = plain("boost_withdrawn", "The newsroom has withdrawn the article.")
NOT_WITHDRAWN = plain("boost_not_withdrawn", "The article stands.")
POLITICAL = plain(
    "boost_political",
    "TikTok counts this account as a government's, a politician's or a party's: none of its posts can be an ad.",
)
PERHAPS_POLITICAL = plain(
    "boost_perhaps_political",
    "Whether TikTok counts this account as political shows only once the post is lent. Then the boost fails, and "
    "nothing is spent.",
)
NOT_POLITICAL = plain("boost_not_political", "TikTok does not count this account as political.")
NO_ACCOUNT = plain("boost_no_advertiser", "No ad account is chosen, or none is connected.")
NEEDS_CODE = plain(
    "boost_needs_code",
    "The owner of the TikTok account lends the post by a code: in TikTok's app, under the post's three dots, Ad "
    "settings, Generate code. Paste it below. Without one it is looked whether the account is linked to the ad "
    "account, or stands in its business center.",
)
LENDS_ITSELF = plain(
    "boost_lends_itself",
    "The account is connected here as a business account and lends the post itself: no Spark code.",
)


@sentence("%(name)s is linked to the ad account and lends the post by that: no Spark code.")
def boost_linked(name: Quote) -> None: ...


HAS_CODE = plain("boost_has_code", "The post is lent already.")
ALREADY = plain("boost_already", "This post is boosted in this ad account already. Stop that boost first.")
NOT_ALREADY = plain("boost_not_already", "The post is not boosted in this ad account.")
BALANCE_UNKNOWN = plain("boost_balance_unknown", "What is left in the ad account is not known here; TikTok knows.")
ACCOUNT_NOT_ACTIVE = plain("boost_account_not_active", "The ad account is not active at TikTok.")


@sentence("%(name)s is active, and your role there may make ads.")
def boost_account_good(name: Quote) -> None: ...


@sentence("There are %(balance)s %(currency)s in the ad account.")
def boost_balance_good(balance: Amount, currency: str) -> None: ...


@sentence("There are only %(balance)s %(currency)s in the ad account; a day takes at least %(least)s.")
def boost_balance_low(balance: Amount, currency: str, least: Amount) -> None: ...


@sentence("A guard allows %(most)s %(currency)s a day at most; TikTok wants %(least)s at least.")
def boost_guard_too_low(most: Amount, currency: str, least: Amount) -> None: ...


@sentence("A guard allows %(most)s %(currency)s a day; more has to be confirmed.")
def boost_guarded(most: Amount, currency: str) -> None: ...


NO_GUARD = plain("boost_no_guard", "No guard bounds the budget of a day. Set one, so that a slip of the hand is small.")


@sentence("The post cannot be boosted: %(why)s")
def boost_refused(why: Message) -> None: ...


# What was typed.
NO_COUNTRY = plain("boost_no_country", "Name where the ad shall be shown: the ad account's country is not known here.")
LINK_NEEDED = plain("boost_link_needed", "Visits of a page need the page's address.")
ODD_CODE = plain("boost_odd_code", "This is no Spark code: one line, up to 500 signs.")
CODE_NEEDED = plain(
    "boost_code_needed",
    "The Spark code is missing: the post's account is not linked to the ad account, and not connected here as a"
    " business account that may lend posts.",
)

# What became of it.
CODE_REFUSED = plain(
    "boost_code_refused", "TikTok does not accept the Spark code. Let the post's owner make another one."
)
CODE_OF_OTHER = plain("boost_code_of_other", "The Spark code lends another post than this one.")


@sentence("The post's account could not lend it: %(why)s")
def boost_lending_refused(why: Message) -> None: ...


OTHER_MODE = plain("boost_other_mode", "It was made in the other mode, emulated or real, and cannot go on here.")
TOO_LONG = plain("boost_too_long", "TikTok has not let it be made within a day.")
LOST = plain(
    "boost_made_and_lost",
    "TikTok says that a part of it is there already, and does not show it. Look at the ad account in TikTok Ads "
    "Manager; everything is switched off.",
)


@sentence("TikTok refused the step “%(step)s”: %(why)s")
def boost_step_refused(step: Message, why: Message) -> None: ...


# In an article's line of time.
STARTED = plain("boost_started", "The boost was started.")
STOPPED = plain("boost_stopped", "The boost was stopped.")


@sentence("A boost was made: %(budget)s %(currency)s a day, days: %(days)s.")
def boost_made(budget: Amount, currency: str, days: int) -> None: ...


@sentence("The boost has cost %(spent)s %(currency)s so far.")
def boost_spent(spent: Amount, currency: str) -> None: ...


STOPPED_BY_PERSON = plain("boost_stopped_by_person", "Somebody has stopped it.")


@sentence("Stopped by %(who)s.")
def boost_stopped_by(who: str) -> None: ...


STOPPED_WITHDRAWN = plain("boost_stopped_withdrawn", "The newsroom has withdrawn the article: the boost is stopped.")
STOPPED_GONE = plain("boost_stopped_gone", "The post is no longer out on TikTok: the boost is stopped.")
DAYS_OVER = plain("boost_days_over", "Its days are over.")


@sentence("It has spent %(spent)s %(currency)s; it was to stop at %(most)s.")
def boost_stopped_spend(spent: Amount, currency: str, most: Amount) -> None: ...


@sentence("It was to run for %(hours)s h, and they are over.")
def boost_stopped_hours(hours: int) -> None: ...


@sentence("Comments under it with words of the list: %(count)s; it was to stop at %(most)s.")
def boost_stopped_comments(count: int, most: int) -> None: ...


@sentence("The Spark code ends at %(time)s, before the boost does. Let the post's owner lend it for longer.")
def boost_code_ends(time: datetime) -> None: ...


@sentence("The Spark code was about to end, and was extended: the post is lent until %(time)s.")
def boost_code_extended(time: datetime) -> None: ...


# Steps.
STEP_AUTHORIZE = plain("boost_step_authorize", "Take the post up")
STEP_CAMPAIGN = plain("boost_step_campaign", "Campaign")
STEP_ADGROUP = plain("boost_step_adgroup", "Ad group")
STEP_AD = plain("boost_step_ad", "Ad")
STEPS = {"authorize": STEP_AUTHORIZE, "campaign": STEP_CAMPAIGN, "adgroup": STEP_ADGROUP, "ad": STEP_AD}
"""Their names, as a person reads them."""

# The creative plugin.
PLUGIN_OFF = plain(
    "creative_plugin_off",
    "The creative plugin is switched off: it needs the key that TikTok gives its partners (TikTok__CreativePluginKey).",
)
PLUGIN_TOO_LONG = plain(
    "creative_plugin_too_long", "Together that is more than TikTok's page takes. Give fewer or shorter addresses."
)
PLUGIN_ID = plain("creative_plugin_id", "It holds letters, digits, dots, dashes and underscores alone.")
