"""The manual's table of contents: which pages there are, in which order, and what each is for."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.articles.adapters import ADAPTERS
from app.messages.translator import N_


@dataclass(frozen=True, slots=True)
class Entry:
    """One page. The file `templates/help/<slug>.md` has the same title; title and summary are translated, it is not."""

    slug: str
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Part:
    """Pages that belong together."""

    title: str
    entries: Sequence[Entry]


PARTS: Sequence[Part] = (
    Part(
        N_("Set up"),
        (
            Entry("start", N_("First steps"), N_("Install Newsreel, start it, and log in.")),
            Entry(
                "tiktok-app",
                N_("Connect a TikTok app"),
                N_("Make the app, prove that the address of the pictures is yours, and connect an account."),
            ),
            Entry(
                "business-accounts",
                N_("Business accounts"),
                N_("Connect TikTok accounts through the Business API, and what differs for their posts."),
            ),
            Entry(
                "audit",
                N_("TikTok's audit"),
                N_("What is possible before the audit, what TikTok asks for, and the approval page."),
            ),
            Entry(
                "cms",
                N_("Connect a CMS"),
                N_("Sources, their secrets, and which articles become posts."),
            ),
            *(Entry(f"cms-{kind}", cms.TRAITS.label, cms.TRAITS.summary) for kind, cms in ADAPTERS.items()),
        ),
    ),
    Part(
        N_("Posts"),
        (
            Entry(
                "approvals",
                N_("Approvals"),
                N_("The queue, what consent is bound to, single keys, and sign-off by a one-time link."),
            ),
            Entry("states", N_("States of a post"), N_("What each state means, and what to do.")),
            Entry(
                "unconfirmed",
                N_("Lost answers"),
                N_("How Newsreel finds out whether TikTok has a post whose answer was lost."),
            ),
            Entry(
                "decisions",
                N_("What a person decides"),
                N_("Approve, change, send again, cancel, and say what became of a post."),
            ),
            Entry(
                "write-a-post",
                N_("Write a post"),
                N_("A post by hand, or of an article that was left out, with pictures, at its time."),
            ),
            Entry(
                "calendar",
                N_("Calendar"),
                N_("What goes out when, what will not fit, and how posts are moved."),
            ),
            Entry(
                "captions",
                N_("Texts and hashtags"),
                N_("How titles, descriptions and hashtags are made, and in which language."),
            ),
            Entry(
                "media",
                N_("Pictures and videos"),
                N_("What is taken, how it is converted, and what happens when it is missing."),
            ),
            Entry(
                "accounts",
                N_("Settings of an account"),
                N_("Mode, audience, limits and the other settings of each TikTok account."),
            ),
            Entry(
                "notifications",
                N_("Notifications"),
                N_("Who is told of what, by webhook, e-mail or Telegram, and what happens when it does not arrive."),
            ),
            Entry(
                "tiktok-answers",
                N_("TikTok's refusals"),
                N_("Every error and fail reason of TikTok's, with its cause and its cure."),
            ),
        ),
    ),
    Part(
        N_("Operation"),
        (
            Entry("settings", N_("Settings of the service"), N_("Every setting of the environment.")),
            Entry("commands", N_("Commands"), N_("What the command newsreel can do.")),
            Entry(
                "operating",
                N_("Operating"),
                N_("One machine or several, the reverse proxy, and how processes end."),
            ),
            Entry("limits", N_("Limits"), N_("TikTok's limits and Newsreel's own.")),
            Entry(
                "health",
                N_("Health, logs and traces"),
                N_("Whether it runs, what doctor finds, and where to look."),
            ),
            Entry("metrics", N_("Metrics and alerts"), N_("Every metric, and rules for alarms.")),
            Entry("upgrades", N_("Upgrades"), N_("A new version without a lost article.")),
            Entry("backups", N_("Backups"), N_("Make a backup, bring it back, and what waits afterwards.")),
            Entry(
                "team",
                N_("Team, second factor and keys"),
                N_("Who may do what, how people are invited, keys for programs, and who changed what."),
            ),
            Entry("keys", N_("Keys and logins"), N_("The secret key, passwords, and how long a login lasts.")),
            Entry(
                "troubleshooting",
                N_("When something is wrong"),
                N_("What one sees, what is behind it, and what helps."),
            ),
        ),
    ),
    Part(
        N_("For programmers"),
        (
            Entry(
                "marketing-api",
                N_("The Marketing API provider"),
                N_("Point a gateway here: operations, answers, money, and the way to a token."),
            ),
            Entry(
                "ads-reports",
                N_("Reports of ads"),
                N_("Figures at once or as a file, of any span, and what may still change."),
            ),
            Entry(
                "ads",
                N_("Ads"),
                N_("Connect ad accounts, and make campaigns, ad groups and ads by the API and the command line."),
            ),
            Entry(
                "ads-where",
                N_("Where each thing of the ads is"),
                N_("What was asked for, row by row, and the page, the route or the command that does it."),
            ),
            Entry(
                "comments",
                N_("Comments"),
                N_("What readers write under ads: fetched, answered once, hidden, and shared out."),
            ),
            Entry("api", N_("The API"), N_("Logging in, all routes, errors and pages of lists.")),
            Entry("emulator", N_("The emulator"), N_("A TikTok for your own machine, and what it does not do.")),
            Entry(
                "write-an-adapter",
                N_("Write an adapter"),
                N_("Teach Newsreel another CMS: one file, one folder of payloads, one line, one page."),
            ),
            Entry("developing", N_("Developing"), N_("How the code is laid out, and how to test it.")),
        ),
    ),
)
