"""Whether the institution might serve at all on the day, and what it must have in place (002 五(二)1)."""

from supervision.checks.declared import Check

GROUP = "机构资格"

CENTRES = (
    Check(
        "centre_licence", "机构许可证无效", "上门当天，机构没有有效的《医疗机构执业许可证》。", "002 五(二)1",
        group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '当天没有有效的执业许可证', v.id, NULL
        FROM visit v
        WHERE NOT EXISTS (
            SELECT 1 FROM institutions_licence l
            WHERE l.organisation_id = v.centre_id AND l.issued_on <= v.day AND l.expires_on >= v.day)
        """,
    ),
    Check(
        "centre_filing", "服务方式未登记", "上门当天，机构没有经审核同意的服务方式登记。", "002 五(二)1", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '当天没有审核同意的登记', v.id, NULL
        FROM visit v
        WHERE NOT EXISTS (
            SELECT 1 FROM institutions_filing f
            WHERE f.organisation_id = v.centre_id AND f.approved AND f.approved_from <= v.day
              AND (f.withdrawn_on IS NULL OR f.withdrawn_on > v.day))
        """,
    ),
    Check(
        "centre_suspended", "暂停期间上门", "机构在被暂停期间仍然上门服务。", "002 五(二)1", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '自 ' || min(s.starts_on) || ' 起暂停', v.id, NULL
        FROM visit v JOIN institutions_suspension s ON s.organisation_id = v.centre_id
        WHERE s.starts_on <= v.day AND (s.ends_on IS NULL OR s.ends_on >= v.day)
          AND s.ordered_at <= v.arrived_at AND (s.lifted_at IS NULL OR s.lifted_at > v.arrived_at)
        GROUP BY v.id, v.centre_id, v.arrived_at
        """,
    ),
    Check(
        "jurisdiction", "辖区以外上门", "上门地址所在街镇当天不在机构的辖区内。", "002 五(二)1", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, t.name || '不在辖区内', v.id, NULL
        FROM visit v
        JOIN patients_address a ON a.id = v.address_id JOIN institutions_town t ON t.code = a.town_id
        WHERE NOT EXISTS (
            SELECT 1 FROM institutions_jurisdiction j
            WHERE j.organisation_id = v.centre_id AND j.town_id = a.town_id
              AND j.starts_on <= v.day AND (j.ends_on IS NULL OR j.ends_on >= v.day))
        """,
    ),
    Check(
        "rule_sets", "管理制度不全", "开展上门服务的机构没有发布全部管理制度。", "004 三(五)", group=GROUP, days=30,
        present=True,
        sql="""
        SELECT 'centre:' || v.centre_id, v.centre_id, min(v.arrived_at),
               '应有 ' || %(rule_sets)s || ' 项制度，现行 ' || held.n || ' 项', NULL, NULL
        FROM visit v
        JOIN LATERAL (
            SELECT count(DISTINCT r.kind) AS n FROM institutions_ruleset r
            WHERE r.organisation_id = v.centre_id AND r.effective_on <= %(today)s) held ON true
        WHERE held.n < %(rule_sets)s
        GROUP BY v.centre_id, held.n
        """,
    ),
    Check(
        "supervision_phone", "没有公布监督电话", "开展上门服务的机构没有登记监督电话。", "004 五(三)", group=GROUP,
        present=True,
        sql="""
        SELECT 'centre:' || v.centre_id, v.centre_id, min(v.arrived_at), '没有登记监督电话', NULL, NULL
        FROM visit v
        WHERE NOT EXISTS (
            SELECT 1 FROM institutions_profile p
            WHERE p.organisation_id = v.centre_id AND p.supervision_phone <> '')
        GROUP BY v.centre_id
        """,
    ),
    Check(
        "access_left", "离岗后权限未收回", "岗位已经结束，账号仍在该岗位的授权组内。", "002 五(八)", group=GROUP,
        days=1, present=True,
        sql="""
        SELECT 'post:' || p.id, p.organisation_id, coalesce(p.ended_at,
               (p.ends_on + 1)::timestamp AT TIME ZONE %(tz)s),
               '账号 ' || p.user_id || ' 的岗位于 ' || p.ends_on || ' 结束', NULL, NULL
        FROM accounts_post p
        JOIN place ON place.id = p.organisation_id
        JOIN accounts_user_groups g ON g.user_id = p.user_id AND g.group_id = p.group_id
        WHERE (p.ended_at IS NOT NULL OR p.ends_on < %(today)s) AND NOT EXISTS (
            SELECT 1 FROM accounts_post q
            WHERE q.user_id = p.user_id AND q.group_id = p.group_id AND q.ended_at IS NULL
              AND (q.ends_on IS NULL OR q.ends_on >= %(today)s))
        """,
    ),
)  # fmt: skip
