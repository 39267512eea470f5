"""What visitors write, made fit to be read and shown."""


def whole(text: str | None) -> str:
    """The text with half emoji, which no file and no page can hold, as replacement characters; None as an empty text."""
    return (text or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
