"""The marker of texts that are translated when they are shown."""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "to be translated later"
    """Mark a text for the catalogues."""
    return text
