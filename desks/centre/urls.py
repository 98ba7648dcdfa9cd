from desks.centre import credentials, institution, overview, people, rulebook, shifts
from desks.centre.desk import ADMIN, STAFF
from desks.pages import page

app_name = "centre"
urlpatterns = [
    page("", overview.home, name="home", roles=ADMIN),
    page("live/", overview.live, name="home_live", roles=ADMIN),
    page("switch/", overview.switch, name="switch", roles=ADMIN),
    page("orders/", overview.orders, name="orders", roles=ADMIN),
    page("orders/<str:number>/", overview.order, name="orders_one", roles=ADMIN),
    page("ratings/", overview.ratings, name="ratings", roles=ADMIN),
    page("ratings/<str:number>/reply/", overview.reply, name="ratings_reply", roles=ADMIN),
    page("people/", people.listing, name="people", roles=ADMIN),
    page("people/new/", people.new, name="people_new", roles=ADMIN),
    page("people/<int:pk>/end/", people.end, name="people_end", roles=ADMIN),
    page("credentials/", credentials.roster, name="credentials", roles=ADMIN),
    page("credentials/expiring/", credentials.expiring, name="credentials_expiring", roles=ADMIN),
    page("credentials/new/", credentials.new, name="credentials_new", roles=ADMIN),
    page("credentials/<int:pk>/", credentials.nurse, name="credentials_nurse", roles=ADMIN),
    page("credentials/<int:pk>/look-up/", credentials.look_up, name="credentials_lookup", roles=ADMIN),
    page("credentials/<int:pk>/<slug:kind>/", credentials.record, name="credentials_record", roles=ADMIN),
    page("shifts/", shifts.week, name="shifts", roles=ADMIN),
    page("shifts/<int:pk>/", shifts.shift, name="shifts_one", roles=ADMIN),
    page("offerings/", institution.offerings, name="offerings", roles=ADMIN),
    page("offerings/all/", institution.offer_all, name="offerings_all", roles=ADMIN),
    page("offerings/<int:pk>/<slug:verb>/", institution.decide, name="offerings_decide", roles=ADMIN),
    page("filing/", institution.filing, name="filing", roles=ADMIN),
    page("filing/<slug:kind>/", institution.file, name="filing_record", roles=ADMIN),
    page("filing/<int:pk>/withdraw/", institution.withdraw, name="filing_withdraw", roles=ADMIN),
    page("rulesets/", rulebook.listing, name="rulesets", roles=ADMIN),
    page("rulesets/<slug:kind>/", rulebook.one, name="rulesets_one", roles=ADMIN),
    page("reading/", rulebook.reading, name="reading", roles=STAFF),
    page("reading/<slug:kind>/", rulebook.read, name="reading_one", roles=STAFF),
]
