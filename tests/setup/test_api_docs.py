"""The API's schema and its readable page."""

import pytest

from nursing_platform import api_docs

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client, django_user_model):
    client.force_login(django_user_model.objects.create(username="reader"))
    return client


@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/"])
def test_strangers_are_not_shown_the_interface(client, path):
    assert client.get(path).status_code in {302, 401, 403}


def test_the_page_lists_operations_with_their_fields_and_needs_no_script(reader):
    answer = reader.get("/api/docs/")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<h1>护到家 API" in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page


def test_the_schema_is_openapi_3(reader):
    answer = reader.get("/api/schema/?format=json")

    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.")


def test_references_are_followed_to_the_fields():
    schema = {
        "components": {
            "schemas": {
                "Offer": {"properties": {"nurse": {"type": "integer", "description": "护士"}}, "required": ["nurse"]},
            }
        },
        "paths": {
            "/api/v1/orders/{id}/steps/offer/": {
                "post": {
                    "tags": ["orders"],
                    "summary": "派单",
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                    "requestBody": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Offer"}}}
                    },
                    "responses": {"200": {}, "409": {}},
                }
            }
        },
    }

    (group,) = api_docs.groups_of(schema)

    (operation,) = group["operations"]
    assert group["name"] == "orders"
    assert operation["method"] == "POST"
    assert operation["summary"] == "派单"
    assert operation["fields"] == [{"name": "nurse", "required": True, "kind": "integer", "about": "护士"}]
    assert operation["parameters"][0]["place"] == "地址"
    assert operation["answers"] == ["200", "409"]
