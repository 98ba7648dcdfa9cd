"""
Which requirement is met where, and which test proves it: read from the repository, not from memory.

``docs/requirements.csv`` is the matrix of the five documents, ``docs/where.csv`` says in short words what covers a row,
and the tests name the clauses they prove by ``@pytest.mark.clause("002 五(二)2")``.
"""

import ast
import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

# Clauses that rules cite although the matrix, which knows only the five documents, does not list them.
ALIASES = {"护士条例": "《护士条例》：执业证书在有效期内，方可从事护理活动"}
# A row whose ``where`` says what is still missing is met in part.
STILL_MISSING = "尚无"


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement; ``clause`` is spelled as tests and rules spell it: ``002 五(二)2``, ``002 附件-6``."""

    id: str
    document: str
    clause: str
    requirement: str
    key_term: str
    software: str
    capability: str
    where: str

    @property
    def in_part(self) -> bool:
        return STILL_MISSING in self.where


@dataclass(frozen=True, slots=True)
class Proof:
    """One marker: ``test`` is the function or class that bears it, or ``*`` for a whole file."""

    clause: str
    path: str
    test: str


def rows(docs: Path) -> list[Row]:
    """Every row of the matrix, in its order, with what covers it."""
    where = {line["id"]: line["where"] for line in lines_of(docs / "where.csv")}
    return [
        Row(
            id=line["id"],
            document=line["document"],
            clause=f"{line['document']} {line['clause']}",
            requirement=line["requirement"],
            key_term=line["key_term"],
            software=line["software"],
            capability=line["capability"],
            where=where.get(line["id"], ""),
        )
        for line in lines_of(docs / "requirements.csv")
    ]


def proofs(tests: Path) -> list[Proof]:
    """
    Every clause marker in the suite.

    :raises ValueError: a marker's clause is computed, so that nobody can find it by searching
    """
    found = []
    for path in sorted(tests.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = str(path.relative_to(tests.parent))
        for test, mark in _marks(tree):
            for argument in mark.args:
                if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                    raise ValueError(f"{named}:{mark.lineno}: write the clause out, so that it can be searched for")
                found.append(Proof(argument.value, named, test))
    return found


def unknown(proven: Iterable[Proof], known: Iterable[Row]) -> list[Proof]:
    """Markers that name a clause which neither the matrix nor the alias table knows."""
    clauses = {row.clause for row in known} | set(ALIASES)
    return [proof for proof in proven if proof.clause not in clauses]


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _marks(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from ((node.name, call) for one in node.decorator_list for call in _clauses(one))
        elif isinstance(node, ast.Assign) and "pytestmark" in {getattr(t, "id", "") for t in node.targets}:
            yield from (("*", call) for call in _clauses(node.value))


def _clauses(node: ast.AST) -> Iterator[ast.Call]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "clause":
            yield call
