"""A list of nurses: what is read, what is wrong on which line; it is taken over as one act, or not at all."""

import csv
import hashlib
import io
import zipfile
from datetime import date, timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Post, User
from accounts.roles import Role
from audit.models import Event, Outbox
from kernel.refusals import Invalid, NotYours, Refused
from kernel.spreadsheets import harmless
from nurses import selectors, services, sheets
from nurses.imports import NurseImport
from nurses.models import Affiliation, Nurse
from nurses.rolls import blank, reads
from nurses.rolls.table import COLUMNS, TITLE_OF
from tests.world import persons, places

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(二)2")]

TITLES = [column.title for column in COLUMNS]
KEYS = [column.key for column in COLUMNS]
TODAY = places.TODAY


@pytest.fixture
def centre():
    return places.centre(places.district())


@pytest.fixture
def admin(centre):
    return places.staff(centre, Role.CENTRE_ADMIN)


def line(i, **changed):
    """A nurse whom nothing speaks against."""
    return {
        "name": "护理"
        + "甲乙丙丁戊己庚辛壬癸"[i % 10]
        + "子丑寅卯辰巳午未申酉"[i // 10 % 10]
        + "天地玄黄宇宙"[i // 100],
        "username": f"hs{i:04d}",
        "sex": "女",
        "identity_number": persons.citizen_number(i, born=date(1985, 1, 1) + timedelta(days=i)),
        "certificate_number": f"20153190{i:04d}",
        "certificate_expires_on": date(2029, 5, 31),
        "title": "主管护师",
        "clinical_since": date(2012, 7, 1),
        "kind": "注册",
        "phone": f"154{i:08d}",
        "starts_on": None,
        **changed,
    }


def rows_of(lines):
    return [[one.get(key) if isinstance(one, dict) else None for key in KEYS] for one in lines]


def workbook(lines, *, head=tuple(TITLES), before=(), merge=()):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (*before, list(head), *rows_of(lines)):
        sheet.append(row)
    for cells in merge:
        sheet.merge_cells(cells)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def dry_run(centre, content):
    return reads.roll(content=content, organisation=centre, today=TODAY)


def counts():
    tables = (User, Post, Nurse, Affiliation, NurseImport, Event, Outbox)
    return [table.objects.count() for table in tables]


def planted(centre):
    """500 lines, 40 of them with a fault; those that are only written otherwise; what the database knows already."""
    persons.nurse(centre, name="顾晓雯", user=places.person("顾晓雯", username="gu-xiaowen"))
    Nurse.objects.filter(user__username="gu-xiaowen").update(certificate_number="201531999999")
    places.person("别人", username="taken")
    good = persons.citizen_number(7, born=date(1990, 3, 3))
    wrong = good[:-1] + ("1" if good[-1] != "1" else "2")
    faults = {
        5: {"identity_number": wrong}, 12: {"identity_number": good[:15]}, 20: {"identity_number": "310115"},
        31: {"username": "hs0030"}, 44: {"certificate_number": "201531900043"},
        52: {"identity_number": line(50)["identity_number"]}, 60: {"certificate_number": "201531999999"},
        61: {"username": "taken"}, 62: {"username": "gu-xiaowen"}, 70: {"clinical_since": date(2023, 7, 1)},
        71: {"clinical_since": date(2021, 3, 3)}, 72: {"clinical_since": date(2027, 1, 1)},
        80: {"title": "主管护士长"}, 81: {"title": "护士"}, 82: {"title": None},
        90: {"certificate_expires_on": date(2026, 3, 1)},
        91: {"certificate_expires_on": "二〇二九年五月"}, 92: {"certificate_expires_on": "5/31/29"},
        93: {"certificate_expires_on": "2029-02-30"}, 94: {"certificate_expires_on": 7},
        95: {"certificate_expires_on": None},
        100: {"certificate_number": 20153190010012345678}, 101: {"certificate_number": "2.0153E+11"},
        102: {"certificate_number": "编号1"}, 103: {"certificate_number": None}, 110: {"name": "=HYPERLINK(\"x\")"},
        111: {"name": "王"}, 112: {"name": "王5芳"}, 113: {"name": None}, 120: {"username": "15400000120"},
        121: {"username": "ab"}, 122: {"username": "=1+1"}, 123: {"username": None}, 130: {"sex": "不详"},
        131: {"sex": "男"}, 140: {"kind": "借调"}, 141: {"kind": None}, 150: {"phone": "12345"},
        160: {"clinical_since": date(2000, 1, 1)}, 161: {"certificate_expires_on": "=TODAY()+900"},
    }  # fmt: skip
    otherwise = {
        200: {"clinical_since": "2012-07-01"}, 201: {"clinical_since": "2012年7月1日"}, 202: {"clinical_since": 41091},
        203: {"clinical_since": 20120701}, 204: {"certificate_number": "２０１５３１９００２０４"},
        205: {"username": "'hs0205"}, 206: {"name": " 李　敏 "}, 207: {"certificate_number": 201531900207},
    }  # fmt: skip
    lines = [line(i, **faults.get(i, {}), **otherwise.get(i, {})) for i in range(500)]
    return lines, faults, otherwise


def test_forty_planted_faults_are_found_on_exactly_their_lines_and_nothing_is_written(centre):
    lines, faults, otherwise = planted(centre)
    assert len(faults) == 40
    content = workbook([*lines[:300], {}, {}, *lines[300:]])  # two empty lines between

    before = counts()
    found = dry_run(centre, content)

    assert found.faulty_lines == [i + 2 for i in sorted(faults)]
    assert {one.line for one in found.notes} >= {i + 2 for i in otherwise if i != 207}
    assert not {one.line for one in found.notes} - {i + 2 for i in (*otherwise, *faults)}
    assert len(found.lines) == 500
    assert found.lines[-1].line == 503  # numbered as the spreadsheet numbers them
    assert all(one.said and one.remedy and one.column for one in found.faults)
    assert counts() == before


def test_each_fault_names_its_column_what_was_read_and_how_to_put_it_right(centre):
    lines, faults, _ = planted(centre)
    found = {one.line - 2: one for one in dry_run(centre, workbook(lines)).faults}

    for i, changed in faults.items():
        expected = {TITLE_OF[key] for key in changed}
        if i in (160, 131):
            continue  # what contradicts itself is told at either of the two
        assert found[i].column in expected, (i, found[i])
    assert "校验码" in found[5].said
    assert "第 32 行" in found[31].said
    assert "未满 5 年" in found[70].said
    assert found[71].clause == "002 五(二)2"
    assert "到期" in found[90].said
    assert "没有这一种技术职称" in found[80].said
    assert "主管护师" in found[80].remedy
    assert "公式" in found[161].said
    assert wrong_is_masked(found[5].read)


def wrong_is_masked(text):
    return text.count("*") == 10


def test_what_is_only_written_otherwise_is_read_and_said(centre):
    lines, faults, _ = planted(centre)
    for i in faults:
        lines[i] = line(i)
    found = dry_run(centre, workbook(lines))

    assert found.faults == []
    by_line = {one.line - 2: one.values for one in found.lines}
    for i in (200, 201, 202, 203):
        assert by_line[i]["clinical_since"] == date(2012, 7, 1), i
    assert by_line[204]["certificate_number"] == "201531900204"
    assert by_line[205]["username"] == "hs0205"
    assert by_line[206]["name"] == "李敏"
    assert by_line[207]["certificate_number"] == "201531900207"


def test_a_list_is_taken_over_as_one_act_with_digest_and_counts_and_the_second_time_changes_nothing(centre, admin):
    lines = [line(i, kind="备案" if i % 5 == 0 else "注册") for i in range(500)]
    content = workbook(lines)
    newest = Event.objects.latest("id").pk

    done = services.import_nurses(organisation=centre, content=content, by=admin, now=places.NOW)
    acts = Event.objects.filter(id__gt=newest, kind=Event.Kind.ACT)
    after = counts()
    again = services.import_nurses(organisation=centre, content=content, by=admin, now=places.NOW)

    assert [act.action for act in acts] == ["nurses.roll_imported"]
    act = acts.get()
    assert act.data["sha256"] == hashlib.sha256(content).hexdigest()
    assert (act.data["lines"], act.data["filed"], act.data["tied"], act.data["standing"]) == (500, 500, 500, 0)
    assert (act.actor_id, act.organisation_id) == (str(admin.user_id), centre.pk)
    assert again.pk == done.pk
    assert counts() == after
    roster = selectors.roster(centre.pk, TODAY)
    assert len(roster) == 500
    assert {row.kind for row in roster} == {"registered", "filed"}
    nurse = Nurse.objects.select_related("user").get(user__username="hs0042")
    assert nurse.phone == line(42)["phone"]
    assert nurse.user.display_name == line(42)["name"]
    assert not nurse.user.has_usable_password()


def test_every_row_that_was_written_bears_the_number_of_the_act(centre, admin):
    newest = Event.objects.latest("id").pk
    services.import_nurses(organisation=centre, content=workbook([line(1), line(2)]), by=admin, now=places.NOW)

    act = Event.objects.get(id__gt=newest, kind=Event.Kind.ACT)
    rows = Event.objects.filter(id__gt=newest, kind="row")
    assert {row.object_type for row in rows} >= {"accounts.user", "accounts.post", "nurses.nurse", "nurses.affiliation"}
    assert {row.act_id for row in rows} == {act.act_id}


def test_a_list_with_one_fault_is_not_taken_over_at_all(centre, admin):
    before = counts()
    content = workbook([line(1), line(2, title="护工")])

    with pytest.raises(Invalid) as no:
        services.import_nurses(organisation=centre, content=content, by=admin, now=places.NOW)

    assert "第 3 行" in no.value.sentence
    assert counts() == before


def test_who_is_on_the_roster_stays_as_she_is_and_who_serves_elsewhere_is_filed_here_too(centre, admin):
    elsewhere = places.centre(centre.parent, towns=(places.LUJIAZUI,), name="陆家嘴")
    services.import_nurses(organisation=elsewhere, content=workbook([line(1)]), by=places.SETUP, now=places.NOW)
    services.import_nurses(organisation=centre, content=workbook([line(2)]), by=admin, now=places.NOW)

    done = services.import_nurses(
        organisation=centre, content=workbook([line(1, kind="备案"), line(2), line(3)]), by=admin, now=places.NOW
    )

    assert (done.lines, done.filed, done.tied, done.standing) == (3, 1, 2, 1)
    assert Nurse.objects.get(user__username="hs0001").affiliations.count() == 2
    assert Nurse.objects.get(user__username="hs0002").affiliations.count() == 1


def test_a_centre_can_be_named_by_its_own_administrator_only(centre, admin):
    elsewhere = places.centre(centre.parent, towns=(places.LUJIAZUI,), name="陆家嘴")

    with pytest.raises(NotYours):
        services.import_nurses(organisation=elsewhere, content=workbook([line(1)]), by=admin, now=places.NOW)


def test_a_list_of_people_who_are_all_there_is_nothing_to_take_over(centre, admin):
    services.import_nurses(organisation=centre, content=workbook([line(1), line(2)]), by=admin, now=places.NOW)

    with pytest.raises(Refused, match="都已在本中心名册上"):
        services.import_nurses(organisation=centre, content=workbook([line(2)]), by=admin, now=places.NOW)


def test_the_table_may_begin_lower_under_a_merged_title(centre):
    title = ["某中心护士名册"]
    found = dry_run(centre, workbook([line(1), line(2)], before=(title,), merge=("A1:K1",)))

    assert found.faults == []
    assert [one.line for one in found.lines] == [3, 4]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"head": [t for t in TITLES if t != "技术职称"]}, "缺少「技术职称」这一列"),
        ({"head": [*TITLES[:-1], "姓名"]}, "「姓名」这一列出现了 2 次"),
        ({"head": ["甲", "乙", "丙"]}, "没有找到表头"),
        ({"merge": ("F1:G1",)}, "缺少「技术职称」这一列"),
        ({"merge": ("A2:A3",)}, "这一行有合并的单元格"),
    ],
)
def test_a_head_that_is_not_the_template_s_is_told(centre, made, said):
    found = dry_run(centre, workbook([line(1), line(2)], **made))

    assert any(said in one.said for one in found.faults), found.faults


