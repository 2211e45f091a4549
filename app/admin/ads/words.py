"""The newsroom's words for what TikTok calls the things of its ads. What is new there is shown as TikTok has it."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.messages.kinds import quote
from app.messages.translator import N_, Translator

ROLES: Mapping[str, str] = {"Admin": N_("Admin"), "Operator": N_("Operator"), "Analyst": N_("Analyst")}
ROLE_MEANINGS: Mapping[str, str] = {
    "Admin": N_("May change everything at this ad account."),
    "Operator": N_("May change campaigns, but not move money in and out."),
    "Analyst": N_("May look, and change nothing."),
}
UNKNOWN_ROLE = N_("Role not told")
UNKNOWN_ROLE_MEANING = N_("TikTok has not told the role: what you change may be refused there.")

ACCOUNT_STATES: Mapping[str, tuple[str, str]] = {
    "STATUS_ENABLE": (N_("Works"), "good"),
    "STATUS_DISABLE": (N_("Switched off"), "calm"),
    "STATUS_LIMIT": (N_("Limited by TikTok"), "bad"),
    "STATUS_CONFIRM_FAIL": (N_("Not approved"), "bad"),
    "STATUS_CONFIRM_FAIL_END": (N_("Not approved"), "bad"),
    "STATUS_PENDING_CONFIRM": (N_("Being checked"), "warn"),
    "STATUS_PENDING_VERIFIED": (N_("Being checked"), "warn"),
    "STATUS_SELF_SERVICE_UNAUDITED": (N_("Being checked"), "warn"),
    "STATUS_WAIT_FOR_BPM_AUDIT": (N_("Being checked"), "warn"),
    "STATUS_WAIT_FOR_PUBLIC_AUTH": (N_("Being checked"), "warn"),
    "STATUS_CONTRACT_PENDING": (N_("Waits for its contract"), "warn"),
}

_STATES: Mapping[str, tuple[str, str]] = {
    "ENABLE": (N_("On"), "good"),
    "DELIVERY_OK": (N_("Delivering"), "good"),
    "DISABLE": (N_("Switched off"), "calm"),
    "CAMPAIGN_DISABLE": (N_("Its campaign is off"), "calm"),
    "ADGROUP_DISABLE": (N_("Its ad group is off"), "calm"),
    "DELETE": (N_("Deleted"), "calm"),
    "CAMPAIGN_DELETE": (N_("Deleted with its campaign"), "calm"),
    "ADGROUP_DELETE": (N_("Deleted with its ad group"), "calm"),
    "CREATE": (N_("Has no ads yet"), "warn"),
    "AUDIT": (N_("Being reviewed"), "busy"),
    "REAUDIT": (N_("Being reviewed again"), "busy"),
    "AUDIT_DENY": (N_("Rejected in review"), "bad"),
    "PARTIAL_AUDIT_DENY": (N_("Rejected in part"), "bad"),
    "REAUDIT_DENY": (N_("Rejected in review"), "bad"),
    "NOT_START": (N_("Begins later"), "warn"),
    "TIME_DONE": (N_("Its time is over"), "calm"),
    "DONE": (N_("Its time is over"), "calm"),
    "BUDGET_EXCEED": (N_("Budget used up"), "warn"),
    "CAMPAIGN_EXCEED": (N_("Budget of its campaign used up"), "warn"),
    "ADGROUP_EXCEED": (N_("Budget of its ad group used up"), "warn"),
    "BALANCE_EXCEED": (N_("The ad account has no money left"), "bad"),
    "ADVERTISER_AUDIT": (N_("The ad account is being checked"), "warn"),
    "ADVERTISER_AUDIT_DENY": (N_("The ad account was not approved"), "bad"),
}
_PREFIXES = ("CAMPAIGN_STATUS_", "ADGROUP_STATUS_", "AD_STATUS_")

OBJECTIVES: Mapping[str, str] = {
    "REACH": N_("Reach"),
    "TRAFFIC": N_("Traffic"),
    "VIDEO_VIEWS": N_("Video views"),
    "ENGAGEMENT": N_("Community interaction"),
    "LEAD_GENERATION": N_("Leads"),
    "APP_PROMOTION": N_("App promotion"),
    "WEB_CONVERSIONS": N_("Website conversions"),
    "PRODUCT_SALES": N_("Product sales"),
    "RF_REACH": N_("Reach and frequency"),
    "BRAND_CONSIDERATION": N_("Brand consideration"),
}

BUDGETS: Mapping[str, str] = {
    "BUDGET_MODE_DAY": N_("a day"),
    "BUDGET_MODE_DYNAMIC_DAILY_BUDGET": N_("a day on average"),
    "BUDGET_MODE_TOTAL": N_("in all"),
}
NO_BUDGET = N_("without a budget of its own")

GUARDS: Mapping[str, str] = {
    "ADS_MAX_RAISE_PERCENT": N_("Highest raise at once"),
    "ADS_MAX_DAILY_BUDGET": N_("Highest daily budget"),
    "ADS_MAX_TOTAL_BUDGET": N_("Highest total budget"),
    "ADS_MAX_TRANSFER": N_("Highest transfer"),
}


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state as an editor reads it: Markup where it is TikTok's own word."""

    label: str
    tone: str


def state_words(i18n: Translator, secondary: str, operation: str = "") -> StateWords:
    """Say how a campaign, ad group or ad stands. The sandbox tells no secondary status: then it is on or off."""
    told = secondary or operation
    bare = told
    for prefix in _PREFIXES:
        bare = bare.removeprefix(prefix)
    if known := _STATES.get(bare):
        return StateWords(i18n.gettext(known[0]), known[1])
    return StateWords(quote(told) if told else i18n.gettext(N_("Not told")), "calm")


def account_state(i18n: Translator, status: str) -> StateWords:
    """Say how an ad account stands."""
    if known := ACCOUNT_STATES.get(status):
        return StateWords(i18n.gettext(known[0]), known[1])
    return StateWords(quote(status) if status else i18n.gettext(N_("Not told")), "calm")


def word_of(i18n: Translator, words: Mapping[str, str], told: str) -> str:
    """One of these words, or TikTok's own."""
    if known := words.get(told):
        return i18n.gettext(known)
    return quote(told) if told else ""
