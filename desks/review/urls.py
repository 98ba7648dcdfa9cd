from desks.pages import page
from desks.review import compliance, consults, quality, referrals, rounds, teams, views
from desks.review.desk import REVIEWER

app_name = "review"
urlpatterns = [
    page("", views.centres, name="centres", roles=REVIEWER),
    page("orders/", views.orders, name="orders", roles=REVIEWER),
    page("orders/<str:number>/", views.order, name="orders_one", roles=REVIEWER),
    page("referrals/", referrals.referrals, name="referrals", roles=REVIEWER),
    page("referrals/new/", referrals.new, name="referrals_new", roles=REVIEWER),
    page("referrals/<str:number>/", referrals.referral, name="referrals_one", roles=REVIEWER),
    page("referrals/<str:number>/steps/<slug:name>/", referrals.step, name="referrals_step", roles=REVIEWER),
    page("consults/", consults.consults, name="consults", roles=REVIEWER),
    page("consults/<str:number>/", consults.consult, name="consults_one", roles=REVIEWER),
    page("consults/<str:number>/steps/<slug:name>/", consults.step, name="consults_step", roles=REVIEWER),
    page("consults/<str:number>/pictures/<uuid:pk>/", consults.picture, name="consults_picture", roles=REVIEWER),
    page("rounds/", rounds.listing, name="rounds", roles=REVIEWER),
    page("rounds/<str:number>/", rounds.one, name="rounds_one", roles=REVIEWER),
    page("teams/", teams.teams, name="teams", roles=REVIEWER),
    page("teams/<slug:kind>/<int:pk>/end/", teams.end, name="teams_end", roles=REVIEWER),
    page("compliance/", compliance.checks, name="compliance", roles=REVIEWER),
    page("compliance/<slug:code>/", compliance.check, name="compliance_one", roles=REVIEWER),
    page("findings/", compliance.findings, name="findings", roles=REVIEWER),
    page("findings/<int:pk>/", compliance.finding, name="findings_one", roles=REVIEWER),
    page("findings/<int:pk>/<slug:verb>/", compliance.step, name="findings_step", roles=REVIEWER),
    page("quality/", quality.overview, name="quality", roles=REVIEWER),
    page("quality/tours/", quality.plan, name="tours", roles=REVIEWER),
    page("quality/tours/<int:pk>/", quality.tour, name="tours_one", roles=REVIEWER),
    page("quality/tours/<int:pk>/<slug:verb>/", quality.tour_step, name="tours_step", roles=REVIEWER),
    page("quality/walk/", quality.walk, name="quality_walk", roles=REVIEWER),
    page("quality/sheets/<int:pk>/", quality.sheet, name="quality_sheet", roles=REVIEWER),
]
