"""What every answer of ours has in common."""

from django.utils.cache import patch_cache_control

from nursing_platform import errors, logs


def page_headers(get_response):
    """
    Number the answer, and keep what a signed-in person saw out of every cache.

    A shared phone's back button or a proxy would otherwise show one person's record to the next.
    """

    def answer(request):
        response = get_response(request)
        if response.status_code == 405 and not response.content:
            response = errors.method_not_allowed(request, response)
        response["X-Request-ID"] = logs.request_id()
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            patch_cache_control(response, no_store=True, private=True)
        return response

    answer.process_exception = _unreadable
    return answer


def _unreadable(request, exception):
    """A NUL that got as far as the database, which takes none: no keyboard types one, so it is no fault of ours."""
    if isinstance(exception, ValueError) and "NUL (0x00)" in str(exception):
        return errors.bad_request(request)
    return None
