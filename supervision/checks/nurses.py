"""Who was sent: the nurse's standing on the day of each visit (002 五(二)2)."""

from supervision.checks.declared import Check

GROUP = "护士资格"

NURSES = (
    Check(
        "nurse_years", "临床年限不足", "上门当天，护士临床护理工作未满规定年限。", "002 五(二)2", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '临床护理自 ' || n.clinical_since || ' 起', v.id, n.id
        FROM visit v JOIN nurses_nurse n ON n.id = v.nurse_id
        WHERE v.day < (n.clinical_since + make_interval(years => %(years)s))::date
        """,
    ),
    Check(
        "nurse_title", "职称不符", "上门的护士没有达到规定的技术职称。", "002 五(二)2", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '登记的职称未达到护师', v.id, n.id
        FROM visit v JOIN nurses_nurse n ON n.id = v.nurse_id
        WHERE n.title <> ALL(%(titles)s)
        """,
    ),
    Check(
        "nurse_licence", "执业证书过期", "上门当天，护士执业证书已过有效期。", "护士条例", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '执业证书于 ' || n.certificate_expires_on || ' 到期',
               v.id, n.id
        FROM visit v JOIN nurses_nurse n ON n.id = v.nurse_id
        WHERE n.certificate_expires_on < v.day
        """,
    ),
    Check(
        "nurse_post", "不在注册或备案的机构", "上门当天，护士不是该机构注册或备案的在岗护士。",
        "002 五(二)2；004 三(一)",
        group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '当天在本机构没有注册或备案的岗位', v.id, v.nurse_id
        FROM visit v
        WHERE NOT EXISTS (
            SELECT 1 FROM nurses_affiliation a JOIN accounts_post p ON p.id = a.post_id
            WHERE a.nurse_id = v.nurse_id AND p.organisation_id = v.centre_id
              AND p.starts_on <= v.day AND (p.ends_on IS NULL OR p.ends_on >= v.day))
        """,
    ),
    Check(
        "nurse_registry", "未查电子注册信息", "上门当天，护士没有有效的国家护士电子注册信息查询。", "002 五(二)2",
        group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '当天没有有效的查询记录', v.id, v.nurse_id
        FROM visit v
        WHERE NOT EXISTS (
            SELECT 1 FROM nurses_registrycheck r
            WHERE r.nurse_id = v.nurse_id AND r.found AND r.checked_on <= v.day AND r.recheck_due >= v.day)
        """,
    ),
    Check(
        "registry_overdue", "电子注册信息逾期未复核", "在岗护士的电子注册信息查询已过复核期限。", "002 五(二)2",
        group=GROUP, present=True,
        sql="""
        SELECT 'nurse:' || n.id || ':' || p.organisation_id, p.organisation_id,
               (last.recheck_due + 1)::timestamp AT TIME ZONE %(tz)s, '应在 ' || last.recheck_due || ' 前复核', NULL,
               n.id
        FROM nurses_nurse n
        JOIN nurses_affiliation a ON a.nurse_id = n.id
        JOIN accounts_post p ON p.id = a.post_id JOIN place ON place.id = p.organisation_id
        JOIN LATERAL (
            SELECT r.recheck_due FROM nurses_registrycheck r
            WHERE r.nurse_id = n.id ORDER BY r.checked_on DESC, r.id DESC LIMIT 1) last ON true
        WHERE p.starts_on <= %(today)s AND (p.ends_on IS NULL OR p.ends_on >= %(today)s) AND p.ended_at IS NULL
          AND last.recheck_due < %(today)s
        """,
    ),
    Check(
        "nurse_exclusion", "有不良记录仍上门", "上门当天，护士有未撤销的违规或不良执业记录。",
        "002 五(二)2；004 三(一)",
        group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '自 ' || min(x.starts_on) || ' 起有记录在案', v.id,
               v.nurse_id
        FROM visit v JOIN nurses_exclusion x ON x.nurse_id = v.nurse_id
        WHERE x.starts_on <= v.day AND (x.lifted_at IS NULL OR x.lifted_at > v.arrived_at)
        GROUP BY v.id, v.centre_id, v.arrived_at, v.nurse_id
        """,
    ),
    Check(
        "nurse_certificate", "缺专项资质", "护士没有项目要求的专项资质，或资质已过期。", "002 五(二)2", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at,
               '缺 ' || string_agg(DISTINCT k.name, '、' ORDER BY k.name), v.id, v.nurse_id
        FROM visit v
        JOIN orders_orderline l ON l.order_id = v.id
        JOIN catalog_itemcertificate d ON d.item_id = l.item_id
        JOIN catalog_certificatekind k ON k.code = d.kind_id
        WHERE NOT EXISTS (
            SELECT 1 FROM nurses_certificate c
            WHERE c.nurse_id = v.nurse_id AND c.kind_id = d.kind_id AND c.issued_on <= v.day AND c.expires_on >= v.day)
        GROUP BY v.id, v.centre_id, v.arrived_at, v.nurse_id
        """,
    ),
    Check(
        "nurse_training", "培训不全", "上门当天，护士没有有效的安全教育或业务培训合格记录。", "002 五(七)1(2)",
        group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '当天有效的培训不足两类', v.id, v.nurse_id
        FROM visit v
        WHERE (SELECT count(DISTINCT t.kind) FROM nurses_training t
               WHERE t.nurse_id = v.nurse_id AND t.passed_on <= v.day AND t.expires_on >= v.day) < %(trainings)s
        """,
    ),
    Check(
        "nurse_insurance", "保险不全", "上门当天，护士的三类保险不齐全。", "002 五(九)2；004 三(八)", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '当天有效的保险不足三类', v.id, v.nurse_id
        FROM visit v
        WHERE (SELECT count(DISTINCT i.kind) FROM nurses_insurance i
               WHERE i.nurse_id = v.nurse_id AND i.starts_on <= v.day AND i.expires_on >= v.day) < %(insurances)s
        """,
    ),
    Check(
        "care_assistant", "医疗护理员承担护理", "由任医疗护理员岗位的人员承担了上门护理。", "000 五(十九)",
        group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '当天任医疗护理员', v.id, v.nurse_id
        FROM visit v JOIN nurses_nurse n ON n.id = v.nurse_id
        WHERE EXISTS (
            SELECT 1 FROM accounts_post p
            WHERE p.user_id = n.user_id AND p.role = %(assistant)s AND p.organisation_id = v.centre_id
              AND p.starts_on <= v.day AND (p.ends_on IS NULL OR p.ends_on >= v.day))
        """,
    ),
    Check(
        "daily_cap", "当日上门次数超限", "护士一天的上门次数超过本区规定的上限。", "000 五(十六)", group=GROUP,
        sql="""
        SELECT 'nurse:' || v.nurse_id || ':' || v.day, min(v.centre_id), max(v.arrived_at),
               v.day || ' 上门 ' || count(*) || ' 次', max(v.id), v.nurse_id
        FROM visit v
        GROUP BY v.nurse_id, v.day HAVING count(*) > %(cap)s
        """,
    ),
    Check(
        "two_nurses", "应两人上门而只有一人", "须两人上门的订单，到达时没有同行护士。", "000 五(十六)", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '到达时没有已同意的同行护士', v.id, v.nurse_id
        FROM visit v
        WHERE v.needs_two AND NOT EXISTS (
            SELECT 1 FROM orders_companion c
            WHERE c.order_id = v.id AND c.accepted_at <= v.arrived_at
              AND (c.released_at IS NULL OR c.released_at > v.arrived_at))
        """,
    ),
)  # fmt: skip
