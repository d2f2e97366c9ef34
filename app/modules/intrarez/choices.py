"""What the GRIs may change of the network while the site runs."""

from app.models import Choice

#: Devices that one person may register.
DEVICE_LIMIT = Choice("DEVICE_LIMIT", default=10, accepts=range(1, 201).__contains__)
#: Days during which a device that left a room finds its address again.
IP_KEEP_DAYS = Choice("IP_KEEP_DAYS", default=30, accepts=range(366).__contains__)
#: By how much the rules may shrink at once without a GRI's word, in percent.
DHCP_MAX_DROP_PERCENT = Choice("DHCP_MAX_DROP_PERCENT", default=20, accepts=range(101).__contains__)
