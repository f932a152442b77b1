"""nginx with the example configuration: what a client sends, and what arrives behind the gate."""

from clearance import ask, basic, connect, temporary
from nginx import Nginx
from report import Report, arguments
from service import Service

TRACES = "/api/otel/v1/traces"
OPTIONS = {"nginx": {"required": True, "help": "nginx"}}

SERVICE = ["ana", "--service", "--role", "admin", "--whole-organization"]
VIEWER = ["ben", "--role", "viewer", "--project", "shop"]

NAMES = ["Key", "Owner", "Project", "Policy"]

# Spellings of one header that a client may try: nginx, the service or what lies between might take one for another.
SPELLINGS = [
    lambda name: f"X-Clearance-{name}",
    lambda name: f"x-clearance-{name}".lower(),
    lambda name: f"X-CLEARANCE-{name}".upper(),
    lambda name: f"X_Clearance_{name}",
]


def send(url, headers):
    """One request with these headers, in this order, a name as often as it stands there."""
    connection = connect(url)
    connection.putrequest("POST", TRACES)
    for name, value in headers:
        connection.putheader(name, value)
    connection.putheader("Content-Length", "2")
    connection.endheaders(b"{}")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def forges(report, nginx, service, token):
    """Nothing that a client says of itself arrives; a header that the gate has no value for does not arrive at all."""
    forged = [(spelling(name), "forged") for spelling in SPELLINGS for name in NAMES for _ in range(2)]
    credential = [("Authorization", f"Bearer {token}"), ("X-Project-Id", "shop")]
    for what, headers in (("before", forged + credential), ("after", credential + forged)):
        report.same(f"forged headers {what} the credential", send(nginx.url, headers).status, 200)
        (seen,) = service.take()
        arrived = {name.lower(): value for name, value in seen.headers if "clearance" in name.lower()}
        report.same(f"{what}: which arrive", sorted(arrived), ["x-clearance-key", "x-clearance-policy", "x-clearance-project"])
        report.holds(f"{what}: nothing forged arrives", "forged" not in str(seen.headers), seen.headers)
        report.same(f"{what}: the project is the gate's", seen.header("X-Clearance-Project"), ["shop"])
        report.holds(f"{what}: the key is named once", len(seen.header("X-Clearance-Key")) == 1, seen.headers)


def refuses(report, nginx, service, viewer):
    """Who may not pass does not, and learns no more than that."""
    answer = send(nginx.url, [])
    report.same("no credential", answer.status, 401)
    challenge = answer.getheader("WWW-Authenticate") or ""
    report.holds("how to come back is said", challenge.startswith("Bearer"), challenge)
    report.same("forged headers alone", send(nginx.url, [(f"X-Clearance-{name}", "forged") for name in NAMES]).status, 401)
    report.same("a key that may not", send(nginx.url, [("Authorization", basic("shop", viewer))]).status, 403)
    report.same("what reached the service", service.take(), [])


def passes(report, nginx, service, token):
    """Each of the ways in which clients carry a credential."""
    ways = {
        "Basic": [("Authorization", basic("shop", token))],
        "Bearer": [("Authorization", f"Bearer {token}"), ("X-Project-Id", "shop")],
        "X-Auth-Token": [("X-Auth-Token", token), ("X-Project-Id", "shop")],
        "X-Auth-Token beside a broken Basic": [("Authorization", "Basic %"), ("X-Auth-Token", token), ("X-Project-Id", "shop")],
    }
    for what, headers in ways.items():
        report.same(what, send(nginx.url, headers).status, 200)
        (seen,) = service.take()
        report.same(f"{what}: the body is whole", seen.body, b"{}")


def is_closed(report, nginx, service, clearance, token):
    """A fault of the gate is no pass."""
    clearance.kill()
    report.same("a gate that is gone", send(nginx.url, [("Authorization", basic("shop", token))]).status, 500)
    report.same("what reached the service", service.take(), [])


def main():
    options = arguments(__doc__, **OPTIONS)
    report = Report("headers")
    service = Service()
    with temporary(options.clearance) as clearance:
        token, viewer = clearance.create_key("service", *SERVICE), clearance.create_key("viewer", *VIEWER)
        clearance.serve()
        address = clearance.url.removeprefix("http://")
        with Nginx(options.nginx, clearance.folder / "nginx", address, service.address) as nginx:
            passes(report, nginx, service, token)
            forges(report, nginx, service, token)
            refuses(report, nginx, service, viewer)
            for path in ("/clearance/traces:create", "/clearance", "/v1/authorize", "/"):
                report.holds(f"{path} is no door", ask(connect(nginx.url), "GET", path).status in (401, 403, 404))
            is_closed(report, nginx, service, clearance, token)
    report.end()


if __name__ == "__main__":
    main()
