"""How modules ask the facade: by the host's own way, and nobody else than who was named."""

import ssl
import urllib.request


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like others: the key in the headers is for whom it was given."""

    def redirect_request(self, *arguments):
        return None


def open_url(request, timeout, validate_certs=True):
    """The answer, to be closed; urllib.error.HTTPError for one that is no success, OSError if there is none.

    Trusts what the host trusts. No proxy of the environment: hosts of the cluster reach each other.
    """
    trust = ssl.create_default_context()
    if not validate_certs:
        trust.check_hostname = False
        trust.verify_mode = ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust), NoRedirect)
    return opener.open(request, timeout=timeout)
