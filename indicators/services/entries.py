"""Values that the platform cannot count itself: one by hand with its evidence, or many from a file."""

import hashlib
from datetime import date, datetime
from decimal import Decimal

from accounts.models import Organization
from audit.services import recording
from indicators import access, files, measures, months
from indicators.definitions import DEFINITIONS
from indicators.models import ImportBatch, Snapshot
from indicators.rules import fits
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, hidden

CLAUSE = "001 二(四)20"
UNIQUE = ["organisation", "code", "month"]
FIELDS = ["numerator", "denominator", "value", "parts", "source", "evidence", "batch", "recorded_by", "recorded_at"]


def record_value(
    *, organisation: Organization, code: str, month: date, numerator: Decimal | None, denominator: Decimal | None,
    evidence: str, by: Actor, now: datetime,
) -> Snapshot:  # fmt: skip
    """
    Enter one value by hand, with what shows it. An earlier entry of the same month is replaced, and the trace has both.

    :raises kernel.refusals.Refused: counted by the platform, no evidence, parts that do not fit, a month to come
    """
    access.demand_over(by, organisation, what="这家机构的指标")
    meant = DEFINITIONS.get(code)
    if meant is None:
        raise hidden("这项指标")
    if measures.measure_of(code):
        raise NotNow(Refusal("indicator.computed", "这项指标由平台计算，不能手工填写。", CLAUSE))
    found = fits(meant, numerator, denominator)
    if not evidence.strip():
        found.append(Refusal("indicator.evidence", "请写明数据来自哪里、由谁提供。", CLAUSE, "evidence"))
    if months.ends(month)[0] > now:
        found.append(Refusal("indicator.month", "这个月份还没有开始，请选择已经开始的月份。", CLAUSE, "month"))
    if found:
        raise Invalid(*found)
    row = Snapshot.objects.filter(organisation=organisation, code=code, month=month).first()
    row = row or Snapshot(organisation=organisation, code=code, month=month)
    row.numerator, row.denominator, row.value = numerator, denominator, meant.reckon(numerator, denominator)
    row.parts, row.source, row.batch = {}, Snapshot.Source.BY_HAND, None
    row.evidence, row.recorded_by_id, row.recorded_at = evidence.strip()[:300], by.account, now
    with recording("indicators.value_recorded", target=row, by=by, now=now) as entry:
        row.save()
        entry.data.update({"code": code, "month": f"{month:%Y-%m}", "value": str(row.value)})
    return row


def apply_file(
    *, district: Organization, name: str, content: bytes, evidence: str, by: Actor, now: datetime
) -> ImportBatch:
    """
    Take a whole file of values over, or nothing of it. The act holds the digest of the file.

    :raises kernel.refusals.Refused: a line does not fit, the same file was taken before, nobody said where it is from
    """
    access.demand_over(by, district, what="这个区的指标")
    if not evidence.strip():
        raise Invalid(Refusal("import.evidence", "请写明这份文件来自哪个系统、由谁提供。", CLAUSE, "evidence"))
    read = files.read(content, places=files.places_of(by), now=now)
    if read.problems or not read.good:
        said = f"文件有 {len(read.problems)} 行没有读懂，请按逐行说明改好后再导入。"
        raise Invalid(Refusal("import.lines", said if read.problems else "文件里没有数据行。", CLAUSE, "file"))
    digest = hashlib.sha256(content).hexdigest()
    batch = ImportBatch(
        organisation=district, name=name[:120] or "未命名", sha256=digest, lines=len(read.good),
        evidence=evidence.strip()[:300], imported_by_id=by.account, imported_at=now,
    )  # fmt: skip
    with recording("indicators.file_imported", target=batch, by=by, now=now) as entry:
        Organization.objects.select_for_update(no_key=True).get(pk=district.pk)
        if ImportBatch.objects.filter(organisation=district, sha256=digest).exists():
            raise NotNow(Refusal("import.twice", "这份文件已经导入过，没有再导入一次。", CLAUSE, "file"))
        batch.save()
        Snapshot.objects.bulk_create(
            [
                Snapshot(
                    organisation_id=line.organisation_id, code=line.code, month=line.month, numerator=line.numerator,
                    denominator=line.denominator,
                    value=DEFINITIONS[line.code].reckon(line.numerator, line.denominator),
                    source=Snapshot.Source.IMPORTED, evidence=evidence.strip()[:300], batch=batch,
                    recorded_by_id=by.account, recorded_at=now,
                )
                for line in read.good
            ],
            update_conflicts=True, unique_fields=UNIQUE, update_fields=FIELDS,
        )  # fmt: skip
        entry.data.update({"sha256": digest, "lines": batch.lines, "name": batch.name})
    return batch
