"""The one door to R: sourcing the functions of `R/`, calling them, and carrying tables there and back.

Everything that rpy2 leaves to its caller is decided here once: missing integers, dates, times (always UTC), categories,
R's warnings and errors, the fonts of figures. No other module imports rpy2.
"""

# ruff: noqa: E402 - what R does to the environment when it starts is undone below, so it must be seen before.

from __future__ import annotations

import contextlib
import datetime
import os

_LIBRARIES = os.environ.get("LD_LIBRARY_PATH")

import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rpy2.rinterface_lib.callbacks
import rpy2.robjects as robjects
from pandas.api.extensions import ExtensionArray
from rpy2 import rinterface
from rpy2.rinterface_lib.embedded import RRuntimeError
from rpy2.rinterface_lib.sexp import NULL
from rpy2.robjects.conversion import Converter, NameClassMap

from patrons.opened import declare_input
from patrons.paths import home

# R puts the system's libraries first in the environment. A Python that this process starts would then load the system's
# libpython in place of its own; R itself needs the variable no more once it runs.
if _LIBRARIES is None:
    os.environ.pop("LD_LIBRARY_PATH", None)
else:
    os.environ["LD_LIBRARY_PATH"] = _LIBRARIES

_INT32 = np.iinfo(np.int32)
_PYTHON: tuple[type, ...] = (
    *(pd.DataFrame, pd.Series, pd.Index, ExtensionArray, np.ndarray, np.generic, list, tuple, dict),
    *(pd.Timestamp, datetime.date, datetime.datetime, type(None)),
)
_R: tuple[type, ...] = (
    rinterface.ListSexpVector,
    rinterface.IntSexpVector,
    rinterface.FloatSexpVector,
    rinterface.StrSexpVector,
    rinterface.BoolSexpVector,
)
_sourced: set[Path] = set()
_ready: list[bool] = []


class RError(RuntimeError):
    """An error that R raised; the text is R's own message."""


class RWarning(UserWarning):
    """A warning that R gave."""


def use(*names: str, root: Path | None = None) -> None:
    """Source `R/<name>.R` into R's global environment, once per process; each file counts as the chapter's input.

    In a notebook this also makes `%%R` cells convert tables by the rules of this module.

    Parameters
    ----------
    names
        Files of the folder `R/` without their ending, in the order in which they are sourced.
    root
        The project's folder; the one in force if left out.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    RError
        R could not parse or run a file.
    """
    _prepare()
    for name in names:
        path = (root or home()) / "R" / f"{name}.R"
        if not path.is_file():
            known = ", ".join(sorted(file.stem for file in path.parent.glob("*.R")))
            raise FileNotFoundError(f"There is no R/{name}.R; the folder has: {known or 'nothing'}")
        declare_input(path)
        if path in _sourced:
            continue
        with _console(f"R/{name}.R"):
            rinterface.baseenv["sys.source"](
                str(path), envir=rinterface.globalenv, chdir=False, **{"keep.source": False}
            )
        _sourced.add(path)


def call(function: str, *args: Any, **kwargs: Any) -> Any:
    """Call an R function with Python values and return its result as Python values.

    Parameters
    ----------
    function
        Name of a function in R's global environment, or `package::name`.
    args, kwargs
        Data frames, series, arrays, lists, dicts, strings, numbers, booleans, dates or None.

    Returns
    -------
    object
        A data frame for a data.frame, a dict for a named list, a list for a list, a scalar for a vector of length one,
        otherwise a numpy array; None for NULL.

    Raises
    ------
    RError
        With R's message.

    Examples
    --------
    >>> call("base::sum", [1, 2, 3.5])
    6.5
    """
    _prepare()
    with _console(function):
        found = _find(function)
        result = found(*map(to_r, args), **{key: to_r(value) for key, value in kwargs.items()})
    return from_r(result)


def to_r(value: Any) -> Any:
    """Turn a Python value into an R object.

    Integers that hold missing values stay integers with NA; those outside of R's 32 bits become doubles. NaN becomes
    NA. Times become POSIXct in UTC (naive ones are taken as UTC), dates become Date, categories become factors.
    """
    if value is None:
        return NULL
    if isinstance(value, rinterface.Sexp):
        return value
    if isinstance(value, pd.DataFrame):
        return _data_frame(value)
    if isinstance(value, Mapping):
        items = rinterface.ListSexpVector([to_r(item) for item in value.values()])
        items.do_slot_assign("names", rinterface.StrSexpVector([str(key) for key in value]))
        return items
    if isinstance(value, pd.Series):
        return _vector(value)
    if isinstance(value, pd.Index | np.ndarray | ExtensionArray):
        return _vector(pd.Series(value))
    if isinstance(value, list | tuple):
        if any(isinstance(item, list | tuple | Mapping | pd.DataFrame | pd.Series | np.ndarray) for item in value):
            return rinterface.ListSexpVector([to_r(item) for item in value])
        return _vector(pd.Series(list(value), dtype=None if len(value) else object))
    return _vector(pd.Series([value]))


