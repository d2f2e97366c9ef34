"""The network of the residence: rooms, devices, addresses, DHCP rules."""
