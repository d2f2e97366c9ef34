"""Notifications: the bus, the bell, the devices, the mail of the evening."""