def from_r(value: Any) -> Any:
    """Turn an R object into a Python value; see `call` for the forms."""
    if value is NULL or not isinstance(value, rinterface.SexpVector):
        return None if value is NULL else value
    if isinstance(value, rinterface.ListSexpVector):
        names = _names(value)
        if "data.frame" in tuple(value.rclass):
            columns = {name: _series(column) for name, column in zip(names, value, strict=True)}
            return pd.DataFrame(columns)
        items = [from_r(item) for item in value]
        return dict(zip(names, items, strict=True)) if names else items
    if isinstance(value, rinterface.LangSexpVector):
        return value
    series = _series(value)
    return _scalar(series) if len(series) == 1 else series.to_numpy()


@contextlib.contextmanager
def _console(what: str) -> Iterator[None]:
    """Turn R's warnings into Python's, and R's errors into RError."""
    if threading.current_thread() is not threading.main_thread():
        raise RError("R runs in one thread: call it from the main thread only")
    said: list[str] = []
    callbacks: Any = rpy2.rinterface_lib.callbacks
    before = callbacks.consolewrite_warnerror
    callbacks.consolewrite_warnerror = said.append
    try:
        yield
    except RRuntimeError as error:
        raise RError(f"{what}: {str(error).strip()}") from None
    finally:
        callbacks.consolewrite_warnerror = before
    text = "".join(said).strip()
    if text:
        warnings.warn(f"{what}: {text}", RWarning, stacklevel=4)


def _find(function: str) -> Callable[..., Any]:
    package, _, name = function.rpartition("::")
    try:
        if package:
            return rinterface.baseenv["getExportedValue"](package, name)
        return rinterface.globalenv.find(name)
    except (KeyError, RRuntimeError) as error:
        hint = "" if package else "; source its file first with use()"
        raise RError(f"R has no function {function}{hint} ({str(error).strip()})") from None


def _prepare() -> None:
    """Set what every R session of the book needs; in a notebook, offer `%%R`."""
    if _ready:
        return
    _ready.append(True)
    # Cairo finds Inter through fontconfig and draws the same on every machine; times never leave UTC.
    robjects.r('Sys.setenv(TZ = "UTC"); options(bitmapType = "cairo", warn = 1, digits.secs = 6); set.seed(0)')
    rinterface.baseenv["options"](**{"patrons.root": str(home())})
    with contextlib.suppress(ImportError):
        from IPython.core.getipython import get_ipython

        shell = get_ipython()
        if shell is not None:
            from rpy2.ipython.rmagic import RMagics

            shell.register_magics(RMagics(shell, converter=converter(), device_name="grDevices::png"))


def converter() -> Converter:
    """Return the rules of this module in rpy2's form, as `%%R -i` and `-o` use them."""
    rules = Converter("patrons", template=robjects.default_converter)
    for kind in _PYTHON:
        rules.py2rpy.register(kind, to_r)
    for kind in _R:
        rules.rpy2py.register(kind, from_r)
        rules._rpy2py_nc_map[kind] = NameClassMap(from_r)
    return rules


def _data_frame(frame: pd.DataFrame) -> Any:
    columns = rinterface.ListSexpVector([_vector(frame.iloc[:, place]) for place in range(frame.shape[1])])
    columns.do_slot_assign("names", rinterface.StrSexpVector([str(name) for name in frame.columns]))
    columns.do_slot_assign("row.names", rinterface.IntSexpVector(range(1, len(frame) + 1)))
    columns.rclass = rinterface.StrSexpVector(["data.frame"])
    return columns


