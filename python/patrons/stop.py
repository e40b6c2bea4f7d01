"""How a chapter ends in an orderly way when the data cannot answer its question."""


class ChapterStop(Exception):
    """Ends a chapter: what stood before is kept, the message follows as a Markdown note."""
