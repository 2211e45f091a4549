"""Sentences that other parts of the program have stored or raised in English, said in the reader's language.

Whatever is not listed here is shown as it was written: a missing line costs a translation, never a page.
"""

import re

from app.admin.i18n import N_, Translator
from app.errors import AppError
from app.tiktok.catalogue import ERROR_CODES, FAIL_REASONS, OAUTH_ERRORS

TIMELINE = (
    N_("The article arrived."),
    N_("Its time has come."),
    N_("What the post waited for is done."),
    N_("The article changed. The text edited by hand was kept."),
    N_("The article changed: the post is prepared anew."),
    N_("The article changed: the post will carry the new text."),
    N_("The article was published again."),
    N_("TikTok accepted the post and is fetching its media."),
    N_("TikTok says that the post is published."),
    N_("TikTok named the public post."),
    N_("TikTok stopped the post, as it was asked to."),
    N_("TikTok delivered the draft to the creator's inbox. The creator finishes it in TikTok's app."),
    N_(
        "TikTok's answer was lost, so it is not known whether the post was accepted. It is not sent again by itself:"
        " look at the account on TikTok, then say whether it is there, or send it again."
    ),
    N_("The article was unpublished, but TikTok already has the post: delete it in TikTok's app if it must go."),
    N_("TikTok did not say what the creator may post now. It is asked again."),
    N_("TikTok asked this account to wait."),
    N_("The account's posts wait for a person's approval."),
    N_("TikTok no longer accepts the account's login. Reconnect the account."),
    N_("Nobody has chosen yet who may see this account's posts. Choose it in the account's settings."),
)

REFUSALS = (
    N_("A post needs a title or a description."),
    N_("Choose who may see the post: nobody has chosen it for this account yet."),
    N_("Branded content visibility cannot be set to private."),
    N_("Branded content visibility cannot be set to private: choose another audience."),
    N_("E-mail address or password is wrong"),
    N_("Too many wrong logins. Wait a little, then try again."),
    N_("Client key and secret of the TikTok app are missing. Enter them on the settings page"),
    N_("Give the client secret that belongs to this client key."),
    N_("The redirect address is no address."),
    N_(
        "The redirect address must be https, or http on this machine, shorter than 512 characters, without query and"
        " fragment, and registered at TikTok to the letter."
    ),
    N_("The account is disconnected. Connect it first"),
    N_("TikTok no longer accepts this account's permission. Connect the account again"),
    N_("The account's token could not be renewed just now. It is tried again"),
    N_("TikTok tells this only with the permission video.publish, which was not granted."),
    N_("This connection was decided already, or nobody decided in time. Connect the account again"),
    N_("This account is being connected elsewhere just now. Look again in a moment."),
    N_("A verification file is called tiktok….txt, with letters, digits, - and _ only: use TikTok's own file name."),
    N_("The content must be 1 to 1024 bytes of text, as TikTok gave it."),
    N_("name: must have 1 to 200 characters"),
    N_("options.language: Value error, must look like kk, ru or en-GB"),
    N_("options.opt_in_tag: Value error, must name a tag"),
)

_BY_CODE = {
    "state_forbids": N_("The post has just moved on. Look at it again."),
    "tiktok_unavailable": N_("TikTok does not answer. Try again in a moment."),
}

_PATTERNS = (
    N_("Approved by %(who)s, with edits."),
    N_("Approved by %(who)s."),
    N_("Sent again by %(who)s."),
    N_("Retried by %(who)s."),
    N_("Cancelled by %(who)s."),
    N_("%(who)s asked TikTok to stop the post."),
    N_("%(who)s says that the post is on TikTok."),
    N_("%(who)s says that the post is not on TikTok."),
    N_("The article is published at %(time)s; the post waits until then."),
    N_("The account has used up its %(cap)s posts in 24 hours; the post takes the next free slot."),
    N_(
        "The account has used up its %(cap)s drafts that wait in the creator's inbox; the post takes the next free"
        " slot."
    ),
    N_("TikTok takes %(count)s posts a minute from one account."),
    N_("TikTok did not stop the post. %(cause)s"),
    N_("TikTok does not offer %(level)s for this account. It offers: %(offered)s."),
    N_(
        "The mode %(mode)s needs the permission %(scope)s, which the creator has not granted. Connect the account again"
        " with it ticked."
    ),
    N_("The title has %(count)s characters as TikTok counts; %(limit)s are allowed."),
    N_("The description has %(count)s characters as TikTok counts; %(limit)s are allowed."),
    N_("TikTok no longer offers %(chosen)s to this creator, only %(offered)s. Choose again in the account's settings."),
)
"""The more particular ones first."""

_ADVICE = {
    f"{advice.cause} {advice.cure}": (advice.cause, advice.cure)
    for table in (ERROR_CODES, FAIL_REASONS, OAUTH_ERRORS)
    for advice in table.values()
}


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(pattern)), re.DOTALL)


_COMPILED = tuple((pattern, _compile(pattern)) for pattern in _PATTERNS)


def say(i18n: Translator, sentence: str | None) -> str:
    """Translate a sentence as far as it is known; the rest stays as it was written."""
    if not sentence:
        return ""
    translated = i18n.gettext(sentence)
    if translated != sentence:
        return translated
    for pattern, compiled in _COMPILED:
        if found := compiled.fullmatch(sentence):
            return i18n.gettext(pattern) % {name: say(i18n, value) for name, value in found.groupdict().items()}
    for known, parts in _ADVICE.items():
        if sentence.startswith(known):
            return " ".join(i18n.gettext(part) for part in parts) + sentence.removeprefix(known)
    return sentence


def explain(i18n: Translator, error: AppError) -> str:
    """Say what an error means for the person before the screen."""
    known = _BY_CODE.get(error.code)
    return i18n.gettext(known) if known else say(i18n, error.message)
