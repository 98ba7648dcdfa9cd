from accounts.roles import Role
from desks import pictures
from desks.doctor.views import amending, assess, calls, green, learning, outcome, renewals, risks, todo
from desks.pages import leads_to, page

DESK = [Role.DOCTOR]

app_name = "doctor"
urlpatterns = [
    page("", leads_to("doctor:todo"), name="home", roles=DESK),
    page("todo/", todo.todo, name="todo", roles=DESK),
    page("assessed/", todo.assessed, name="assessed", roles=DESK),
    page("assess/<int:pk>/", assess.start, name="assess", roles=DESK),
    page("assess/<int:pk>/steps/<slug:name>/", assess.step, name="assess_step", roles=DESK),
    page("assess/<int:pk>/identity/", assess.identity, name="identity", roles=DESK),
    page("assess/<int:pk>/reveal/", assess.reveal, name="reveal", roles=DESK),
    page("assess/<int:pk>/standing/", assess.standing, name="standing", roles=DESK),
    page("assess/<int:pk>/papers/<uuid:paper>/", assess.paper, name="paper", roles=DESK),
    page("assess/<int:pk>/check/", assess.check, name="check", roles=DESK),
    page("assess/<int:pk>/conclude/", assess.conclude, name="conclude", roles=DESK),
    page("assess/<int:pk>/warn/", risks.new, name="warn", roles=DESK),
    page("assess/<int:pk>/outcome/", outcome.choose, name="outcome", roles=DESK),
    page("assess/<int:pk>/outcome/<slug:name>/", outcome.step, name="outcome_step", roles=DESK),
    page("assess/<int:pk>/<slug:key>/", assess.section, name="section", roles=DESK),
    page("assess/<int:pk>/<slug:key>/keep/", assess.keep, name="section_keep", roles=DESK),
    page("assess/<int:pk>/<slug:key>/amend/", amending.amend, name="section_amend", roles=DESK),
    page("assess/<int:pk>/<slug:key>/who/", assess.who, name="section_who", roles=DESK),
    page("renewals/", renewals.listing, name="renewals", roles=DESK),
    page("renewals/<str:number>/", renewals.renew, name="renew", roles=DESK),
    page("green/", green.listing, name="green", roles=DESK),
    page("green/<int:pk>/", green.one, name="green_one", roles=DESK),
    page("green/<int:pk>/steps/<slug:name>/", green.step, name="green_step", roles=DESK),
    page("call-backs/", calls.listing, name="calls", roles=DESK),
    page("call-backs/<int:pk>/", calls.one, name="call", roles=DESK),
    page("call-backs/<int:pk>/steps/<slug:name>/", calls.step, name="call_step", roles=DESK),
    page("pictures/<uuid:pk>/", pictures.picture, name="picture", roles=DESK),
    page("requests/<str:number>/", outcome.one, name="request", roles=DESK),
    page("requests/<str:number>/learn/", learning.recommend, name="recommend", roles=DESK),
    page("requests/<str:number>/stop/", outcome.stop, name="stop", roles=DESK),
    page("requests/<str:number>/referral/", outcome.referral_outcome, name="referral_outcome", roles=DESK),
    page("orders/<str:number>/consent/", outcome.witness, name="consent", roles=DESK),
]
