"""One look at a person for each page that somebody keeps open, not one for each time it refreshes itself."""

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def is_new(key: str, *, seconds: int) -> bool:
    """Say whether no such look was recorded in the last ``seconds``. Without a cache it is: rather twice than never."""
    try:
        return cache.add(key, True, seconds)
    except (RedisError, OSError) as lost:
        log.warning("looks are not counted together", extra={"cause": type(lost).__name__})
        return True
