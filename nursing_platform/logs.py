"""Logs: one JSON object per line, with the request's id, without personal data."""

import re

import structlog

# PostgreSQL repeats the offending row in DETAIL ("Key (phone)=(138…) already exists"); the log must not.
DATABASE_DETAIL = re.compile(r"\n?(DETAIL|CONTEXT): .*", re.DOTALL)


def forget_query_string(_logger, _method, event):
    """Keep the path of a request, drop what was searched for."""
    if isinstance(event.get("request"), str):
        event["request"] = event["request"].partition("?")[0]
    return event


def forget_database_detail(_logger, _method, event):
    for raised in event.get("exception") or ():
        if isinstance(raised, dict) and isinstance(raised.get("exc_value"), str):
            raised["exc_value"] = DATABASE_DETAIL.sub("", raised["exc_value"])
    if isinstance(event.get("event"), str):
        event["event"] = DATABASE_DETAIL.sub("", event["event"])
    return event


def configure(*, level):
    """Set structlog up and return the ``LOGGING`` dictionary that sends the standard library's records its way."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        forget_query_string,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    # Frames name places only: a local variable may hold a person.
                    structlog.processors.ExceptionRenderer(
                        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
                    ),
                    forget_database_detail,
                    structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Both repeat what django_structlog says better, and quote the request while doing so.
            "django.request": {"level": "CRITICAL"},
            "django.server": {"level": "CRITICAL"},
            "axes": {"level": "WARNING"},
            "django.security.csrf": {"level": "ERROR"},
        },
    }


def request_id():
    """Name the request under way, or nothing outside of one."""
    return structlog.contextvars.get_contextvars().get("request_id", "")
