"""Sentences that other parts of the program have stored or raised in English, said in the reader's language.

Whatever is not listed here is shown as it was written: a missing line costs a translation, never a page.
"""

import re

from markupsafe import Markup, escape

from app.admin.wording.i18n import N_, Translator
from app.admin.wording.media import PROBLEM_PATTERNS
from app.admin.wording.refusals import REFUSAL_PATTERNS
from app.admin.wording.values import fill
from app.errors import AppError
from app.kit.readable import readable_address
from app.tiktok.catalogue import ERROR_CODES, FAIL_REASONS, OAUTH_ERRORS, REMOVAL_REASONS, explain_error

TIMELINE = (
    N_("The article arrived."),
    N_("The article has no picture: a card with its headline is posted."),
    N_("Many pictures are being fetched at this moment: those of this post come next."),
    N_(
        "The work on this post was cut off: the program ended, or it took too long. Nothing was sent; it is tried"
        " again."
    ),
    N_("The article has no picture that TikTok would take. Give it one in the CMS, or cancel the post."),
    N_("The video is ready."),
    N_("Half of the video is converted."),
    N_("The video is uploaded to TikTok."),
    N_("The upload did not end in time, and TikTok says that it lacks bytes: nothing was posted. It is sent anew."),
    N_(
        "The video could not be uploaded to TikTok in several attempts; nothing was posted. Look at this machine's"
        " connection, then retry."
    ),
    N_("Its time has come."),
    N_("The account no longer asks for approval, as when the post was made."),
    N_("Older posts of the account go first; the post takes the next free slot."),
    N_("TikTok said that this account posts too fast: its posts keep a longer distance for some hours."),
    N_(
        "TikTok takes no more posts of this creator now: all apps and the creator's own posts share the limit of 24"
        " hours. The post takes the next free slot."
    ),
    N_("TikTok takes no more drafts for this creator's inbox now; the post takes the next free slot."),
    N_("TikTok answers only so many questions about this account a minute; the post takes its turn."),
    N_("The article changed after the post was approved. Read it again, then approve it."),
    N_("The article changed after the post was approved: it waits for approval again."),
    N_(
        "The article changed after the post was approved: it waits for approval again. The text edited by hand is kept."
    ),
    N_("What the post waited for is done."),
    N_("The article changed. The text edited by hand is kept."),
    N_("The article changed: the post is prepared anew."),
    N_("The article changed: the post is prepared anew. The text edited by hand is kept."),
    N_("The article has neither a title nor a text. Give it a title in the CMS, or cancel the post."),
    N_("An error of this service's own: its log tells more. Nothing was sent to TikTok."),
    N_("TikTok took the video without saying where to upload it, so nothing was posted."),
    N_("It is tried again."),
    N_("The article changed: the post will carry the new text."),
    N_("The article was published again."),
    N_(
        "The article was published again. TikTok may have got the post before the article was withdrawn: look at the"
        " account on TikTok, then say whether the post is there."
    ),
    N_("After the restore a person said that TikTok does not have the post."),
    N_("TikTok accepted the post and is fetching its media."),
    N_("TikTok says that the post is published."),
    N_("TikTok named the public post."),
    N_("TikTok stopped the post, as it was asked to."),
    N_("TikTok delivered the draft to the creator's inbox. The creator finishes it in TikTok's app."),
    N_(
        "TikTok's answer was lost, so it is not known whether the post was accepted. Traces are looked for: TikTok's"
        " own word, its requests for the pictures, the account's list of posts. Whoever has looked on TikTok can say"
        " what is so."
    ),
    N_("TikTok's answer came late: it accepted the post."),
    N_("TikTok's answer came late: it did not take the post."),
    N_("TikTok's answer came after the video had been given up: nothing was uploaded, so nothing was posted by it."),
    N_(
        "With TikTok's answer the address for the video's bytes was lost again and again; nothing was posted. Look at"
        " this machine's connection, then retry."
    ),
    N_("TikTok's own message about this post came: it has accepted it."),
    N_("TikTok's own number of the post has become known."),
    N_("TikTok was asked about the number that its unclear answer had named: it has accepted the post."),
    N_("TikTok says that it is still working on the post."),
    N_("The post stands in the account's list of posts on TikTok."),
    N_(
        "TikTok has the post: it came for its media. Its number at TikTok is not known, so TikTok cannot be asked about"
        " it; its own word and the account's list of posts are awaited. It is not sent again by itself."
    ),
    N_("TikTok has this post after all, although it was settled here otherwise. Look at the account on TikTok."),
    N_(
        "TikTok says that the post can no longer be seen by everyone: the creator or TikTok has deleted or hidden it."
        " Look at the account on TikTok."
    ),
    N_("TikTok says that the post can be seen by everyone again."),
    N_("Looked once more: there is nothing new."),
    N_(
        "Two days have gone by, and traces are no longer looked for. Look at the account on TikTok, then say whether"
        " the post is there."
    ),
    N_("The creator took the permission back in TikTok's app. Connect the account again, or cancel the post."),
    N_("The TikTok account was deleted. Connect another account, or cancel the post."),
    N_(
        "TikTok ended the permission because the account holder's age was changed. Connect the account again when"
        " TikTok allows it, or cancel the post."
    ),
    N_("TikTok has banned the account. Cancel the post, or connect the account again when TikTok allows it."),
    N_("The permission was ended by this app. Connect the account again, or cancel the post."),
    N_("TikTok has ended the permission for this account. Connect the account again, or cancel the post."),
    N_("The account was disconnected. Connect it again, or cancel the post."),
    N_("The article was unpublished, but TikTok already has the post: delete it in TikTok's app if it must go."),
    N_("TikTok did not say what the creator may post now. It is asked again."),
    N_("TikTok asked this account to wait."),
    N_("TikTok's answer lacks what its documentation promises."),
    N_("TikTok's answer cannot be read."),
    N_("The account's posts wait for a person's approval."),
    N_("TikTok no longer accepts the account's login. Reconnect the account."),
    N_("Nobody has chosen yet who may see this account's posts. Choose it in the account's settings."),
)

