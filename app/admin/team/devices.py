"""What a login is recognised by: browser and system in a few words, and what kind of address it came from."""

from ipaddress import ip_address

from app.messages.translator import N_

# In this order: most browsers name others too, for old pages' sake.
_BROWSERS = (
    ("Edg", "Edge"),
    ("YaBrowser", "Yandex Browser"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
    ("python", "Python"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_LONGEST = 60


def name_device(user_agent: str) -> str:
    """Name browser and system, `Firefox · Windows`; what is neither is quoted, cut short; '' where nothing was said."""
    found = [next((name for sign, name in signs if sign in user_agent), "") for signs in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, found)) or user_agent[:_LONGEST]


def place_of(address: str) -> str:
    """Tell what kind of place an address is, where it is nobody's on the internet."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if found.is_loopback:
        return N_("this server itself")
    return N_("the network inside") if found.is_private else ""
