from desks.family.views import appeals, apply, consent, home, people, proof, visits
from desks.pages import SIGNED_IN, page

# Every account may come here; ``family_page`` turns away posts without a patient, and each row knows its family.
app_name = "family"
urlpatterns = [
    page("", home.home, name="home", roles=SIGNED_IN),
    page("live/", home.home_live, name="home_live", roles=SIGNED_IN),
    page("apply/", apply.begin, name="begin", roles=SIGNED_IN),
    page("apply/check/", apply.check, name="apply_check", roles=SIGNED_IN),
    page("apply/send/", apply.send, name="apply_send", roles=SIGNED_IN),
    page("apply/<slug:step>/", apply.question, name="apply", roles=SIGNED_IN),
    page("requests/<str:number>/", home.request_page, name="request", roles=SIGNED_IN),
    page("requests/<str:number>/live/", home.request_live, name="request_live", roles=SIGNED_IN),
    page("requests/<str:number>/withdraw/", home.withdraw, name="withdraw", roles=SIGNED_IN),
    page("orders/", home.all_orders, name="orders", roles=SIGNED_IN),
    page("orders/<str:number>/", home.order_page, name="order", roles=SIGNED_IN),
    page("orders/<str:number>/live/", home.order_live, name="order_live", roles=SIGNED_IN),
    page("orders/<str:number>/consent/", consent.sign, name="consent", roles=SIGNED_IN),
    page("orders/<str:number>/reschedule/", visits.reschedule, name="reschedule", roles=SIGNED_IN),
    page("orders/<str:number>/cancel/", visits.cancel, name="cancel", roles=SIGNED_IN),
    page("orders/<str:number>/confirm/", visits.confirm, name="confirm", roles=SIGNED_IN),
    page("orders/<str:number>/object/", visits.object_to, name="object", roles=SIGNED_IN),
    page("orders/<str:number>/appeal/", appeals.appeal, name="appeal", roles=SIGNED_IN),
    page("orders/<str:number>/appeal/paper/", appeals.paper, name="appeal_paper", roles=SIGNED_IN),
    page("orders/<str:number>/rate/", visits.rate, name="rate", roles=SIGNED_IN),
    page("orders/<str:number>/evidence/", proof.evidence, name="evidence", roles=SIGNED_IN),
    page("consents/<uuid:pk>/withdraw/", consent.withdraw, name="withdraw_consent", roles=SIGNED_IN),
    page("people/", people.people, name="people", roles=SIGNED_IN),
    page("people/<uuid:pk>/add/", people.add_proxy, name="add_proxy", roles=SIGNED_IN),
    page("people/ended/<int:pk>/", people.end_proxy, name="end_proxy", roles=SIGNED_IN),
    page("people/<uuid:pk>/", people.data, name="data", roles=SIGNED_IN),
    page("people/<uuid:pk>/correct/", people.correct, name="correct", roles=SIGNED_IN),
    page("people/<uuid:pk>/looks/", proof.looks, name="looks", roles=SIGNED_IN),
    page("people/<uuid:pk>/looks/<int:event_id>/", proof.receipt, name="receipt", roles=SIGNED_IN),
    page("people/<uuid:pk>/papers/", people.papers, name="papers", roles=SIGNED_IN),
    page("papers/<uuid:pk>/", people.paper, name="paper", roles=SIGNED_IN),
]