_BY_CODE = {
    "state_forbids": N_("The post has just moved on. Look at it again."),
    "tiktok_unavailable": N_("TikTok does not answer. Try again in a moment."),
}

_PATTERNS = (
    N_("The video is converted into what TikTok takes (%(facts)s)."),
    N_("The video cannot be posted, so the article's pictures are: %(cause)s."),
    N_("The article's video cannot be posted: %(cause)s. Mend it in the CMS, or cancel the post."),
    N_("The article's video cannot be fetched yet: %(cause)s. It is tried again until %(time)s."),
    N_("The article's picture cannot be fetched yet: %(cause)s. It is tried again until %(time)s."),
    N_(
        "A picture of the article cannot be fetched yet: %(cause)s. It is tried again until %(time)s; then the post"
        " goes out without it."
    ),
    N_("The article's first picture is left out: %(cause)s."),
    N_(
        "The article's first picture could not be fetched: %(cause)s. Mend it in the CMS, or cancel the post; sent"
        " again, it goes out with the pictures that are there then."
    ),
    N_(
        "None of the article's pictures could be fetched: %(cause)s. Mend it in the CMS, or send the post again when"
        " the address works."
    ),
    N_(
        "The article's picture may not be fetched: %(cause)s. Give it another address in the CMS, or let whoever runs"
        " this service allow it; then send the post again."
    ),
    N_(
        "The video is %(seconds)s s long, and TikTok takes at most %(most)s s from this account. Cut it in the CMS, or"
        " cancel the post."
    ),
    N_(
        "The database was restored from a backup of %(time)s, and TikTok may have got the post since then. Look at the"
        " account on TikTok: if it is not there, send it; if it is, cancel it."
    ),
    N_("The database was restored from a backup of %(time)s. TikTok is asked what became of the post."),
    N_("Approved by %(who)s, with edits."),
    N_("Approved by %(who)s."),
    N_("Edited by %(who)s."),
    N_("Sent again by %(who)s."),
    N_("Retried by %(who)s."),
    N_("Cancelled by %(who)s."),
    N_("%(who)s asked TikTok to stop the post."),
    N_("%(who)s says that the post is on TikTok."),
    N_("%(who)s says that the post is not on TikTok."),
    N_("%(who)s asked to look once more."),
    N_("%(who)s has seen the warning."),
    N_(
        "TikTok had accepted attempt %(number)s after all, and the post had moved on meanwhile: it may be there twice."
        " Look at the account on TikTok."
    ),
    N_("TikTok's answer to attempt %(number)s came late: it did not take it. The post had gone its way by then."),
    N_(
        "With TikTok's answer the address for the video's bytes was lost, and without them nothing can be posted: it is"
        " sent anew (%(count)s of %(most)s)."
    ),
    N_("TikTok also said that the post failed (%(reason)s), after it was settled here. The first word stands."),
    N_(
        "TikTok has not come for the media in %(minutes)s minutes, and left no other trace: it did not take the post."
        " It is sent again, with new addresses (%(count)s of %(most)s)."
    ),
    N_(
        "TikTok has not come for the media in %(minutes)s minutes, and left no other trace. It is not sent again by"
        " itself, because that is switched off for this account. Look at the account on TikTok, then say whether the"
        " post is there."
    ),
    N_(
        "TikTok has not come for the media in %(minutes)s minutes, and left no other trace. It has been sent again"
        " twice already. Look at the account on TikTok, then say whether the post is there."
    ),
    N_(
        "TikTok was not seen to come for the media in %(minutes)s minutes. But our own address was not seen to work all"
        " that time, so this proves nothing. Look at the account on TikTok, then say whether the post is there."
    ),
    N_(
        "TikTok has not come for the media in %(minutes)s minutes. But it spoke of a post of this account that may be"
        " this one. Look at the account on TikTok, then say whether the post is there."
    ),
    N_("The article is published at %(time)s."),
    N_(
        "The article says that it is published on %(date)s, more than a year from now. Correct the date in the CMS, or"
        " send the post now."
    ),
    N_("The account has used up its %(cap)s posts in 24 hours; the post takes the next free slot."),
    N_(
        "The account has used up its %(cap)s drafts that wait in the creator's inbox; the post takes the next free"
        " slot."
    ),
    N_("TikTok takes %(count)s posts a minute from one account."),
    N_("TikTok did not stop the post. %(cause)s"),
    N_("TikTok could not be reached: %(code)s."),
    N_("TikTok did not answer: %(code)s."),
    N_("TikTok does not offer %(level)s for this account. It offers: %(offered)s."),
    N_(
        "The mode %(mode)s needs the permission %(scope)s, which the creator has not granted. Connect the account again"
        " with it ticked."
    ),
    N_("The title has %(count)s characters as TikTok counts; %(limit)s are allowed."),
    N_("The description has %(count)s characters as TikTok counts; %(limit)s are allowed."),
    N_("TikTok no longer offers %(chosen)s to this creator, only %(offered)s. Choose again in the account's settings."),
    N_("TikTok no longer offers %(chosen)s to this creator, only %(offered)s. Choose again and approve."),
    N_("A password has %(shortest)s to %(longest)s characters: a few words make a good one."),
    N_("%(limit_name)s is at most %(most)s."),
    N_("TikTok no longer offers %(chosen)s to this creator, nor any other audience. Choose again and approve."),
    N_(
        "TikTok no longer offers %(chosen)s to this creator, nor any other audience. Choose again in the account's"
        " settings."
    ),
    N_("TikTok failed with HTTP %(status)s."),
    N_("TikTok's login answered in a way that cannot be read (HTTP %(status)s)."),
    N_("TikTok's login answered without a token (HTTP %(status)s)."),
    N_("%(cause)s It was tried %(count)s times. Look at the cause, then retry."),
    N_("%(cause)s TikTok said: %(said)s"),
)
"""The more particular ones first."""

