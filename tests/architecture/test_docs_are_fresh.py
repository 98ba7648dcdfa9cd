"""What is written about the platform agrees with the platform."""

import re
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import URLResolver, get_resolver

from clinical.lifecycle import ASSESSMENT, PRESCRIPTION
from desks import compliance
from desks.demo import accounts as demo
from orders.lifecycle import APPEAL, ORDER, PLAN, REQUEST
from orders.management import documents

ROOT = Path(settings.BASE_DIR)
DOCS = ROOT / "docs"
OURS = [app.label for app in apps.get_app_configs() if (ROOT / app.label / "apps.py").exists()]
ROWS = compliance.rows(DOCS)
PROOFS = compliance.proofs(ROOT / "tests")
CHAIN = [row for row in ROWS if row.capability == "chain"]


@pytest.mark.parametrize("command", ["lifecycle_docs", "compliance_docs"])
def test_a_generated_document_is_fresh(command):
    said = StringIO()
    try:
        call_command(command, "--check", stdout=said)
    except CommandError as stale:
        pytest.fail(f"{stale}\n{said.getvalue()}", pytrace=False)


def test_a_stale_document_is_refused_with_its_difference(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "DOCS", tmp_path)
    said = StringIO()
    (tmp_path / "lifecycle.md").write_text("# 生命周期\n旧的一行\n", encoding="utf-8")

    with pytest.raises(CommandError, match="stale"):
        call_command("lifecycle_docs", "--check", stdout=said)

    assert "-旧的一行" in said.getvalue()
    call_command("lifecycle_docs", stdout=said)
    call_command("lifecycle_docs", "--check", stdout=said)


# --- the matrix -----------------------------------------------------------------------------------------------------


def test_the_matrix_is_whole():
    assert len(ROWS) == len({row.id for row in ROWS}) == 252
    assert len(CHAIN) == 93
    assert {line.id for line in ROWS if line.where} == {line["id"] for line in compliance.lines_of(DOCS / "where.csv")}


@pytest.mark.parametrize("row", CHAIN, ids=lambda row: row.id)
def test_every_row_of_the_chain_is_covered_and_tested(row):
    assert row.where, f"{row.id} {row.clause}: say in docs/where.csv what covers it"
    assert row.clause in {proof.clause for proof in PROOFS}, f"{row.id}: no test is marked with {row.clause}"


def test_markers_and_lifecycles_name_clauses_that_exist():
    assert compliance.unknown(PROOFS, ROWS) == []
    cited = {step.clause for table in (REQUEST, ORDER, PLAN, APPEAL, ASSESSMENT, PRESCRIPTION) for step in table.steps}
    assert cited - {""} <= {row.clause for row in ROWS}


def test_what_covers_a_row_exists():
    sources = "".join(p.read_text(encoding="utf-8") for app in [*OURS, "kernel"] for p in (ROOT / app).rglob("*.py"))
    pages = {"/" + route for route in routes(get_resolver().url_patterns)}
    lost = []
    for row in ROWS:
        for name in re.findall(r"(?<![\w./])[a-z_]+(?:\.[A-Za-z_]+)+", row.where):
            if not (f'"{name}"' in sources or is_importable(name) or (ROOT / name).exists()):
                lost.append(f"{row.id}: {name}")
        for page in re.findall(r"(?<![\w/])/(?:[\w-]+/)*(?![\w.])", row.where):
            if not any(address.startswith(page) for address in pages):
                lost.append(f"{row.id}: {page}")
    assert lost == []


def is_importable(name: str) -> bool:
    """A module of ours, or what a module or class of ours holds."""
    *parents, last = name.split(".")
    place = ROOT.joinpath(*parents, last)
    if place.with_suffix(".py").exists() or (place / "__init__.py").exists():
        return True
    try:
        return hasattr(import_module(".".join(parents)), last)
    except ImportError:
        return False


def routes(patterns, prefix=""):
    for pattern in patterns:
        where = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, where)
        else:
            yield where


# --- what people are told first -------------------------------------------------------------------------------------


def test_the_readme_names_the_demo_accounts_and_pages_that_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = {"/" + route for route in routes(get_resolver().url_patterns)}

    named = set(re.findall(r"`(demo-[a-z0-9-]+)`", readme))
    assert named == {demo.password(), *(one.username for one in demo.ACCOUNTS)}
    for page in re.findall(r"`(/[\w/-]*)`", readme):
        assert any(address.startswith(page) for address in pages), page


@pytest.mark.parametrize("document", sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")]), ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(document):
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#]+)", document.read_text(encoding="utf-8")):
        assert "://" in target or (document.parent / target).exists(), target


# --- the glossary ---------------------------------------------------------------------------------------------------


def test_every_record_of_ours_stands_in_the_glossary():
    glossary = (DOCS / "glossary.md").read_text(encoding="utf-8")
    named = {line.split("|")[1].strip(): line for line in glossary.splitlines() if line.startswith("| ")}

    for model in apps.get_models():
        if model._meta.app_label in OURS and not model._meta.auto_created:
            line = named.get(str(model._meta.verbose_name), "")
            assert f"`{model.__name__}`" in line, f"{model._meta.label}（{model._meta.verbose_name}）"


def test_a_noun_stands_once_in_the_glossary():
    glossary = (DOCS / "glossary.md").read_text(encoding="utf-8")
    nouns = [line.split("|")[1].strip() for line in glossary.splitlines() if line.startswith("| ")]
    nouns = [noun for noun in nouns if noun not in {"中文", "---"}]

    assert sorted(nouns) == sorted(set(nouns))
