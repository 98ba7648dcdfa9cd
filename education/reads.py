"""
How often a public post is opened: a number per post and day in the cache, written down once a day.

Nothing of who reads is kept. A cache that forgets loses a number and nothing else.
"""

from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from education.models import Post

DAYS = 3  # how long a day's number waits to be written down
KEPT = 4 * 24 * 3600


def note(post_id: int, day: date) -> None:
    """Count one more; a cache that is away must not keep anybody from reading."""
    key = _key(post_id, day)
    try:
        if not cache.add(key, 1, KEPT):
            cache.incr(key)
    except (RedisError, OSError, ValueError):
        return


def counted(now: datetime) -> dict[tuple[int, date], int]:
    """Return what was counted on the last days, by post and day."""
    today = timezone.localdate(now)
    keys = {
        _key(post, day): (post, day)
        for post in Post.objects.filter(publish_at__isnull=False).values_list("pk", flat=True)
        for day in (today - timedelta(days=n) for n in range(DAYS))
    }
    try:
        return {keys[key]: int(reads) for key, reads in cache.get_many(keys).items()}
    except RedisError:  # a cache that is away loses a number and nothing else
        return {}


def _key(post_id: int, day: date) -> str:
    return f"education.reads:{post_id}:{day:%Y%m%d}"
