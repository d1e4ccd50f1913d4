"""Back a whole database up to a file, and restore it."""

import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from rdv.store import session
from rdv.store.session import BUSY_SECONDS, Database, is_in_the_way, unreachable
from rdv.store.upgrade import prepare, upgrade
from rdv.terms import Broken, Invalid, Refused

Failed = (sqlite3.Error, OSError, subprocess.CalledProcessError)

_VERSION = re.compile(r"^COPY public\.alembic_version.*\n(\d+)$", re.MULTILINE)


def backup(database: Database, target: Path) -> None:
    """Copy the database, whole and consistent, while other programs use it.

    SQLite: a database file. PostgreSQL: an archive for `pg_restore`, made by `pg_dump`. Raises Refused if the target
    exists or `pg_dump` is missing, Broken if the database cannot be read.
    """
    if target.exists():
        raise Refused("file_exists", path=str(target))
    with database.read():  # gives a clear error if the database is absent or too old
        pass
    try:
        if database.file is not None:
            _copy_sqlite(database.file, target)
        else:
            _dump_postgresql(database, target)
    except Failed as problem:
        target.unlink(missing_ok=True)
        raise Broken("backup_failed", path=str(target), problem=_told(problem)) from None


def restore(database: Database, file: Path, *, force: bool = False) -> tuple[str, str]:
    """Replace the database with the contents of a backup, whole or not at all, and upgrade it.

    Returns the schema of the backup and the current one. Raises Invalid for a file that is not a backup of this kind of
    database, Refused("database_there") without `force`, Broken if the backup is newer than this program or if the
    database stays busy for longer than the time limit.
    """
    found = _age_of_file(file) if database.is_sqlite else _age_of_archive(file)
    if found is None:
        raise Invalid("not_a_backup", path=str(file), kind="SQLite" if database.is_sqlite else "PostgreSQL")
    if found > session.SCHEMA:
        raise Broken("database_age", database=str(file), found=found, wanted=session.SCHEMA)
    if _is_there(database) and not force:
        raise Refused("database_there", database=database.label)
    try:
        if database.file is not None:
            prepare(database)
            with database.turn():
                _copy_sqlite(file, database.file)
        else:
            _restore_postgresql(database, file)
    except Failed as problem:
        raise Broken("restore_failed", database=database.label, problem=_told(problem)) from None
    database.close()
    return found, upgrade(database)[1]


def _is_there(database: Database) -> bool:
    """Return True if there is data to lose, or a file of another program."""
    if database.file is not None:
        return database.file.exists() and database.file.stat().st_size > 0
    return database.schema() is not None


def _told(problem: Exception) -> str:
    if isinstance(problem, subprocess.CalledProcessError):
        return str(problem.stderr).strip()
    return str(problem)


def _copy_sqlite(file: Path, target: Path) -> None:
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target, timeout=BUSY_SECONDS)) as copy:
        target.chmod(0o600)
        source.backup(copy)


def _age_of_file(file: Path) -> str | None:
    if not file.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source:
            if source.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                return None
            row = source.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return None
    return str(row[0]) if row else None


def _age_of_archive(file: Path) -> str | None:
    program = _program("pg_restore")
    asked = [program, "--data-only", "--table=alembic_version", "--file=-", str(file)]
    ran = subprocess.run(asked, capture_output=True, text=True, check=False)
    found = _VERSION.search(ran.stdout)
    return found[1] if found else None


def _dump_postgresql(database: Database, target: Path) -> None:
    program = _program("pg_dump")
    target.touch(mode=0o600)
    waits = f"--lock-wait-timeout={BUSY_SECONDS * 1000}"
    _run([program, "--format=custom", waits, f"--file={target}", _address(database.url)], database.url)


def _restore_postgresql(database: Database, file: Path) -> None:
    """Restore in one transaction. Owners and rights are those of the account that restores: see examples/postgresql."""
    _need_turn(database)
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--clean", "--if-exists"]
    _run([_program("pg_restore"), *options, f"--dbname={_address(database.url)}", str(file)], database.url)


def _need_turn(database: Database) -> None:
    """Raise Broken if other sessions hold a table for longer than the time limit. `pg_restore` would wait for ever,
    and all other sessions behind it.
    """
    ours = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user"
    try:
        with database.writing.begin() as connection:
            names = ", ".join(connection.exec_driver_sql(ours).scalars())
            if names:
                connection.exec_driver_sql(f"LOCK TABLE {names}")
    except DBAPIError as problem:
        if is_in_the_way(problem):
            raise Broken("database_locked", database=database.label) from problem
        raise unreachable(database, problem) from problem


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Refused("program_missing", program=name)
    return found


def _address(url: URL) -> str:
    return url.set(drivername="postgresql", password=None).render_as_string()


def _run(command: list[str], url: URL) -> None:
    """Run a program of PostgreSQL. It gets the password through its environment."""
    secret = {"PGPASSWORD": url.password} if url.password else {}
    subprocess.run(command, env={**os.environ, **secret}, check=True, capture_output=True, text=True)
