"""What the GRIs may change of the network while the site runs."""

from app.models import Choice

#: Devices that one person may register.
DEVICE_LIMIT = Choice("DEVICE_LIMIT", default=10, accepts=range(1, 201).__contains__)
#: Days during which a device that left a room finds its address again.
IP_KEEP_DAYS = Choice("IP_KEEP_DAYS", default=30, accepts=range(366).__contains__)
#: By how much the rules may shrink at once without a GRI's word, in percent.
DHCP_MAX_DROP_PERCENT = Choice("DHCP_MAX_DROP_PERCENT", default=20, accepts=range(101).__contains__)
#: How long a rental is safe from a take-over, in days.
TAKE_OVER_MIN_AGE_DAYS = Choice("TAKE_OVER_MIN_AGE_DAYS", default=7, accepts=range(91).__contains__)
#: How often a room may be taken over …
TAKE_OVER_MAX = Choice("TAKE_OVER_MAX", default=2, accepts=range(21).__contains__)
#: … in so many days.
TAKE_OVER_WINDOW_DAYS = Choice(
    "TAKE_OVER_WINDOW_DAYS", default=30, accepts=range(1, 366).__contains__
)
#: How many days before Internet is cut one is reminded to pay.
RENEW_REMINDER_DAYS = Choice("RENEW_REMINDER_DAYS", default=7, accepts=range(1, 31).__contains__)
