"""Promises that the house keeps: each one would otherwise rely on memory."""

import ast
import functools
import importlib
import inspect
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from clinical.lifecycle import ASSESSMENT, PRESCRIPTION
from orders import commands
from orders.lifecycle import COMPANION, ORDER, REQUEST

ROOT = Path(settings.BASE_DIR)
FLOORS = [
    "nursing_platform",
    "desks",
    "notifications",
    "reporting",
    "indicators",
    "bedside",
    "supervision",
    "education",
    "followups",
    "referrals",
    "consults",
    "logistics",
    "safety",
    "orders",
    "clinical",
    "nurses",
    "patients",
    "catalog",
    "institutions",
    "accounts",
    "audit",
    "kernel",
]
OURS = [floor for floor in FLOORS if floor not in ("nursing_platform", "kernel")]
WRITES = {
    "save",
    "create",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
# Rooms that may write: the verbs, and the machinery of the trace on which every verb rests.
WRITERS = {"services", "services.py", "door.py", "delivery.py", "sealing", "verification"}


def sources(*floors):
    for floor in floors:
        for path in sorted((ROOT / floor).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def named(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    ("table", "known"),
    [
        (REQUEST, commands.REQUEST),
        (ORDER, commands.ORDER),
        (COMPANION, commands.COMPANION),
        (ASSESSMENT, commands.ASSESSMENT),
        (PRESCRIPTION, commands.PRESCRIPTION),
    ],
    ids=lambda x: getattr(x, "name", ""),
)
def test_every_step_has_a_command_and_every_command_a_step(table, known):
    assert set(known) | commands.ELSEWHERE[table.name] == {step.name for step in table.steps}
    assert not set(known) & commands.ELSEWHERE[table.name]


def test_foreign_keys_point_down():
    """import-linter cannot see a foreign key named by a string."""
    for model in apps.get_models():
        app = model._meta.app_label
        for field in model._meta.get_fields():
            target = field.related_model and not field.auto_created and field.related_model._meta.app_label
            if app in FLOORS and target in FLOORS:
                assert FLOORS.index(app) <= FLOORS.index(target), f"{model._meta.label}.{field.name}"


def test_only_verbs_write():
    found = []
    for path in sources(*OURS, "nursing_platform"):
        if WRITERS & {*path.parts}:
            continue
        for node in calls(path):
            owner, verb = ast.unparse(node.func.value), node.func.attr
            on_a_model = "objects" in owner or verb in {"bulk_create", "bulk_update", "update_or_create"}
            if on_a_model or (verb == "save" and not node.args):
                found.append(f"{named(path)}:{node.lineno} {owner}.{verb}")

    assert found == []


def calls(path):
    """Every call of a method that writes, in one file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            yield node


def services_of(app):
    room = ROOT / app / "services"
    if room.is_dir():
        return [importlib.import_module(f"{app}.services.{p.stem}") for p in room.glob("[!_]*.py")]
    return [importlib.import_module(f"{app}.services")] if (ROOT / app / "services.py").exists() else []


# The last is the way that articles and courses share, each step of it through their door.
RECORDS = ("recording(", ".take(", ".create(\n", '.create("', "_writing(", "DOOR.create(", "looked(", "PAPERS.")


@pytest.mark.parametrize("app", [app for app in OURS if app != "audit"])
def test_every_verb_leaves_a_record_and_takes_named_arguments_only(app):
    for module in services_of(app):
        for name, verb in inspect.getmembers(module, inspect.isfunction):
            if verb.__module__ != module.__name__ or name.startswith("_") or not is_verb(verb):
                continue
            source = inspect.getsource(verb)
            calls_a_verb = any(f"{other}(" in source for other in verbs_that_record())
            assert any(word in source for word in RECORDS) or calls_a_verb, f"{module.__name__}.{name} leaves no record"
            kinds = {p.kind for p in inspect.signature(verb).parameters.values()}
            assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}, name


def is_verb(function) -> bool:
    """A verb says who acts; helpers that a verb shares with its neighbours do not."""
    return {"by", "now"} <= set(inspect.signature(function).parameters)


@functools.cache
def verbs_that_record():
    return {
        name
        for floor in OURS
        for other in services_of(floor)
        for name, f in inspect.getmembers(other, inspect.isfunction)
        if any(mark in inspect.getsource(f) for mark in RECORDS)
    }


def test_no_status_is_compared_outside_the_lifecycles():
    found = []
    for path in sources(*OURS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if path.name != "lifecycle.py" and isinstance(node, ast.Compare):
                equal = any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
                sides = [node.left, *node.comparators]
                if equal and any(isinstance(side, ast.Attribute) and side.attr == "status" for side in sides):
                    found.append(f"{named(path)}:{node.lineno}: {ast.unparse(node)}")

    assert found == [], "name the set of statuses in lifecycle.py"


def test_templates_never_compare_a_status_nor_style_inline():
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for bad in (".status ==", ".status !=", " style=", " onclick=", "<script>", "|safe"):
            assert bad not in text, f"{named(path)} contains {bad!r}"


BARRED = {
    "services": ("rest_framework", "django.http", "celery"),
    "selectors": ("rest_framework", "django.http", "celery"),
    "lifecycle": ("rest_framework", "django.http", "celery", "django.db.transaction"),
    "rules": ("rest_framework", "django.http", "celery"),
    "needs": ("rest_framework", "django.http", "celery", "django.db"),
}


def test_rooms_do_not_know_the_web():
    found = []
    for path in sources(*OURS, "kernel"):
        room = "services" if "services" in path.parts else path.stem
        barred = ("django", "rest_framework", "celery") if "kernel" in path.parts else BARRED.get(room, ())
        found += [f"{named(path)} imports {name}" for name in imports(path) if barred and name.startswith(barred)]

    assert found == []


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


MACHINES = ("healthz", "readyz", "metrics", "api/", "admin/")


def routes(patterns, prefix=""):
    for pattern in patterns:
        where = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, where)
        elif isinstance(pattern, URLPattern):
            yield where, pattern.callback


def test_every_page_says_who_may_open_it():
    undeclared = [
        where
        for where, view in routes(get_resolver().url_patterns)
        if not where.startswith(MACHINES) and not hasattr(view, "roles")
    ]

    assert undeclared == []


def test_every_file_leaves_through_the_answers_that_nobody_keeps():
    # The checking program is for everybody and holds nobody's data.
    open_to_all = {"desks/public/views.py"}
    found = [
        named(path)
        for path in sources("desks")
        if "FileResponse(" in path.read_text() or "Content-Disposition" in path.read_text()
    ]
    assert set(found) - open_to_all == {"desks/downloads.py"}


def test_nothing_is_done_behind_the_back():
    """No signals, no ``save()`` overrides, no methods that act on models."""
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            assert "save" not in vars(model), model
            assert "delete" not in vars(model), model
            assert not model._meta.ordering, f"{model}: order belongs to the selector"
    for path in sources(*OURS, "nursing_platform"):
        text = path.read_text(encoding="utf-8")
        assert "django.db.models.signals" not in text, path
        assert "@receiver" not in text, path


# One file by its purpose: it travels alone, in every evidence pack, to people who have nothing else of ours.
TRAVELS_ALONE = {"audit/standalone/verify.py"}


def test_files_stay_short_enough_to_read():
    long = {named(p): len(p.read_text(encoding="utf-8").splitlines()) for p in sources(*OURS, "kernel", "devtools")}

    assert {name for name, n in long.items() if n > 430} == TRAVELS_ALONE


@pytest.mark.django_db
def test_only_constraints_we_named_hold_facts():
    """Every check, unique and exclusion constraint of ours has a readable name of its own."""
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            for constraint in model._meta.constraints:
                assert constraint.name == constraint.name.lower()
                assert len(constraint.name) > 8
