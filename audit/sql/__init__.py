"""SQL of the trace's schema. A file with a number belongs to the migration of that number and is never edited again."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def read(name: str) -> str:
    return (_HERE / f"{name}.sql").read_text(encoding="utf-8")


def migrations() -> list[str]:
    """Name the files that migrations have run, in their order."""
    return sorted(path.stem for path in _HERE.glob("[0-9]*.sql"))
