"""Kills the server at random moments under load, and looks after each restart for what was lost or became wider."""

import random
import time
from collections import Counter

from clearance import ask, connect, temporary
from ledger import PROBES, SHAPES, ProjectKey, shape_of
from load import KeyClient, ProjectKeyClient
from report import Report, arguments

OPTIONS = {
    "kills": {"type": int, "default": 20, "help": "how often (20)"},
    "clients": {"type": int, "default": 4, "help": "how many clients at once (4)"},
}

SERVICE = ["ana", "--service", "--role", "admin", "--whole-organization"]

# Keys that no client touched since the last kill, of which some are looked at again.
OLDER = 20

# Keys that the project had before.
OLD = 3

DEAD = [401] * len(PROBES)


class Kills:
    """One database, through all its kills."""

    def __init__(self, report, clearance, admin, clients):
        self.report = report
        self.clearance = clearance
        self.admin = admin
        self.pools = [[] for _ in range(clients)]
        self.project_key = ProjectKey("lake")
        self.answers = {}
        self.others = set()
        self.head = None
        self.retired = []
        self.counts = Counter()

    def learn(self):
        """Asks in peace what each shape may, and which keys there are besides those of the clients."""
        self.connection = connect(self.clearance.url)
        for shape, body in SHAPES.items():
            body = {"name": f"probe {shape}", "keyType": "service", **body}
            token = self.ask("POST", "/api/api-keys", body).json["token"]
            self.answers[shape] = self.probe(token)
        self.others = set(self.listed())
        self.project_key.settle(self.ask("POST", "/api/projects/lake/regenerate-api-key").json["apiKey"])
        different = {tuple(answer) for answer in self.answers.values()}
        self.report.same("shapes that the questions tell apart", len(different), len(SHAPES))

    def ask(self, method, path, body=None):
        return ask(self.connection, method, path, self.admin, body)

    def probe(self, token):
        """What the gate answers for a key."""
        asked = [(f"/v1/authorize?permission={permission}", project) for permission, project in PROBES]
        return [ask(self.connection, "GET", path, token, X_Project_Id=project).status for path, project in asked]

    def listed(self):
        return {row["id"]: row["name"] for row in self.ask("GET", "/api/api-keys").json["data"]}

    def round(self):
        """Load, a kill, a restart, and a look at everything that was touched."""
        url = self.clearance.url
        key_clients = [KeyClient(url, self.admin, f"client{n}", pool) for n, pool in enumerate(self.pools)]
        clients = [*key_clients, ProjectKeyClient(url, self.admin, self.project_key)]
        for client in clients:
            client.start()
        time.sleep(random.uniform(0.02, 0.6))
        self.clearance.kill()
        for client in clients:
            client.join()
            self.report.holds("the server refused nothing", not client.unexpected, client.unexpected)
            self.counts.update({f"{what} acknowledged": count for what, count in client.answered.items()})
        self.counts["kills under load"] += 1
        if random.random() < 0.2:
            self.clearance.begin()
            time.sleep(random.uniform(0, 0.3))
            self.clearance.kill()
            self.counts["kills while starting"] += 1
        self.verify_audit()
        self.clearance.serve()
        self.connection = connect(self.clearance.url)
        self.look_at_project_key()
        touched = {key.name: key for client in key_clients for key in client.touched}
        older = [key for pool in [*self.pools, self.retired] for key in pool if key.name not in touched]
        self.look([*touched.values(), *random.sample(older, min(OLDER, len(older)))])

    def verify_audit(self):
        """The audit is whole, and goes on from where it was before."""
        database = ("--database", self.clearance.database)
        head = () if self.head is None else ("--head", self.head)
        try:
            self.clearance.run("audit", "verify", *database, *head)
            self.report.holds("the audit verifies", True)
        except RuntimeError as error:
            self.report.holds("the audit verifies", False, error)
        self.head = self.clearance.run("audit", "head", *database).strip()

    def look(self, keys):
        """Each key is what its client was told, or what it asked for and was not answered."""
        listed = self.listed()
        for key in keys:
            if not key.created:
                self.look_for(key, listed)
            if key.created:
                self.look_at(key)
        self.pools = [[key for key in pool if self.stays(key)] for pool in self.pools]
        alive = {key.identity: key.name for pool in self.pools for key in pool}
        found = {identity: name for identity, name in listed.items() if identity not in self.others}
        self.report.same("the list is what was acknowledged", found, alive)

    def look_at_project_key(self):
        """The key of the project is the last one that was answered, or one that was asked for since; the others are dead."""
        key = self.project_key
        now = self.ask("GET", f"/api/projects/{key.project}/api-key").json["apiKey"]
        self.report.holds("a project key is changed by a rotation alone", now == key.token or key.rotating)
        self.counts["rotations unanswered"] += key.rotating
        self.counts["rotations unanswered and done"] += now != key.token
        key.settle(now)
        self.report.same("the project key works", self.gate(now), 200)
        for old in key.old[-OLD:]:
            self.report.same("an older project key is dead", self.gate(old), 401)

    def gate(self, token):
        return ask(self.connection, "GET", "/v1/authorize?permission=traces:create", token).status

    def look_for(self, key, listed):
        """A creation that was not answered: the key is there as asked, or not at all."""
        identities = [identity for identity, name in listed.items() if name == key.name]
        self.report.holds("a key is created once", len(identities) <= 1, identities)
        self.counts["creates unanswered"] += 1
        if identities:
            key.identity = identities[0]
            self.counts["creates unanswered and done"] += 1

    def look_at(self, key):
        answer = self.ask("GET", f"/api/api-keys/{key.identity}")
        if not self.report.same(f"{key} is there", answer.status, 200):
            return
        shape, revoked = shape_of(answer.json), answer.json["revokedAt"] is not None
        self.report.holds(f"{key} is what it was or was to be", shape in key.shapes(), shape)
        self.report.holds(f"{key} is revoked if that was acknowledged", revoked or not key.revoked)
        self.report.holds(f"{key} is not revoked unless that was asked", not revoked or key.revoked or key.revoking)
        for what, asked, done in (("edits", key.editing, shape == key.editing), ("revokes", key.revoking, revoked)):
            self.counts[f"{what} unanswered"] += bool(asked)
            self.counts[f"{what} unanswered and done"] += bool(asked) and done
        if key.token is not None:
            expected = DEAD if revoked else self.answers.get(shape)
            self.report.same(f"{key} may what its shape may", self.probe(key.token), expected)
        key.settle(shape, revoked)
        self.counts["keys looked at"] += 1

    def stays(self, key):
        """Keys that are alive stay with their client; the others are kept to be looked at again."""
        if key.created and key.revoked:
            self.retired.append(key)
        return key.created and not key.revoked


def main():
    options = arguments(__doc__, **OPTIONS)
    report = Report("kills")
    with temporary(options.clearance) as clearance:
        admin = clearance.create_key("service", *SERVICE)
        clearance.serve()
        kills = Kills(report, clearance, admin, options.clients)
        kills.learn()
        for number in range(1, options.kills + 1):
            kills.round()
            if number % 20 == 0:
                print(f"  {number} of {options.kills}: {report.passed} passed, {report.failed} failed", flush=True)
        # Whatever happened to it since, each key is still what it was last known as.
        kills.look([key for pool in [*kills.pools, kills.retired] for key in pool])
        clearance.stop()
        kills.verify_audit()
        for what, count in sorted(kills.counts.items()):
            print(f"  {what}: {count}")
        for kind in ("create", "edit", "revoke", "rotate"):
            report.holds(f"{kind} was acknowledged under load", kills.counts[f"{kind} acknowledged"])
    report.end()


if __name__ == "__main__":
    main()