def _vector(column: pd.Series) -> Any:
    """Turn one column into an R vector, by its type."""
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return _factor(column)
    if pd.api.types.is_bool_dtype(kind):
        missing = column.isna().to_numpy()
        return rinterface.BoolSexpVector(
            [rinterface.NA_Logical if gone else bool(item) for item, gone in zip(column, missing, strict=True)]
        )
    if isinstance(kind, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_dtype(kind):
        return _posixct(column)
    if pd.api.types.is_timedelta64_dtype(kind):
        return _doubles(column.dt.total_seconds())
    if pd.api.types.is_integer_dtype(kind):
        return _integers(column)
    if pd.api.types.is_float_dtype(kind):
        return _doubles(column)
    return _objects(column)


def _objects(column: pd.Series) -> Any:
    """Turn a column of Python objects into R: dates, text, or what pandas makes of them."""
    missing = column.isna().to_numpy()
    present = column[~missing]
    if not len(present):
        return rinterface.BoolSexpVector([rinterface.NA_Logical] * len(column))
    if all(type(item) is datetime.date for item in present):
        days = (pd.to_datetime(column) - pd.Timestamp(0)) / pd.Timedelta(days=1)
        dates = _doubles(days)
        dates.rclass = rinterface.StrSexpVector(["Date"])
        return dates
    if all(isinstance(item, str | Path) for item in present):
        return rinterface.StrSexpVector(
            [rinterface.NA_Character if gone else str(item) for item, gone in zip(column, missing, strict=True)]
        )
    better = column.convert_dtypes()
    if better.dtype == object:
        kinds = ", ".join(sorted({type(item).__name__ for item in present}))
        raise TypeError(f"Column {column.name!r} mixes {kinds}: give it one type before it goes to R")
    return _vector(better)


def _integers(column: pd.Series) -> Any:
    missing = column.isna().to_numpy()
    values = column.fillna(0).to_numpy(dtype=np.int64) if missing.any() else column.to_numpy(dtype=np.int64)
    # R keeps the smallest 32-bit integer for NA itself.
    if len(values) and (values.min() <= _INT32.min or values.max() > _INT32.max):
        return _doubles(column)
    small = values.astype(np.int32)
    small[missing] = _INT32.min
    return _copied(rinterface.IntSexpVector, small)


def _doubles(column: pd.Series) -> Any:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    vector = _copied(rinterface.FloatSexpVector, values)
    for place in np.flatnonzero(np.isnan(values)):
        vector[int(place)] = rinterface.NA_Real
    return vector


def _copied(kind: Any, values: Any) -> Any:
    """Copy an array into a new R vector of a kind."""
    contiguous: Any = np.ascontiguousarray(values)
    return kind.from_memoryview(memoryview(contiguous))


def _posixct(column: pd.Series) -> Any:
    naive = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz is not None else column
    seconds = (naive - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
    times = _doubles(seconds)
    times.do_slot_assign("tzone", rinterface.StrSexpVector(["UTC"]))
    times.rclass = rinterface.StrSexpVector(["POSIXct", "POSIXt"])
    return times


def _factor(column: pd.Series) -> Any:
    codes = column.cat.codes.to_numpy().astype(np.int32) + 1
    codes[codes == 0] = _INT32.min
    factor = _copied(rinterface.IntSexpVector, codes.astype(np.int32))
    factor.do_slot_assign("levels", rinterface.StrSexpVector([str(level) for level in column.cat.categories]))
    factor.rclass = rinterface.StrSexpVector(["ordered", "factor"] if column.cat.ordered else ["factor"])
    return factor


def _names(vector: Any) -> list[str]:
    names = rinterface.baseenv["names"](vector)
    return [] if names is NULL else [str(name) for name in names]


def _numbers(vector: Any, kind: type) -> np.ndarray:
    """Copy an R vector of numbers; rpy2 has no view of an empty one."""
    return np.array(vector.memoryview() if len(vector) else [], dtype=kind)


def _series(vector: Any) -> pd.Series:
    """Turn an R vector into a column, by its class, then its type."""
    classes = tuple(vector.rclass)
    if "factor" in classes:
        codes = _numbers(vector, np.int64)
        codes = np.where(codes == _INT32.min, -1, codes - 1)
        levels = [str(level) for level in vector.do_slot("levels")]
        return pd.Series(pd.Categorical.from_codes(codes.tolist(), pd.Index(levels), ordered="ordered" in classes))
    if "Date" in classes or "POSIXct" in classes:
        length = pd.to_timedelta(_numbers(vector, np.float64), unit="D" if "Date" in classes else "s")
        return pd.Series(pd.Timestamp(0) + length).dt.round("us")
    if isinstance(vector, rinterface.BoolSexpVector):
        flags = [None if item is rinterface.NA_Logical else bool(item) for item in vector]
        return pd.Series(flags, dtype="boolean" if None in flags else "bool")
    if isinstance(vector, rinterface.IntSexpVector):
        integers = _numbers(vector, np.int64)
        gone = integers == _INT32.min
        column = pd.Series(integers)
        return column.astype("Int64").mask(gone) if gone.any() else column
    if isinstance(vector, rinterface.FloatSexpVector):
        return pd.Series(_numbers(vector, np.float64))
    if isinstance(vector, rinterface.StrSexpVector):
        return pd.Series([None if item is rinterface.NA_Character else str(item) for item in vector], dtype=object)
    raise TypeError(f"An R column of class {'/'.join(classes)} has no counterpart here")


def _scalar(series: pd.Series) -> Any:
    value = series.iloc[0]
    return value.item() if isinstance(value, np.generic) else value
