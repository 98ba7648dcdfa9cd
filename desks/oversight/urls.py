from desks.oversight import catalogue, institutions, overview, records, settings, traces, trail
from desks.oversight.desk import AUDITOR, READERS, SUPERVISOR
from desks.pages import page

app_name = "oversight"
urlpatterns = [
    page("", overview.overview, name="overview", roles=READERS),
    page("live/", overview.live, name="overview_live", roles=READERS),
    page("orders/", records.orders, name="orders", roles=READERS),
    page("orders/<str:number>/", records.order, name="orders_one", roles=READERS),
    page("orders/<str:number>/trace/", traces.order, name="orders_trace", roles=(*READERS, *AUDITOR)),
    page("orders/<str:number>/trace/pack/", traces.pack, name="orders_pack", roles=(*SUPERVISOR, *AUDITOR)),
    page("requests/", records.requests, name="requests", roles=READERS),
    page("requests/<str:number>/", records.request, name="requests_one", roles=READERS),
    page("institutions/", institutions.listing, name="institutions", roles=READERS),
    page("institutions/<int:pk>/", institutions.one, name="institutions_one", roles=READERS),
    page("institutions/<int:pk>/suspend/", institutions.suspend, name="institutions_suspend", roles=SUPERVISOR),
    page("institutions/<int:pk>/towns/", institutions.assign, name="institutions_assign", roles=SUPERVISOR),
    page("suspensions/<int:pk>/lift/", institutions.lift, name="institutions_lift", roles=SUPERVISOR),
    page("jurisdictions/<int:pk>/release/", institutions.release, name="institutions_release", roles=SUPERVISOR),
    page("filings/", institutions.filings, name="filings", roles=READERS),
    page("filings/<int:pk>/<slug:verb>/", institutions.decide, name="filings_decide", roles=SUPERVISOR),
    page("catalogue/", catalogue.catalogue, name="catalogue", roles=READERS),
    page("catalogue/items/<int:pk>/", catalogue.item, name="catalogue_item", roles=READERS),
    page("catalogue/negative/", catalogue.negative, name="catalogue_negative", roles=READERS),
    page("catalogue/negative/<int:pk>/end/", catalogue.end_negative, name="catalogue_negative_end", roles=SUPERVISOR),
    page("settings/", settings.listing, name="settings", roles=READERS),
    page("settings/<str:key>/", settings.one, name="settings_one", roles=READERS),
    page("trace/", trail.search, name="trace", roles=AUDITOR),
    page("trace/fhir/", trail.fhir, name="trace_fhir", roles=AUDITOR),
    page("trace/purpose/", trail.purpose, name="trace_purpose", roles=AUDITOR),
    page("trace/patients/<uuid:pk>/", traces.patient, name="trace_patient", roles=(*READERS, *AUDITOR)),
    page("trace/nurses/<int:pk>/", traces.nurse, name="trace_nurse", roles=(*READERS, *AUDITOR)),
    page("trace/accounts/<int:pk>/", traces.account, name="trace_account", roles=(*READERS, *AUDITOR)),
    page("trace/of/<str:kind>/<str:key>/", traces.of, name="trace_of", roles=(*READERS, *AUDITOR)),
    page("trace/heads/", traces.heads, name="heads", roles=(*READERS, *AUDITOR)),
    page("trace/era/<slug:verb>/", traces.era, name="trace_era", roles=(*SUPERVISOR, *AUDITOR)),
    page("trace/heads/<int:n>/", traces.head, name="heads_one", roles=(*READERS, *AUDITOR)),
]
