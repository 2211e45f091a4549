"""The audit pack: TikTok's checklist with the screen beside each point, as its reviewers want to see it.

It is for them, so it is in English, like the manual. The pictures are of a play against the emulator, drawn anew by
`make auditpack` whenever the screens change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app import __version__
from app.admin.shell.templating import STATIC_DIR
from app.config import Settings
from app.kit.clock import utcnow

GUIDELINES = "https://developers.tiktok.com/doc/content-sharing-guidelines"
_FOLDER = "audit"


@dataclass(frozen=True, slots=True)
class Point:
    """One point of TikTok's checklist: what the screen must do, how this one does it, and pictures of that."""

    number: str
    wanted: str
    here: str
    pictures: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the scenario, in the order in which a reviewer wants to see it."""

    title: str
    text: str
    pictures: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class AuditPack:
    """Everything that is printed."""

    points: Sequence[Point]
    steps: Sequence[Step]
    version: str
    address: str
    tiktok: str
    is_emulated: bool
    made_at: datetime
    guidelines: str = GUIDELINES

    def picture_path(self, name: str) -> str:
        """Where a picture stands under the static files; "" where it was not drawn."""
        path = f"{_FOLDER}/{name}.png"
        return path if (STATIC_DIR / path).is_file() else ""


POINTS = (
    Point("1a", "Show the creator's nickname, from a fresh creator_info call.",
          "“Posting as”: asked of TikTok each time the screen is shown, and never stored.", ("creator",)),
    Point("1b", "Stop when creator_info says that the creator may make no more posts now, and ask to try later.",
          "No audience can be chosen, the button stays off, and the screen says so. The post keeps waiting.",
          ("stopped",)),
    Point("1c", "Check a video's length against max_video_post_duration_sec.",
          "A longer video is not offered; both lengths are named. It is checked again before anything is sent."),
    Point("2a", "An editable title.",
          "Title and description are fields with a counter in UTF-16 units, as TikTok counts.",
          ("text",)),
    Point("2b", "Privacy: exactly privacy_level_options, no default, chosen by hand.",
          "“Choose …” comes first whatever the account's settings say. Without a choice the button is off, and the"
          " server refuses.", ("audience",)),
    Point("2c", "Comment, Duet, Stitch: none ticked beforehand; grey where creator_info disables them; photos show only"
          " Allow Comment.",
          "Boxes that nobody has ticked; of photos only comments; disabled, with the reason, where TikTok says so.",
          ("interactions",)),
    Point("2d", "The consent line before the button.", "“By posting, you agree to TikTok's Music Usage Confirmation.”,"
          " linked to TikTok's page.", ("consent",)),
    Point("3a", "A disclosure switch, off by default, that opens two choices.",
          "“Disclose commercial content” is off; the two choices can be ticked together.", ("disclosure-off",)),
    Point("3b", "Your brand: “Your photo/video will be labeled as ‘Promotional content’”.",
          "The sentence appears as the box is ticked; sent as brand_organic_toggle.", ("disclosure-own",)),
    Point("3c", "Branded content: “Your photo/video will be labeled as ‘Paid partnership’”.",
          "The sentence appears as the box is ticked; sent as brand_content_toggle.", ("disclosure-branded",)),
    Point("3d", "Both: “… ‘Paid partnership’”.", "One sentence, for the paid partnership.", ("disclosure-both",)),
    Point("3e", "Switch on and nothing ticked: publishing is off, with “You need to indicate if your content promotes"
          " yourself, a third party, or both.”",
          "The button is off, the sentence stands there and on hover; the server refuses too.",
          ("disclosure-none", "button-off")),
    Point("3f", "Branded content cannot be private.",
          "“Only me” is disabled with “Branded content visibility cannot be set to private.”; with “Only me” chosen"
          " first, “Branded content” is. The server refuses the two together.", ("audience-branded",)),
    Point("4", "The consent line by case.", "With branded content: “By posting, you agree to TikTok's Branded Content"
          " Policy and Music Usage Confirmation.”, both linked.", ("consent-branded",)),
    Point("5a", "A preview of the actual media and text.",
          "The very files that TikTok will fetch, to be swiped, with the words as they are typed. It stands before the"
          " button on every screen size.", ("preview",)),
    Point("5b", "Preset text and hashtags can be edited.", "All text is in the fields, hashtags included.", ("text",)),
    Point("5c", "Send nothing before express consent.",
          "Consent is bound to a hash of the words and pictures. A later edit ends it, and the hash is compared once"
          " more before anything is sent.", ("button",)),
    Point("5d", "Say that processing may take a few minutes.", "The last line before the button.", ("consent",)),
    Point("5e", "Show the status.", "status/fetch is asked and webhooks are heard; the post's page shows each step.",
          ("status", "story")),
    Point("6", "Keep the client secret out of client code and open repositories.",
          "It is sealed in the server's database or its environment, and stands in no page and no log."),
    Point("7", "Media that are on a server already are pulled (PULL_FROM_URL).",
          "Photos and videos are served from the verified prefix, each attempt under addresses of its own."),
)  # fmt: skip

STEPS = (
    Step("Connect", "The creator allows the app on TikTok's own page, with the scopes that are used: user.info.basic,"
         " user.info.profile, video.publish, video.upload, video.list.", ("login",)),
    Step("An article arrives", "The newsroom publishes an article. Its text and pictures are made ready, and the post"
         " waits. Nothing is sent to TikTok."),
    Step("The screen", "A person opens it: the creator's name is fresh, nothing is chosen.", ("screen",)),
    Step("The choices", "The person edits the title, chooses who can see the post, and allows comments.", ("ready",)),
    Step("Consent", "The person presses “Approve and post”. Only now TikTok is told of the post."),
    Step("The status", "The post's page follows it until TikTok says that it is out.", ("status", "story")),
)  # fmt: skip


def make_pack(settings: Settings) -> AuditPack:
    """Collect what is printed."""
    return AuditPack(
        points=POINTS,
        steps=STEPS,
        version=__version__,
        address=settings.public_url,
        tiktok=settings.tiktok_api_base_url,
        is_emulated="tiktokapis.com" not in settings.tiktok_api_base_url,
        made_at=utcnow(),
    )
