"""What the contact page does, and what is done of the mails that come."""
