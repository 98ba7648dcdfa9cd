"""A page's style is one file where files are collected, and says what its parts say."""

import pytest
from django.contrib.staticfiles.finders import find
from django.core.files.storage import FileSystemStorage
from rcssmin import cssmin

from desks.statics import SHEETS, Statics, sheet_urls


@pytest.fixture
def collected(tmp_path):
    """Storage as an installation has it, with the parts of every sheet collected."""
    storage = Statics(location=tmp_path, base_url="/static/")
    paths = {}
    for name in sorted({part for parts in SHEETS.values() for part in parts}):
        with open(find(name), "rb") as file:
            storage.save(name, file)
        paths[name] = (storage, name)
    problems = [said for _, _, said in storage.post_process(paths) if isinstance(said, Exception)]
    assert not problems
    return storage


@pytest.mark.parametrize("name", SHEETS)
def test_one_sheet_holds_its_parts_in_their_order(collected, monkeypatch, name):
    monkeypatch.setattr("desks.statics.staticfiles_storage", collected)
    (url,) = sheet_urls(name)
    with collected.open(url.removeprefix("/static/")) as file:
        whole = file.read().decode()
    assert whole.index("@layer") == 0, "the order of the layers is said before anything else"
    at = 0
    for part in SHEETS[name]:
        with open(find(part), encoding="utf-8") as file:
            at = whole.index(cssmin(file.read()), at) + 1
    assert FileSystemStorage(collected.location).exists(url.removeprefix("/static/") + ".br")


def test_collecting_again_after_a_change_makes_another_address(collected, monkeypatch):
    monkeypatch.setattr("desks.statics.staticfiles_storage", collected)
    before = sheet_urls("phone")
    collected.delete("css/phone.css")
    with open(find("css/phone.css"), "rb") as file:
        collected.save("css/phone.css", file)
    with open(collected.path("css/phone.css"), "ab") as file:
        file.write(b".phone{order:1}")
    list(collected.post_process({"css/phone.css": (collected, "css/phone.css")}))
    assert sheet_urls("phone") != before


def test_while_pages_are_written_each_part_is_loaded_as_it_is():
    assert [url.rpartition("/")[2] for url in sheet_urls("print")] == [
        "tokens.css",
        "base.css",
        "parts.css",
        "print.css",
    ]
