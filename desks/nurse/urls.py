from accounts.roles import Role
from desks.nurse.views import along, app, appeals, badge, days, mine, record, sign, steps, sync, where
from desks.pages import PUBLIC, page

app_name = "nurse"
NURSE = {"roles": [Role.NURSE]}
VISIT = "visit/<str:number>/"
urlpatterns = [
    page("", days.home, name="home", **NURSE),
    page("sw.js", app.worker, name="worker", roles=PUBLIC),
    page("manifest.webmanifest", app.manifest, name="manifest", roles=PUBLIC),
    page("icon-<int:size>.png", app.icon, name="icon", roles=PUBLIC),
    page("no-network/", app.no_network, name="no_network", roles=PUBLIC),
    page("today/", days.today, name="today", **NURSE),
    page("today/head/", days.today_head, name="today_head", **NURSE),
    page("today/body/", days.today_body, name="today_body", **NURSE),
    page("schedule/", days.schedule, name="schedule", **NURSE),
    page("orders/<str:number>/", days.order, name="order", **NURSE),
    page("offers/<str:number>/", steps.offer, name="offer", **NURSE),
    page(VISIT, steps.visit, name="visit", **NURSE),
    page(VISIT + "state/<slug:stage>/", steps.state, name="visit_state", **NURSE),
    page(VISIT + "take/<slug:name>/", steps.take, name="take", **NURSE),
    page("sync/", sync.sync, name="sync", **NURSE),
    page("outbox/", sync.outbox, name="outbox", **NURSE),
    page(VISIT + "record/parts/<slug:kind>/", record.part, name="part", **NURSE),
    page(VISIT + "record/parts/<slug:kind>/<slug:key>/", record.part, name="part", **NURSE),
    page(VISIT + "record/save/", record.save, name="save", **NURSE),
    page(VISIT + "record/finish/", record.finish, name="finish", **NURSE),
    page(VISIT + "sign/", sign.sign, name="sign", **NURSE),
    page(VISIT + "door/", where.prove, name="door", **NURSE),
    page(VISIT + "sharing/", where.switch, name="sharing", **NURSE),
    page(VISIT + "appeal/", appeals.appeal, name="appeal", **NURSE),
    page("along/<int:pk>/", along.one, name="along", **NURSE),
    page("along/<int:pk>/take/<slug:name>/", along.take, name="along_take", **NURSE),
    page("messages/", mine.messages, name="messages", **NURSE),
    page("messages/read/", mine.messages_read, name="messages_read", **NURSE),
    page("me/", mine.me, name="me", **NURSE),
    page("badge/", badge.badge, name="badge", **NURSE),
    page("workload/", mine.workload, name="workload", **NURSE),
    page("where/", where.share, name="where", **NURSE),
]
