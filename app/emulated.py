"""The Business API's emulator inside this installation: what the emulated mode speaks to.

A composition, because nothing else may know both sides. It is made when the first call is, and keeps its state in the
data folder, so that it outlives restarts and is the same for all processes of the installation.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from app.config import Settings
from app.kit.http.inside import inner_client
from app.resources import BusinessAccess

if TYPE_CHECKING:
    from app.emulator import Emulator

STATE = "business-emulator.db"


_TOKEN, _APP_SECRET = "emulated-business-token", "emulated-business-secret"  # names for fakes, they open nothing
_APP_ID, _CENTER_ID = "7000000000000000001", "7100000000000000001"


def emulate_business(settings: Settings) -> BusinessAccess:
    """Make the access to it; nothing is opened yet, and the emulator's code is not even read."""

    def build() -> "Emulator":
        return _build(settings.data_dir / STATE)

    return BusinessAccess(
        inner_client(build),
        "http://127.0.0.1",
        is_emulated=True,
        access_token=_TOKEN,
        app_id=_APP_ID,
        app_secret=_APP_SECRET,
        center_id=settings.business_center_id or _CENTER_ID,
    )


def _build(state: Path) -> "Emulator":
    from app.emulator import create_emulator
    from app.emulator.business_api.settings import BusinessSettings

    there = BusinessSettings(
        limits_enabled=False, access_token=_TOKEN, app_id=_APP_ID, app_secret=_APP_SECRET, bc_id=_CENTER_ID,
        # Somebody looks at it: what is started delivers within half a minute.
        begun_hour_counts=True, review_seconds=20,
    )  # fmt: skip
    state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return create_emulator(business_settings=there, business_state=state)
