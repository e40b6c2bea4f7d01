"""What every part of `source.yml` has in common: it is frozen, refuses unknown keys, and takes names as they come."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _column_name(value: Any) -> Any:
    """Accept a column's position (an integer) where a file has no heading; refuse true and false."""
    if isinstance(value, bool):
        raise ValueError(f"{value} is read as true/false here; put the name in quotes")
    return value


Name = Annotated[str, BeforeValidator(_column_name), Field(min_length=1)]


class Strict(BaseModel):
    """Frozen, no unknown keys, numbers accepted where a name is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)
