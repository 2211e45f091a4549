"""The newsroom's words for boosts: states, steps, objectives, buttons of an ad."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.messages.translator import N_


@dataclass(frozen=True, slots=True)
class Words:
    """A state as a person reads it; `tone` chooses the colour of its chip."""

    label: str
    tone: str
    meaning: str


STATES: Mapping[str, Words] = {
    "preparing": Words(N_("Being made"), "busy", N_("It is being made at TikTok, everything switched off.")),
    "ready": Words(N_("Ready"), "warn", N_("It is made, and spends nothing until somebody starts it.")),
    "starting": Words(N_("Starting"), "busy", N_("TikTok is being told to switch it on.")),
    "running": Words(N_("Running"), "good", N_("It is switched on and may spend money.")),
    "stopping": Words(N_("Stopping"), "busy", N_("TikTok is being told to switch it off.")),
    "stopped": Words(N_("Stopped"), "calm", N_("It is switched off. It may be started again.")),
    "ended": Words(N_("Ended"), "calm", N_("Its days are over, and it is switched off.")),
    "failed": Words(N_("Failed"), "bad", N_("It could not be made. Nothing of it was ever switched on.")),
}
STEP_STATES: Mapping[str, tuple[str, str]] = {
    "waiting": (N_("waits"), "calm"),
    "sending": (N_("on its way"), "busy"),
    "done": (N_("done"), "good"),
    "failed": (N_("failed"), "bad"),
}
OBJECTIVES: Mapping[str, str] = {
    "": N_("Visits of the article, or views where it has no page"),
    "TRAFFIC": N_("Visits of the page"),
    "VIDEO_VIEWS": N_("Views of the post"),
    "REACH": N_("As many people as possible"),
}
CALLS: Mapping[str, str] = {
    "": N_("Read more"),
    "LEARN_MORE": N_("Learn more"),
    "WATCH_NOW": N_("Watch now"),
    "VIEW_NOW": N_("View now"),
}
FIELDS: Mapping[str, str] = {
    "advertiser_id": N_("Ad account"),
    "budget": N_("Budget of a day"),
    "days": N_("Days"),
    "objective_type": N_("What it is for"),
    "landing_page_url": N_("Page that it leads to"),
    "call_to_action": N_("Words on its button"),
    "auth_code": N_("Spark code"),
    "location_ids": N_("Where it is shown"),
    "max_spend": N_("Stop when it has spent"),
    "max_hours": N_("Stop after so many hours"),
    "max_bad_comments": N_("Stop at so many bad comments"),
    "bad_words": N_("Words that make a comment bad, one a line"),
}
