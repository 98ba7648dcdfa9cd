"""The API's readable page: the generated schema as a list, without a script from anywhere."""

from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")


@require_safe
def page(request):
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return render(request, "api/docs.html", {"info": schema["info"], "groups": groups_of(schema)})


def groups_of(schema):
    """Sort the operations under their first tag: ``[{"name", "operations": [...]}]``."""
    groups = {}
    for path, item in schema.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                name = (operation.get("tags") or ["其他"])[0]
                groups.setdefault(name, []).append(_row(path, method, operation, schema))
    return [{"name": name, "operations": operations} for name, operations in sorted(groups.items())]


def _row(path, method, operation, schema):
    bodies = [
        _fields(content.get("schema", {}), schema)
        for media, content in operation.get("requestBody", {}).get("content", {}).items()
        if media == "application/json"
    ]
    return {
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary") or operation.get("description", ""),
        "parameters": [
            {
                "name": parameter["name"],
                "place": {"path": "地址", "query": "查询"}.get(parameter["in"], parameter["in"]),
                "required": parameter.get("required", False),
                "kind": _kind(parameter.get("schema", {})),
                "about": parameter.get("description", ""),
            }
            for parameter in operation.get("parameters", [])
        ],
        "fields": bodies[0] if bodies else [],
        "answers": sorted(operation.get("responses", {})),
    }


def _fields(body, schema):
    body = _resolved(body, schema)
    required = set(body.get("required", []))
    return [
        {
            "name": name,
            "required": name in required,
            "kind": _kind(_resolved(field, schema)),
            "about": field.get("description", field.get("title", "")),
        }
        for name, field in body.get("properties", {}).items()
    ]


def _resolved(body, schema):
    if "$ref" in body:
        return schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    return body


def _kind(field):
    return field.get("format") or field.get("type") or ("object" if field else "")
