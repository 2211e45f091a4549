"""The inbox of comments: why one cannot be answered, what became of it, and of which the newsroom is told."""

from app.messages.kinds import Quote
from app.messages.message import plain, sentence

NO_COMMENT = plain("comment_not_found", "There is no such comment.")
NO_CANNED = plain("canned_reply_not_found", "There is no such prepared answer.")
NO_OWN_POST = plain(
    "own_post_not_found",
    "No business account here has this post. One that was made just now is known within five minutes",
)
ROLE_FORBIDS = plain(
    "comment_role_forbids", "As Analyst at this ad account one may only read. Ask its admin for the role of Operator"
)
COMMENT_GONE = plain("comment_gone", "The comment is no longer there: it was deleted, or TikTok has removed it")
NOT_FIRST_LEVEL = plain(
    "comment_not_first_level", "TikTok lets only comments of the first level be answered, not answers to them"
)
AD_ENDED = plain("comment_ad_ended", "The ad is deleted, and TikTok takes no more answers under it")
OWN_COMMENT = plain("comment_is_own", "This is an answer of your own")
NO_ACCOUNT = plain("comment_no_account", "No connection opens this account any more. Let somebody consent for it again")
NO_IDENTITY = plain(
    "comment_no_identity", "TikTok does not tell in whose name this ad speaks, and without that takes no answer"
)
NOT_GRANTED = plain(
    "comment_not_granted",
    "This account's consent does not cover comments. Connect the account again, and allow comments on TikTok's page",
)
POST_GONE = plain("comment_post_gone", "The post is gone, and TikTok takes no more answers under it")
NOT_UNDER_ADS = plain(
    "comment_not_under_ads", "TikTok lets only comments under posts of a business account be pinned or liked"
)
ONLY_FIRST_PINNED = plain("comment_only_first_pinned", "Only comments of the first level can be pinned")
NOT_OWN = plain("comment_not_own", "Only answers of your own can be deleted. Hide the comment instead")
OUTCOME_UNKNOWN = plain(
    "comment_outcome_unknown",
    "TikTok's answer was lost, and the thread does not show the reply yet: it may still appear. It is looked for, and "
    "nothing is sent twice. To say it again all the same, send it with again: true",
)
IN_PROGRESS = plain("comment_in_progress", "The same answer is being sent just now. Look again in a moment")
OVERTAKEN = plain("comment_overtaken", "Somebody else has taken over this answer. Nothing was sent")
CANNED_INCOMPLETE = plain("canned_incomplete", "Give it a name and a text")
TEXT_EMPTY = plain("comment_text_empty", "Write an answer")
NO_SUCH_PERSON = plain("comment_no_such_person", "There is no such person on the team")

SOUNDS_NEGATIVE = plain("comment_sounds_negative", "It sounds like a complaint.")
IS_QUESTION = plain("comment_is_question", "It asks a question.")
IS_NEW = plain("comment_is_new", "It is new.")


@sentence("It says “%(word)s”.")
def has_word(word: Quote) -> None: ...


@sentence("%(count)s more new comments match the rule; the inbox has them.")
def more_comments(count: int) -> None: ...


@sentence("An answer has %(most)s characters at most; this one has %(length)s.")
def text_too_long(most: int, length: int) -> None: ...


@sentence("There are %(most)s blocked words at most")
def too_many_words(most: int) -> None: ...


@sentence("A word has %(most)s characters at most")
def word_too_long(most: int) -> None: ...


@sentence("There is no variable {%(name)s}. There are %(known)s")
def no_such_variable(name: str, known: str) -> None: ...


@sentence("There is no state %(words)s. There are unread, open and done")
def no_such_state(words: str) -> None: ...


@sentence("Whoever consented has no access to this account, or gave no permission for comments. TikTok said: %(said)s")
def comments_not_allowed(said: str) -> None: ...


@sentence(
    "Too many calls were made to TikTok in a short time. Newsreel waits as long as TikTok asks, and goes on by itself. "
    "TikTok said: %(said)s"
)
def comments_throttled(said: str) -> None: ...
