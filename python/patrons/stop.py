"""How a chapter, or a section of it, ends in an orderly way when the data cannot answer its question."""


class ChapterStop(Exception):
    """Ends a chapter: what stood before is kept, the message follows as a Markdown note."""


class SectionStop(ChapterStop):
    """Ends the section whose cell raises it, with the message as a note; the chapter goes on with the next section."""
