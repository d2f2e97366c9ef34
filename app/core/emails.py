"""E-mail addresses, as they are compared."""

from email_validator import EmailNotValidError, validate_email


def canonical_email(text: str) -> str | None:
    """One e-mail address, as it is compared; ``None`` for what is none."""
    try:
        read = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return f"{read.local_part}@{read.ascii_domain}".lower()
