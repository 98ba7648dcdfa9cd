"""Every address under ``/api/v1/``."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from accounts import api as accounts
from catalog import api as catalog
from institutions import api as institutions
from logistics import api as logistics
from notifications import api as notifications
from orders.api import audit_events, orders, papers, requests
from patients.api import papers as patient_papers
from patients.api import people
from reporting import api as reporting
from safety import api as safety

router = SimpleRouter(use_regex_path=False)
router.register("patients", people.PatientViewSet, "patients")
router.register("uploads", patient_papers.UploadViewSet, "uploads")
router.register("consents", papers.ConsentViewSet, "consents")
router.register("requests", requests.RequestViewSet, "requests")
router.register("assessments", requests.AssessmentViewSet, "assessments")
router.register("prescriptions", papers.PrescriptionViewSet, "prescriptions")
router.register("orders", orders.OrderViewSet, "orders")
router.register("records", logistics.RecordViewSet, "records")
router.register("specimens", logistics.SpecimenViewSet, "specimens")
router.register("waste-bags", logistics.BagViewSet, "bags")
router.register("waste-removals", logistics.RemovalViewSet, "removals")
router.register("institutions", institutions.InstitutionViewSet, "institutions")
router.register("towns", institutions.TownViewSet, "towns")
router.register("quality/definitions", reporting.DefinitionViewSet, "quality-definitions")
router.register("quality/indicators", reporting.ValueViewSet, "quality-indicators")
router.register("quality/checks", reporting.RunViewSet, "quality-checks")
router.register("quality/findings", reporting.FindingViewSet, "quality-findings")
router.register("messages", notifications.MessageViewSet, "messages")
router.register("complaints", safety.ComplaintViewSet, "complaints")
router.register("incidents", safety.IncidentViewSet, "incidents")

app_name = "api"
urlpatterns = [
    path("auth/login/", accounts.LoginView.as_view(), name="login"),
    path("auth/logout/", accounts.LogoutView.as_view(), name="logout"),
    path("auth/logoutall/", accounts.LogoutAllView.as_view(), name="logoutall"),
    path("me/", people.MeView.as_view(), name="me"),
    path("catalogue/", catalog.CatalogueView.as_view(), name="catalogue"),
    path("audit-events/", audit_events.AuditEventsView.as_view(), name="audit-events"),
    path("texts/", patient_papers.TextsView.as_view(), name="texts"),
    *router.urls,
]
