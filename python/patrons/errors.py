"""The one kind of error that is meant for the reader, not for the programmer."""


class PatronsError(Exception):
    """Something in the reader's data or settings needs their attention.

    The message says what is wrong, where (file, row, column, value), and what to do. The command line
    prints it without a traceback and exits with 1.
    """


def listing(names: object, most: int = 12) -> str:
    """Join names for a message: ``a, b, c`` and, past `most`, how many more there are.

    Examples
    --------
    >>> listing(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    items = [str(name) for name in names]  # type: ignore[attr-defined]
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most:,} more"
    return ", ".join(items)