def test_a_csv_as_excel_saves_it_in_chinese_is_read_as_well(centre):
    page = io.StringIO()
    told = [{**line(i), "clinical_since": "2012/7/1", "certificate_expires_on": "2029-05-31"} for i in (1, 2)]
    csv.writer(page).writerows([TITLES, *rows_of(told)])

    for encoding in ("gb18030", "utf-8-sig", "utf-8"):
        found = dry_run(centre, page.getvalue().encode(encoding))
        assert found.faults == [], encoding
        assert len(found.fresh) == 2
    bad = page.getvalue().replace("2012/7/1", "=NOW()", 1)
    assert [one.line for one in dry_run(centre, bad.encode()).faults] == [2]


def zipped(files):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return kept.getvalue()


def changed_workbook(change):
    """A sound workbook with one part put in or altered."""
    with zipfile.ZipFile(io.BytesIO(workbook([line(1)]))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    return zipped(files)


def with_far_row(files):
    part = "xl/worksheets/sheet1.xml"
    far = b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    files[part] = files[part].replace(b"</sheetData>", far)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "是空的"),
        (b"x" * (sheets.LARGEST + 1), "超过 1 MB"),
        (sheets.OLD_EXCEL + b"\x00" * 600, "旧版 Excel"),
        (b"PK\x03\x04 not a zip", "没有读懂"),
        (b"\x00\x01\x02\xff", "没有读懂"),
        (zipped({"xl/worksheets/sheet1.xml": b"0" * (sheets.UNPACKED + 1)}), "解开后太大"),
        (zipped({f"{i}.xml": b"" for i in range(sheets.PARTS + 1)}), "解开后太大"),
        (changed_workbook(lambda files: files.update({"xl/vbaProject.bin": b"x"})), "带有宏"),
        (changed_workbook(lambda files: files.update({"x.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'})), "结构"),
        (changed_workbook(with_far_row), "一次最多导入"),
        (changed_workbook(lambda files: files.pop("xl/workbook.xml")), "没有读懂"),
    ],
    ids=["empty", "large", "old", "broken", "binary", "bomb", "parts", "macros", "entity", "far", "no-book"],
)
def test_a_file_that_should_not_be_opened_is_refused_in_words(centre, content, said):
    with pytest.raises(Invalid) as no:
        dry_run(centre, content)

    assert said in no.value.sentence


def test_the_template_is_an_empty_list_that_is_read_back(centre):
    found = dry_run(centre, blank.workbook())

    assert [one.said for one in found.faults] == ["表头下面没有名单。"]


def test_the_report_holds_every_remark_and_no_formula(centre):
    found = dry_run(centre, workbook([line(1, name="=cmd|' /C calc'!A0"), line(2, phone="+1-2"), line(3, title="@x")]))
    table = list(csv.reader(io.StringIO(blank.report(found).decode("utf-8-sig"))))

    assert table[0] == list(blank.REPORT)
    assert len(table) == 1 + len(found.faults) + len(found.notes)
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in table for cell in row)
    assert any(cell.startswith("'=cmd") for row in table for cell in row)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\tx", "  =1"])
def test_a_text_that_a_spreadsheet_would_run_leaves_behind_an_apostrophe(text):
    assert harmless(text) == f"'{text}"
    assert harmless("王芳") == "王芳"
    assert harmless(-3) == -3


def test_a_dry_run_asks_as_many_questions_for_two_hundred_lines_as_for_one(centre):
    asked = []
    for n in (1, 200):
        with CaptureQueriesContext(connection) as queries:
            dry_run(centre, workbook([line(i) for i in range(n)]))
        asked.append(len(queries))

    assert asked[0] == asked[1]


@pytest.mark.clause("002 五(八)")
def test_a_first_password_is_given_once_and_never_over_one_that_somebody_has(centre, admin):
    services.import_nurses(organisation=centre, content=workbook([line(1)]), by=admin, now=places.NOW)
    post = Post.objects.get(user__username="hs0001")
    stranger = places.staff(places.bare_centre(centre.parent, name="别处"), Role.CENTRE_ADMIN)

    with pytest.raises(NotYours):
        accounts.give_first_password(post_id=post.pk, password="shangmen-huli-2026", by=stranger, now=timezone.now())
    with pytest.raises(Invalid):
        accounts.give_first_password(post_id=post.pk, password="123", by=admin, now=timezone.now())
    accounts.give_first_password(post_id=post.pk, password="shangmen-huli-2026", by=admin, now=timezone.now())

    assert User.objects.get(username="hs0001").check_password("shangmen-huli-2026")
    with pytest.raises(Refused, match="已有密码"):
        accounts.give_first_password(post_id=post.pk, password="ling-yi-ge-2026", by=admin, now=timezone.now())


@pytest.mark.clause("002 五(八)")
def test_a_post_added_elsewhere_is_no_key_to_an_account_that_nobody_has_entered_yet(centre, admin):
    services.import_nurses(organisation=centre, content=workbook([line(1)]), by=admin, now=places.NOW)
    elsewhere = places.bare_centre(centre.parent, name="别处")
    stranger = places.staff(elsewhere, Role.CENTRE_ADMIN)
    added = accounts.begin_post(
        user=User.objects.get(username="hs0001"), organisation=elsewhere, role=Role.DOCTOR,
        starts_on=places.TODAY, by=stranger, now=places.NOW,
    )  # fmt: skip

    with pytest.raises(NotYours, match="由另一家机构开通"):
        accounts.give_first_password(post_id=added.pk, password="shangmen-huli-2026", by=stranger, now=timezone.now())

    assert not User.objects.get(username="hs0001").has_usable_password()
