"""Who is asking, for as long as a request lasts."""

import uuid
from contextvars import ContextVar
from ipaddress import ip_address

from django.conf import settings

current_request = ContextVar("storetrail_request", default=None)


class WhoIsAsking:
    """Stands after AuthenticationMiddleware."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.storetrail_trace = uuid.uuid4().hex
        token = current_request.set(request)
        try:
            return self.get_response(request)
        finally:
            current_request.reset(token)


def trace_id():
    """The same for everything that one request does; None outside a request."""
    request = current_request.get()
    return request and request.storetrail_trace


def signed_in_user():
    user = getattr(current_request.get(), "user", None)
    return user if user is not None and user.is_authenticated else None


def origin():
    """`ip`, `user_agent` and `trace_id` of the request being answered; nothing for a job or a shell."""
    request = current_request.get()
    if request is None:
        return {}
    return {
        "ip": client_ip(request),
        "user_agent": request.headers.get("User-Agent", "")[:1000] or None,
        "trace_id": request.storetrail_trace,
    }


def client_ip(request):
    """What the outermost proxy of ours saw. Entries further left were sent by the client: anyone can write them."""
    hops = [request.META.get("REMOTE_ADDR", "")]
    hops += reversed(request.headers.get("X-Forwarded-For", "").split(","))
    trusted = min(settings.STORETRAIL["TRUSTED_PROXIES"], len(hops) - 1)
    try:
        return str(ip_address(hops[trusted].strip() or hops[0]))
    except ValueError:
        return None
