"""Writes docs/compliance.md: each requirement, what covers it, and the tests that prove it."""

from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from desks import compliance
from desks.compliance import Proof, Row
from orders.management.documents import DOCS, settle, table

DOCUMENTS = {
    "002": "浦东新区“互联网+护理服务”试点工作实施方案",
    "004": "国卫办医函〔2019〕80号 关于开展“互联网+护理服务”试点工作的通知",
    "000": "国卫医政发〔2023〕16号 进一步改善护理服务行动计划（2023—2025年）",
    "001": "渝卫发〔2023〕74号 重庆市进一步改善护理服务行动计划工作方案（2023—2025年）",
    "003": "国卫医政发〔2023〕11号 改善就医感受提升患者体验主题活动方案",
}
HEAD = """\
# 合规对照

本文由 `manage.py compliance_docs` 生成，`./run check` 会比对。要求取自 [requirements.csv](requirements.csv)
（五份文件逐条 252 行），落实取自 [where.csv](where.csv)，测试由 `@pytest.mark.clause("002 五(二)2")` 标出。
「落实」中形如 `centre.licence` 的是拒绝原因代码，`/centre/filing/` 是页面，其余是代码中的名字；
写着「尚无」的，只落实了一部分。测试按条款标注：同一条款下的各条共用列出的测试，「其中有测试」因此是指条款有测试。
类别：Y 由软件完成，P 支持人来决定，A 需要外部系统（有适配口和人工办理的路径），N 属组织工作。
"""


class Command(BaseCommand):
    help = "Write docs/compliance.md from the matrix, where.csv and the tests' markers; --check only compares."
    requires_system_checks = []  # files of the repository are all it reads

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="exit 1 with a diff when the document is stale")

    def handle(self, *args, check, **options):
        settle("compliance.md", document(), check=check, out=self.stdout)


def document() -> str:
    rows = compliance.rows(DOCS)
    proofs = compliance.proofs(Path(settings.BASE_DIR) / "tests")
    by_document = {code: [row for row in rows if row.document == code] for code in DOCUMENTS}
    parts = [HEAD, *counts(by_document, proofs)]
    for code, mine in by_document.items():
        parts += ["", f"## {code} {DOCUMENTS[code]}", *clauses(mine, proofs), *uncovered(mine)]
    parts += ["", "## 五份文件以外的依据"]
    for clause, meaning in compliance.ALIASES.items():
        parts += ["", f"### {meaning}", "", *tests(clause, proofs)]
    return "\n".join([*parts, ""])


def counts(by_document: dict[str, list[Row]], proofs: list[Proof]) -> list[str]:
    proven = {proof.clause for proof in proofs}
    lines = []
    for code, rows in by_document.items():
        covered = [row for row in rows if row.where]
        lines.append(
            [
                code,
                len(rows),
                sum(not row.in_part for row in covered),
                sum(row.in_part for row in covered),
                sum(row.clause in proven for row in covered),
                len(rows) - len(covered),
            ]
        )
    lines.append(["合计", *(sum(column) for column in list(zip(*lines, strict=True))[1:])])
    return table(["文件", "条目", "已落实", "部分落实", "其中有测试", "尚未覆盖"], lines)


def clauses(rows: list[Row], proofs: list[Proof]) -> list[str]:
    lines = []
    for clause, group in groupby((row for row in rows if row.where), key=lambda row: row.clause):
        lines += ["", f"### {clause}", ""]
        lines += table(
            ["编号", "要求", "类别", "落实"],
            [[row.id, f"{row.key_term}：{row.requirement}", row.software, row.where] for row in group],
        )
        lines += ["", *tests(clause, proofs)]
    return lines


def tests(clause: str, proofs: list[Proof]) -> list[str]:
    mine = [proof for proof in proofs if proof.clause == clause]
    if not mine:
        return ["测试：尚无。"]
    lines = []
    for path, group in groupby(mine, key=lambda proof: proof.path):
        names = ["全部测试" if proof.test == "*" else f"`{proof.test}`" for proof in group]
        lines.append(f"- `{path}`：{'、'.join(names)}")
    return ["测试：", "", *lines]


def uncovered(rows: list[Row]) -> list[str]:
    left = [row for row in rows if not row.where]
    if not left:
        return []
    lines = [[row.id, row.clause, f"{row.key_term}：{row.requirement}", row.software] for row in left]
    return ["", f"### {rows[0].document} 尚未覆盖", "", *table(["编号", "条款", "要求", "类别"], lines)]
