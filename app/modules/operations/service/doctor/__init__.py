"""What the doctor looks at: the machine, its files, its database, its network."""
