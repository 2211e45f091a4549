"""What is wrong with a value that somebody sends for ads; the field's name stands before it."""

from app.messages.message import plain, sentence

MISSING = plain("ads_value_missing", "is missing")
NOT_THERE = plain("ads_value_not_a_property", "is not a property of this")
TWICE = plain("ads_value_twice", "is given twice")
TWO_SPELLINGS = plain("ads_value_two_spellings", "is given twice, under two spellings")
OBJECT = plain("ads_value_object", "must be a JSON object")
LIST = plain("ads_value_list", "must be a list")
ID_TEXT = plain("ads_value_id_text", "must be an id as text; a number with a fraction or an exponent has lost digits")
ID_DIGITS = plain("ads_value_id_digits", "must be an id of 1 to 20 digits")
NUMBER = plain("ads_value_number", "must be a number, or a decimal number as text")
DECIMAL = plain("ads_value_decimal", "must be a decimal number such as 60 or 60.50")
FINITE = plain("ads_value_finite", "must be a finite number")
ABOVE_ZERO = plain("ads_value_above_zero", "must be above 0")
TOO_LARGE = plain("ads_value_too_large", "is larger than any amount here may be")
TWO_DECIMALS = plain("ads_value_two_decimals", "must have two decimals at most")
NO_NUMBER = plain("ads_value_no_number", "is no number that anybody means")
TEXT = plain("ads_value_text", "must be text")
ONE_LINE = plain("ads_value_one_line", "must be one line of text, without control characters")
NO_EMOJI = plain("ads_value_no_emoji", "must have no emoji: TikTok takes none in names")
DAY = plain("ads_value_day", "must be a day like 2026-11-29")
MOMENT = plain("ads_value_moment", "must be a day like 2026-11-29, or a moment of UTC like 2026-11-29 12:00:00")
CURRENCY = plain("ads_value_currency", "must be a currency's code of three letters, such as USD or KZT")
ZONE = plain("ads_value_zone", "must be a time zone such as Asia/Almaty")
COUNTRY = plain("ads_value_country", "must be a country's code of two letters, such as KZ")
LINK = plain("ads_value_link", "must be an address that begins with https://")
FLAG = plain("ads_value_flag", "must be true or false")
WORD = plain("ads_value_word", "must be one of TikTok's names, such as campaign_id")
OTHER_ACCOUNT = plain("ads_value_other_account", "is another than in the address")
CONFIRMATION = plain("ads_value_confirmation", "must be text like ADS_MAX_DAILY_BUDGET:500")
NO_CHANGE = plain("ads_value_no_change", "must give at least one value to change")
NO_BUDGET_HERE = plain("ads_value_no_budget_here", "must be left out where the mode is BUDGET_MODE_INFINITE")
NO_BUDGET_MODE = plain("ads_value_no_budget_mode", "must be left out without a budget_mode that has one")
MODE_STAYS = plain(
    "ads_value_mode_stays", "has no meaning here: the mode is BUDGET_MODE_INFINITE, and cannot be changed"
)
LIFETIME_BUDGET = plain("ads_value_lifetime_budget", "must be sent as budget: this ad group has a lifetime budget")
DAILY_BUDGET = plain("ads_value_daily_budget", "must be sent as scheduled_budget: this ad group has a daily budget")
NO_ADGROUP = plain("ads_value_no_adgroup", "is no ad group that can be changed here")
TOTAL_NEEDS_END = plain("ads_value_total_needs_end", "BUDGET_MODE_TOTAL needs SCHEDULE_START_END")
PAST = plain("ads_value_past", "must not be past")
FILTER_ONCE = plain("ads_value_filter_once", "must be given once, with 1 to 512 characters")
NO_WORD_FOR_ALL = plain("ads_value_no_word_for_all", "must name each metric: TikTok has no word for all")
ORDER = plain("ads_value_order", "must be one of the dimensions or metrics that are asked for")
NOT_JOINED = plain(
    "ads_value_not_joined",
    "is too far: 365 days at most without stat_time_day, for such rows cannot be joined",
)
WHOLE_ACCOUNT = plain("ads_value_whole_account", "must be left out: this watch is over the ad account as a whole")
NO_AMOUNT = plain("ads_value_no_amount", "must be left out: this watch is over no amount")
NO_PERIOD = plain("ads_value_no_period", "must be left out: only spending is added up over a period")


@sentence("must be one of %(words)s")
def value_one_of(words: str) -> None: ...


@sentence("must give at least one of %(words)s")
def value_one_at_least(words: str) -> None: ...


@sentence("is missing: %(what)s needs it")
def value_needed_by(what: str) -> None: ...


@sentence("or %(other)s is missing: %(what)s needs one")
def value_one_is_needed_by(other: str, what: str) -> None: ...


@sentence("or %(other)s must be given, and not both")
def value_one_of_two(other: str) -> None: ...


@sentence("must have 1 to %(most)s characters")
def value_length(most: str) -> None: ...


@sentence("must have %(most)s characters at most")
def value_shorter(most: str) -> None: ...


@sentence("must have %(most)s items at most")
def value_fewer(most: str) -> None: ...


@sentence("must be a list of 1 to %(most)s")
def value_list_up_to(most: str) -> None: ...


@sentence("must be 1 to %(most)s ids")
def value_ids_up_to(most: str) -> None: ...


@sentence("must be a whole number from %(least)s to %(most)s")
def value_whole_between(least: str, most: str) -> None: ...


@sentence("must be %(most)s at most")
def value_up_to(most: str) -> None: ...


@sentence("must be at least %(least)s: TikTok takes no smaller budget")
def value_least_budget(least: str) -> None: ...


@sentence("must be a day of the years %(first)s to %(last)s")
def value_years_between(first: str, last: str) -> None: ...


@sentence("must be after %(name)s")
def value_after(name: str) -> None: ...


@sentence("must not be before %(name)s")
def value_not_before(name: str) -> None: ...


@sentence("is too far: by the hour %(days)s days at most")
def value_too_far_by_hour(days: str) -> None: ...


@sentence("is too far: by the day %(days)s days at most")
def value_too_far_by_day(days: str) -> None: ...


@sentence("must be left out where %(name)s is true")
def value_left_out_where(name: str) -> None: ...


@sentence("is missing (or %(name)s: true)")
def value_missing_or(name: str) -> None: ...


@sentence("is no filter; there are %(words)s")
def value_no_filter(words: str) -> None: ...


@sentence("of a task goes by %(words)s")
def value_task_filters(words: str) -> None: ...


@sentence("must be JSON: %(cause)s")
def value_not_json(cause: str) -> None: ...
