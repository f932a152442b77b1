"""The example configurations of reverse proxies: what a client sends, and what arrives behind the gate."""

from clearance import ask, basic, connect, temporary
from proxies import Caddy, Haproxy, Nginx
from report import Report, arguments
from service import Service

TRACES = "/api/otel/v1/traces"
PAGE = "https://app.example"
PROXIES = {"nginx": Nginx, "caddy": Caddy, "haproxy": Haproxy}
OPTIONS = {name: {"help": f"the command of {name}; it is left out where there is none"} for name in PROXIES}

SERVICE = ["ana", "--service", "--role", "admin", "--whole-organization"]
VIEWER = ["ben", "--role", "viewer", "--project", "shop"]

NAMES = ["Key", "Owner", "Project", "Policy"]

# Spellings of one header that a client may try: a proxy, the service or what lies between might take one for another.
SPELLINGS = [
    lambda name: f"X-Clearance-{name}",
    lambda name: f"x-clearance-{name}".lower(),
    lambda name: f"X-CLEARANCE-{name}".upper(),
    lambda name: f"X_Clearance_{name}",
]


def send(url, headers, method="POST"):
    """One request with these headers, in this order, a name as often as it stands there."""
    connection = connect(url)
    connection.putrequest(method, TRACES)
    for name, value in headers:
        connection.putheader(name, value)
    connection.putheader("Content-Length", "2")
    connection.endheaders(b"{}")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def forges(report, proxy, service, token):
    """Nothing that a client says of itself arrives. The gate says all four names of everybody, `-` where there is no id."""
    forged = [(spelling(name), "forged") for spelling in SPELLINGS for name in NAMES for _ in range(2)]
    credential = [("Authorization", f"Bearer {token}"), ("X-Project-Id", "shop")]
    for what, headers in (("before", forged + credential), ("after", credential + forged)):
        report.same(f"forged headers {what} the credential", send(proxy.url, headers).status, 200)
        (seen,) = service.take()
        arrived = sorted(name.lower() for name, _ in seen.headers if "clearance" in name.lower())
        report.same(f"{what}: which arrive", arrived, sorted(f"x-clearance-{name.lower()}" for name in NAMES))
        report.holds(f"{what}: nothing forged arrives", "forged" not in str(seen.headers), seen.headers)
        report.same(f"{what}: the project is the gate's", seen.header("X-Clearance-Project"), ["shop"])
        report.same(f"{what}: nobody owns the key", seen.header("X-Clearance-Owner"), ["-"])
        report.holds(f"{what}: the key is named once", len(seen.header("X-Clearance-Key")) == 1, seen.headers)


def refuses(report, proxy, service, viewer):
    """Who may not pass does not, and learns no more than that."""
    answer = send(proxy.url, [])
    report.same("no credential", answer.status, 401)
    challenge = answer.getheader("WWW-Authenticate") or ""
    report.holds("how to come back is said", challenge.startswith("Bearer"), challenge)
    report.same("forged headers alone", send(proxy.url, [(f"X-Clearance-{name}", "forged") for name in NAMES]).status, 401)
    report.same("a key that may not", send(proxy.url, [("Authorization", basic("shop", viewer))]).status, 403)
    report.same("what reached the service", service.take(), [])


def passes(report, proxy, service, token):
    """Each of the ways in which clients carry a credential."""
    ways = {
        "Basic": [("Authorization", basic("shop", token))],
        "Bearer": [("Authorization", f"Bearer {token}"), ("X-Project-Id", "shop")],
        "X-Auth-Token": [("X-Auth-Token", token), ("X-Project-Id", "shop")],
        "X-Auth-Token beside a broken Basic": [("Authorization", "Basic %"), ("X-Auth-Token", token), ("X-Project-Id", "shop")],
    }
    for what, headers in ways.items():
        report.same(what, send(proxy.url, headers).status, 200)
        (seen,) = service.take()
        report.same(f"{what}: the body is whole", seen.body, b"{}")
    credential = ways["Bearer"]
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        report.same(method, send(proxy.url, credential, method).status, 200)
        report.same(f"{method}: it is kept", [seen.method for seen in service.take()], [method])


def pages(report, proxy, service, token):
    """A page of a browser may ask first whether it may ask, and then reads what it is answered."""
    first = [("Origin", PAGE), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization")]
    answer = send(proxy.url, first, "OPTIONS")
    report.same("a preflight", (answer.status, answer.getheader("Access-Control-Allow-Origin")), (204, PAGE))
    allowed = (answer.getheader("Access-Control-Allow-Headers") or "").lower()
    report.holds("a preflight allows the credential", "authorization" in allowed and "x-auth-token" in allowed, allowed)
    other = send(proxy.url, [("Origin", "https://other.example"), *first[1:]], "OPTIONS")
    report.holds("a preflight of another page", not 200 <= other.status < 300, other.status)
    report.same("an OPTIONS that is none", send(proxy.url, first[:1], "OPTIONS").status, 401)
    report.same("what reached the service", service.take(), [])
    answer = send(proxy.url, first[:1])
    said = (answer.status, answer.getheader("Access-Control-Allow-Origin"), bool(answer.getheader("WWW-Authenticate")))
    report.same("a page reads a 401", said, (401, PAGE, True))
    credential = [("Authorization", f"Bearer {token}"), ("X-Project-Id", "shop")]
    answer = send(proxy.url, [*first[:1], *credential])
    report.same("a page reads a 200", (answer.status, answer.getheader("Access-Control-Allow-Origin")), (200, PAGE))
    service.take()


def is_closed(report, proxy, service, clearance, token):
    """A fault of the gate is no pass."""
    clearance.kill()
    status = send(proxy.url, [("Authorization", basic("shop", token))]).status
    report.holds("a gate that is gone", status >= 500, status)
    report.same("what reached the service", service.take(), [])


def check(name, options):
    """One proxy."""
    report = Report(f"headers, {name}")
    service = Service()
    with temporary(options.clearance) as clearance:
        token, viewer = clearance.create_key("service", *SERVICE), clearance.create_key("viewer", *VIEWER)
        clearance.serve()
        address = clearance.url.removeprefix("http://")
        with PROXIES[name](getattr(options, name), clearance.folder / name, address, service.address) as proxy:
            passes(report, proxy, service, token)
            forges(report, proxy, service, token)
            refuses(report, proxy, service, viewer)
            pages(report, proxy, service, token)
            for path in ("/clearance/traces:create", "/clearance", "/v1/authorize", "/"):
                report.holds(f"{path} is no door", ask(connect(proxy.url), "GET", path).status in (401, 403, 404))
            is_closed(report, proxy, service, clearance, token)
    return report


def main():
    options = arguments(__doc__, **OPTIONS)
    whole = Report("headers")
    for name in PROXIES:
        if getattr(options, name):
            report = check(name, options)
            print(f"{report.name}: {report.passed} passed, {report.failed} failed", flush=True)
            whole.passed, whole.failed = whole.passed + report.passed, whole.failed + report.failed
        else:
            print(f"headers, {name}: not run, there is no {name}", flush=True)
    whole.end()


if __name__ == "__main__":
    main()
