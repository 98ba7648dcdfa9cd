from accounts.roles import Role
from desks.dispatch.views import alerts, applying, calls, followups, orders, planner, plans, queue, ratings, requests, risks
from desks.pages import leads_to, page

DESK = [Role.DISPATCHER]
AT_THE_CENTRE = [Role.DISPATCHER, Role.CENTRE_ADMIN]
FOLLOWING = [Role.DISPATCHER, Role.DOCTOR, Role.CENTRE_ADMIN, Role.REVIEWER]
WATCHING = [*AT_THE_CENTRE, Role.REVIEWER, Role.SUPERVISOR, Role.QC_INSPECTOR]

app_name = "dispatch"
urlpatterns = [
    page("", leads_to("dispatch:queue"), name="home", roles=DESK),
    page("queue/", queue.queue, name="queue", roles=DESK),
    page("queue/<slug:group>/", queue.group, name="queue_group", roles=DESK),
    page("planner/", planner.today, name="planner", roles=DESK),
    page("planner/<slug:day>/", planner.of_day, name="planner_day", roles=DESK),
    page("planner/<slug:day>/where/<str:number>/", planner.where, name="planner_where", roles=DESK),
    page("planner/<slug:day>/orders/<str:number>/", planner.order, name="planner_order", roles=DESK),
    page(
        "planner/<slug:day>/orders/<str:number>/steps/<slug:name>/",
        planner.order_step,
        name="planner_order_step",
        roles=DESK,
    ),
    page("planner/<slug:day>/plan/", plans.plan, name="plan", roles=DESK),
    page("planner/<slug:day>/plan/<slug:name>/", plans.step, name="plan_step", roles=DESK),
    page("planner/<slug:day>/requests/<str:number>/", planner.first_visit, name="planner_request", roles=DESK),
    page(
        "planner/<slug:day>/requests/<str:number>/steps/<slug:name>/",
        planner.first_visit_step,
        name="planner_request_step",
        roles=DESK,
    ),
    page("requests/", requests.all_requests, name="requests", roles=DESK),
    page("requests/<str:number>/", requests.one, name="request", roles=DESK),
    page("requests/<str:number>/steps/<slug:name>/", requests.step, name="request_step", roles=DESK),
    page("requests/<str:number>/assessment/<slug:name>/", requests.assessment_step, name="assessment_step", roles=DESK),
    page("requests/<str:number>/next-visit/", requests.next_visit, name="next_visit", roles=DESK),
    page("requests/<str:number>/referral/", requests.referral_outcome, name="referral_outcome", roles=DESK),
    page("requests/<str:number>/reveal/", requests.reveal, name="reveal", roles=DESK),
    page("requests/<str:number>/identity/", requests.identity, name="identity", roles=DESK),
    page("orders/", orders.all_orders, name="orders", roles=DESK),
    page("orders/<str:number>/", orders.one, name="order", roles=DESK),
    page("orders/<str:number>/steps/<slug:name>/", orders.step, name="order_step", roles=DESK),
    page("orders/<str:number>/pair/<slug:name>/", orders.pair, name="order_pair", roles=DESK),
    page("orders/<str:number>/course/", orders.course, name="order_course", roles=DESK),
    page("orders/<str:number>/signature/<int:version>/", orders.signature, name="signature", roles=DESK),
    page("orders/<str:number>/consent/", orders.witness, name="consent", roles=DESK),
    page("new/", applying.find, name="new", roles=DESK),
    page("new/register/", applying.register, name="register", roles=DESK),
    page("new/<uuid:patient_id>/", applying.apply, name="apply", roles=DESK),
    page("alerts/", alerts.listing, name="alerts", roles=WATCHING),
    page("alerts/banner/", alerts.banner, name="alerts_banner", roles=DESK),
    page("alerts/<int:pk>/", alerts.one, name="alert", roles=WATCHING),
    page("alerts/<int:pk>/steps/<slug:name>/", alerts.step, name="alert_step", roles=AT_THE_CENTRE),
    page("orders/<str:number>/risks/", risks.new, name="risk_new", roles=DESK),
    page("calls/", calls.listing, name="calls", roles=AT_THE_CENTRE),
    page("calls/<int:pk>/", calls.one, name="call", roles=AT_THE_CENTRE),
    page("calls/<int:pk>/steps/<slug:name>/", calls.step, name="call_step", roles=AT_THE_CENTRE),
    page("risks/", risks.listing, name="risks", roles=AT_THE_CENTRE),
    page("risks/<int:pk>/", risks.one, name="risk", roles=AT_THE_CENTRE),
    page("risks/<int:pk>/steps/<slug:name>/", risks.step, name="risk_step", roles=AT_THE_CENTRE),
    page("follow-ups/", followups.listing, name="followups", roles=DESK),
    page("follow-ups/green/", followups.green, name="followups_green", roles=WATCHING),
    page("follow-ups/patients/<uuid:pk>/", followups.file, name="followups_file", roles=FOLLOWING),
    page("follow-ups/plans/<int:pk>/end/", followups.end, name="followups_end", roles=[*DESK, Role.DOCTOR]),
    page("follow-ups/orders/<str:number>/plan/", followups.plan, name="followups_plan", roles=DESK),
    page("follow-ups/<int:pk>/", followups.one, name="followup", roles=DESK),
    page("follow-ups/<int:pk>/steps/<slug:name>/", followups.step, name="followup_step", roles=DESK),
    page("discharges/new/", followups.discharge, name="discharge_new", roles=[*DESK, Role.REVIEWER]),
    page("ratings/", ratings.ratings, name="ratings", roles=DESK),
    page("ratings/<str:number>/reply/", ratings.reply, name="rating_reply", roles=DESK),
]