_ADVICE = {
    f"{advice.cause} {advice.cure}": (advice.cause, advice.cure)
    for advice in (
        *ERROR_CODES.values(),
        *FAIL_REASONS.values(),
        *OAUTH_ERRORS.values(),
        *REMOVAL_REASONS.values(),
        explain_error(None),
    )
}


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(pattern)), re.DOTALL)


_COMPILED = tuple((pattern, _compile(pattern)) for pattern in (*PROBLEM_PATTERNS, *REFUSAL_PATTERNS, *_PATTERNS))


def say(i18n: Translator, sentence: str | None) -> str:
    """Translate a sentence as far as it is known; the rest stays as it was written.

    It is plain text, or, where a time or a quotation stands in it, Markup in which all else is escaped.
    """
    if not sentence:
        return ""
    translated = i18n.gettext(sentence)
    if translated != sentence:
        return translated
    for pattern, compiled in _COMPILED:
        if found := compiled.fullmatch(sentence):
            return _put_in(i18n, i18n.gettext(pattern), found.groupdict())
    for known, parts in _ADVICE.items():
        if sentence.startswith(known):
            rest = sentence.removeprefix(known).strip()
            return " ".join([*(i18n.gettext(part) for part in parts), *([say(i18n, rest)] if rest else ())])
    return sentence


def _put_in(i18n: Translator, sentence: str, values: dict[str, str]) -> str:
    filled = {name: fill(i18n, name, value, say) for name, value in values.items()}
    is_marked = any(isinstance(value, Markup) for value in filled.values())
    return escape(sentence) % filled if is_marked else sentence % filled


def say_problem(i18n: Translator, line: str) -> str:
    """Translate a line of `media_problems`: an address, and what is wrong with what is there."""
    address, colon, problem = line.partition(": ")
    return Markup('<bdi dir="ltr">{}</bdi>{}{}').format(readable_address(address), colon, say(i18n, problem))


def explain(i18n: Translator, error: AppError) -> str:
    """Say what an error means for the person before the screen."""
    known = _BY_CODE.get(error.code)
    return i18n.gettext(known) if known else say(i18n, error.message)
