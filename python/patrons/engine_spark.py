"""Spark as the engine: one session of one process, bounded, quiet, leaving nothing behind.

Spark runs in a process of its own (Java), started when the first connection is opened and ended with ours. Whatever it
writes (spilled rows, its warehouse, temporary files, its log) goes into a folder of `.cache/spill/` of the project.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import weakref
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from patrons.errors import PatronsError

if TYPE_CHECKING:
    from ibis import BaseBackend

#: What Spark's driver, which is all there is on one machine, may hold in memory; what is more goes to disk.
MEMORY = "2g"
#: Into how many parts rows are divided between two steps; Spark puts small parts together again.
PARTS = 32
OLDEST_JAVA = 17
ALL_CORES = "local[*]"
QUIET = """rootLogger.level = error
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %p %c: %m%n%ex
"""


def connect(url: str) -> BaseBackend:
    """Open a session of Spark, with tables of its own.

    Parameters
    ----------
    url
        ``pyspark://`` runs on all cores of this machine. Any setting of Spark may be added, and takes precedence:
        ``pyspark://?spark.driver.memory=8g``, or ``pyspark://?spark.master=spark://host:7077`` for a cluster, whose
        workers must see the project's folder under the same path. All connections of a process share one Spark: that
        of the first URL.

    Raises
    ------
    PatronsError
        If the URL cannot be understood, or Spark does not start.
    """
    import ibis

    # Sessions share what runs, not their tables: two sources in one process both have `transactions`.
    return ibis.pyspark.connect(_session(settings(url)).newSession())


def settings(url: str) -> tuple[tuple[str, str], ...]:
    """Return the settings that a URL asks for.

    Examples
    --------
    >>> settings("pyspark://?spark.driver.memory=8g")
    (('spark.driver.memory', '8g'),)
    """
    where, _, query = url.removeprefix("pyspark://").partition("?")
    if where:
        raise PatronsError(
            f"engine: {where!r} after pyspark:// means nothing to Spark; "
            "a cluster is named as pyspark://?spark.master=spark://host:7077."
        )
    try:
        found = tuple(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    except ValueError:
        raise PatronsError(f"engine: {query!r} should be settings, as in ?spark.driver.memory=8g") from None
    if unknown := [key for key, _ in found if not key.startswith("spark.")]:
        raise PatronsError(f"engine: {unknown[0]!r} is no setting of Spark, which all begin with `spark.`")
    return found


def require_java() -> None:
    """Refuse to go on without a Java that Spark runs on.

    Raises
    ------
    PatronsError
        Saying how to install it.
    """
    found = java_version()
    if found is None or found < OLDEST_JAVA:
        there = "none was found" if found is None else f"this is Java {found}"
        raise PatronsError(
            f"engine: pyspark:// needs Java {OLDEST_JAVA} or newer; {there}. "
            "Run `make book SOURCE=…` with this source, or `tools/setup spark`, which install it where there is apt "
            "(package default-jre-headless); or point JAVA_HOME to one; or leave `engine:` out for DuckDB."
        )


def java_version() -> int | None:
    """Return the number of the Java that Spark would start, None without one."""
    folder = os.environ.get("JAVA_HOME")
    program = str(Path(folder, "bin", "java")) if folder else shutil.which("java")
    if not program:
        return None
    try:
        said = subprocess.run([program, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return None
    for line in said.splitlines():  # such as: openjdk version "17.0.15" 2025-04-15
        if " version " in line:
            return int(line.split('"')[1].split(".")[0].split("-")[0])
    return None


@cache
def _session(asked: tuple[tuple[str, str], ...]) -> Any:
    from pyspark.sql import SparkSession

    return SparkSession.getActiveSession() or _start(dict(asked))


def _start(asked: dict[str, str]) -> Any:
    """Start Java with Spark in it, and see to its end."""
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    from patrons.engine import spill_folder

    folder = spill_folder(_start)
    log = folder / "spark.log"
    conf = SparkConf(loadDefaults=False).setAll(list({**defaults(folder, asked), **asked}.items()))
    try:
        with log.open("wb") as words:  # they would be taken for a chapter's output
            gateway = launch_gateway(conf, {"stdout": words, "stderr": subprocess.STDOUT})
        context = SparkContext(conf=conf, gateway=gateway)
    except (PySparkRuntimeError, Py4JError, OSError) as error:
        said = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        reason = "\n  ".join(said[-5:] or [str(error)])
        raise PatronsError(f"engine: Spark did not start. Its last words:\n  {reason}") from error
    weakref.finalize(_start, _end, context, gateway)  # done before the folder is removed: last made, first done
    return SparkSession(context)


def defaults(folder: Path, asked: dict[str, str]) -> dict[str, str]:
    """Return our settings of Spark, which keep to a folder; those of a URL take precedence."""
    quiet = folder / "log4j2.properties"
    quiet.write_text(QUIET, encoding="utf-8")
    java = {
        "java.io.tmpdir": folder,
        "derby.system.home": folder,
        "log4j2.configurationFile": quiet.as_uri(),
    }
    found = {
        "spark.master": ALL_CORES,
        "spark.app.name": "patrons",
        "spark.driver.memory": MEMORY,
        "spark.driver.maxResultSize": MEMORY,
        "spark.driver.extraJavaOptions": " ".join(
            ["-XX:-UsePerfData", *(f'"-D{key}={value}"' for key, value in java.items())]
        ),
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(PARTS),
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    master = asked.get("spark.master", ALL_CORES)
    if master == "local" or master.startswith("local["):  # nobody else need reach it
        found |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    return found


def _end(context: Any, gateway: Any) -> None:
    context.stop()
    gateway.shutdown()
    if gateway.proc is not None:  # what it would still tidy up goes with the folder
        gateway.proc.kill()
        gateway.proc.wait()
