"""Everything that Newsreel counts and times, in one place, so that no two slices count the same under two names.

The labels are bounded: kinds, outcomes, endpoints, codes of a catalogue; never an id, a title or an address.
"""

from app.kit.metrics import Counter, Histogram

deliveries = Counter(
    "newsreel_deliveries_total", "Deliveries of CMSes by kind of source and by what became of them", "kind", "outcome"
)
post_moves = Counter("newsreel_post_moves_total", "Changes of a post's state, by the states", "from_state", "to_state")
attempts = Counter("newsreel_attempts_total", "Calls of TikTok's init, by how they ended", "outcome")
tiktok_calls = Counter("newsreel_tiktok_calls_total", "Calls of TikTok's API and their answers", "endpoint", "code")
tiktok_call_seconds = Histogram("newsreel_tiktok_call_seconds", "Duration of calls of TikTok's API", "endpoint")
tiktok_events = Counter("newsreel_tiktok_events_total", "Events that TikTok sent, each counted once", "kind")
business_calls = Counter(
    "newsreel_tiktok_business_calls_total", "Calls of TikTok's Business API and their answers", "endpoint", "code"
)
business_call_seconds = Histogram(
    "newsreel_tiktok_business_call_seconds", "Duration of calls of TikTok's Business API", "endpoint"
)
media = Counter("newsreel_media_total", "Pictures, videos and cards made ready, by result", "kind", "result")
media_seconds = Histogram("newsreel_media_seconds", "Duration of fetching and converting", "kind")
job_wait_seconds = Histogram("newsreel_job_wait_seconds", "How long jobs waited in the queue after their time", "job")
job_errors = Counter("newsreel_job_errors_total", "Jobs that ended with an error of ours", "job")
readiness_looks = Counter("newsreel_readiness_looks_total", "Times that a process wrote, to see whether it can")
