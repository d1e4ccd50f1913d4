"""The mark of a text that is translated when it is shown."""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "to be translated later"
    """Marks a text for the catalogues."""
    return text
