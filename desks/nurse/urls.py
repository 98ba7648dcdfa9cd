from accounts.roles import Role
from desks.nurse.views import along, appeals, days, mine, record, steps
from desks.pages import page

app_name = "nurse"
NURSE = {"roles": [Role.NURSE]}
VISIT = "visit/<str:number>/"
urlpatterns = [
    page("", days.home, name="home", **NURSE),
    page("today/", days.today, name="today", **NURSE),
    page("today/head/", days.today_head, name="today_head", **NURSE),
    page("today/body/", days.today_body, name="today_body", **NURSE),
    page("schedule/", days.schedule, name="schedule", **NURSE),
    page("orders/<str:number>/", days.order, name="order", **NURSE),
    page("offers/<str:number>/", steps.offer, name="offer", **NURSE),
    page(VISIT, steps.visit, name="visit", **NURSE),
    page(VISIT + "state/<slug:stage>/", steps.state, name="visit_state", **NURSE),
    page(VISIT + "take/<slug:name>/", steps.take, name="take", **NURSE),
    page(VISIT + "record/steps/<int:step_id>/", record.step, name="step", **NURSE),
    page(VISIT + "record/steps/<int:step_id>/left-out/", record.step_left_out, name="step_left_out", **NURSE),
    page(VISIT + "record/readings/<slug:key>/", record.reading, name="reading", **NURSE),
    page(VISIT + "record/waste/", record.waste, name="waste", **NURSE),
    page(VISIT + "record/specimen/", record.specimen, name="specimen", **NURSE),
    page(VISIT + "record/note/", record.note, name="note", **NURSE),
    page(VISIT + "record/save/", record.save, name="save", **NURSE),
    page(VISIT + "record/finish/", record.finish, name="finish", **NURSE),
    page(VISIT + "appeal/", appeals.appeal, name="appeal", **NURSE),
    page("along/<int:pk>/", along.one, name="along", **NURSE),
    page("along/<int:pk>/take/<slug:name>/", along.take, name="along_take", **NURSE),
    page("messages/", mine.messages, name="messages", **NURSE),
    page("messages/read/", mine.messages_read, name="messages_read", **NURSE),
    page("me/", mine.me, name="me", **NURSE),
]
