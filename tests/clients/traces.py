"""Traces from LangWatch's own clients, for Python and for Node, to a service behind nginx that asks Clearance."""

from contextlib import closing

from clearance import temporary
from proxies import Nginx
from report import Report, arguments
from sender import NodeSender, PythonSender
from service import Service

TRACES = "/api/otel/v1/traces"
OPTIONS = {"nginx": {"required": True, "help": "nginx"}, "node": {"required": True, "help": "where langwatch is installed"}}

ADMIN = ["ana", "--role", "admin", "--whole-organization"]
ON_WEB = {"role": "MEMBER", "scopeType": "TEAM", "scopeId": "web"}
ON_SHOP = {"role": "CUSTOM", "scopeType": "PROJECT", "scopeId": "shop"}
RESTRICTED = {"permissionMode": "restricted", "bindings": [ON_SHOP]}


class Gate:
    """A running server, the gate before the service, and one who may create keys."""

    def __init__(self, report, clearance, admin, service):
        self.report = report
        self.clearance = clearance
        self.admin = admin
        self.service = service

    def create(self, name, **draft):
        """A key over HTTP: its id and its token."""
        answer = self.clearance.ask("POST", "/api/api-keys", self.admin, {"name": name, **draft})
        if answer.status != 201:
            raise RuntimeError(f"`{name}` is not created: {answer.status} {answer.body!r}")
        return answer.json["apiKey"]["id"], answer.json["token"]

    def revoke(self, identity):
        self.report.same("revoke", self.clearance.ask("DELETE", f"/api/api-keys/{identity}", self.admin).status, 200)

    def rotate(self, project):
        return self.clearance.ask("POST", f"/api/projects/{project}/regenerate-api-key", self.admin).json["apiKey"]

    def takes(self, what, complaints, key, owner, kind):
        """The service got the trace, and knows from the gate whose it is."""
        self.report.same(f"{what}: nothing is complained of", complaints, [])
        seen = [one for one in self.service.take() if one.path == TRACES]
        if not self.report.same(f"{what}: traces that arrived", len(seen), 1):
            return
        (one,) = seen
        self.report.holds(f"{what}: the trace is whole", b"a trace" in one.body, one.body)
        self.report.same(f"{what}: key", one.header("X-Clearance-Key"), key)
        self.report.same(f"{what}: owner", one.header("X-Clearance-Owner"), owner)
        self.report.same(f"{what}: project", one.header("X-Clearance-Project"), ["shop"])
        self.report.holds(f"{what}: policy", len(one.header("X-Clearance-Policy")) == 1, one.headers)
        self.report.same(f"{what}: it is a trace of", one.header("Content-Type"), [kind])

    def refuses(self, what, complaints, status):
        """The service got nothing, and the client knows why."""
        self.report.holds(f"{what}: refused with {status}", len(complaints) == 1 and str(status) in complaints[0], complaints)
        self.report.same(f"{what}: arrived", [one.path for one in self.service.take()], [])


def from_python(gate, sender):
    """Every kind of key."""
    kind = "application/x-protobuf"
    personal, personal_token = gate.create("personal", bindings=[ON_WEB])
    gate.takes("personal key", sender.send(personal_token, "shop"), [personal], ["ana"], kind)
    gate.refuses("personal key without a project", sender.send(personal_token), 401)
    gate.refuses("personal key at another team's project", sender.send(personal_token, "lake"), 403)
    gate.refuses("personal key at no project", sender.send(personal_token, "nowhere"), 401)
    for prefix in ("pat-lw-", "ik-lw-"):
        other = prefix + personal_token.removeprefix("sk-lw-")
        gate.takes(f"personal key as `{prefix}`", sender.send(other, "shop"), [personal], ["ana"], kind)

    service, service_token = gate.create("service", keyType="service", projectIds=["shop"])
    gate.takes("service key", sender.send(service_token, "shop"), [service], ["-"], kind)
    gate.takes("service key of one project, which it need not name", sender.send(service_token), [service], ["-"], kind)

    ingest, ingest_token = gate.create("ingest", permissions=["traces:create"], **RESTRICTED)
    gate.takes("restricted key", sender.send(ingest_token, "shop"), [ingest], ["ana"], kind)
    _, reader_token = gate.create("reader", permissions=["traces:view"], **RESTRICTED)
    gate.refuses("key restricted away", sender.send(reader_token, "shop"), 403)

    made = [("personal", personal, personal_token), ("service", service, service_token), ("restricted", ingest, ingest_token)]
    for what, identity, token in made:
        gate.revoke(identity)
        gate.refuses(f"{what} key after its revoke", sender.send(token, "shop"), 401)
    gate.refuses("no key of anyone", sender.send("sk-lw-nobody"), 401)

    first = gate.rotate("shop")
    gate.takes("project key", sender.send(first), ["-"], ["-"], kind)
    gate.takes("project key, whatever project is named", sender.send(first, "lake"), ["-"], ["-"], kind)
    second = gate.rotate("shop")
    gate.refuses("project key after its rotation", sender.send(first), 401)
    gate.takes("project key after the rotation", sender.send(second), ["-"], ["-"], kind)


def from_node(gate, sender):
    """The project key, and a key of one project, because this client names no project."""
    kind = "application/json"
    key = gate.rotate("shop")
    sent = sender.send(key)
    gate.takes("Node: project key", sent["complaints"], ["-"], ["-"], kind)
    gate.report.same("Node: evaluation with a project key", sent["evaluation"], 200)
    gate.rotate("shop")
    sent = sender.send(key)
    gate.refuses("Node: project key after its rotation", sent["complaints"], 401)
    gate.report.same("Node: evaluation after its rotation", sent["evaluation"], 401)
    service, token = gate.create("Node", keyType="service", projectIds=["shop"])
    sent = sender.send(token)
    gate.takes("Node: service key of one project", sent["complaints"], [service], ["-"], kind)
    gate.report.same("Node: evaluation with a service key of one project", sent["evaluation"], 200)


def main():
    options = arguments(__doc__, **OPTIONS)
    report = Report("traces")
    service = Service()
    with temporary(options.clearance) as clearance:
        admin = clearance.create_key("admin", *ADMIN)
        clearance.serve()
        address = clearance.url.removeprefix("http://")
        with Nginx(options.nginx, clearance.folder / "nginx", address, service.address) as nginx:
            gate = Gate(report, clearance, admin, service)
            with closing(PythonSender(nginx.url)) as sender:
                from_python(gate, sender)
            from_node(gate, NodeSender(nginx.url, options.node))
        clearance.stop()
    report.end()


if __name__ == "__main__":
    main()
