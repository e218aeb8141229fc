"""What schemathesis is told of Storetrail: how lines are written, and what counts as left out."""

from urllib.parse import parse_qsl, urlsplit

import schemathesis
from hypothesis import strategies
from schemathesis.specs.openapi.checks import negative_data_rejection

GOOD = (
    b'{"action":"product.updated","subject":{"type":"product","id":"p_981"}}',
    b'{"subject":{"type":"product","id":"p_981"},"field":"price","before":120,"after":96}',
    b"",
)
LINE = strategies.one_of(strategies.sampled_from(GOOD), strategies.text(max_size=50).map(str.encode), strategies.binary(max_size=50))

# It has no way of its own to make NDJSON.
schemathesis.openapi.media_type("application/x-ndjson", strategies.lists(LINE, min_size=1, max_size=5).map(b"\n".join))


@schemathesis.check
def forbidden_is_refused(ctx, response, case):
    """What the document forbids is refused. A parameter or text that is empty counts as left out, whatever its form."""
    # As it was sent: much that is no text becomes an empty one in an address.
    parameters = parse_qsl(urlsplit(response.request.url).query, keep_blank_values=True)
    if has_blank(dict(parameters)) or has_blank(case.body):
        return None
    return negative_data_rejection(ctx, response, case)


def has_blank(value):
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, dict):
        return any(map(has_blank, value.values()))
    return isinstance(value, list) and any(map(has_blank, value))
