"""Clients that change keys until the server is gone."""

import http.client
import random
import threading
import time
from collections import Counter

from clearance import ask, connect
from ledger import SHAPES, Key

# Few enough to check all of them after each kill.
KEYS = 8


class Client(threading.Thread):
    """Asks for one thing after the other, and writes down what it asks before, and what it is answered after."""

    def __init__(self, url, admin):
        super().__init__(daemon=True)
        self.connection = connect(url)
        self.admin = admin
        self.answered = Counter()
        self.unexpected = []

    def run(self):
        try:
            while not self.unexpected:
                self.step()
        except (OSError, http.client.HTTPException):
            # The server is gone; what was asked last stays unanswered.
            pass
        finally:
            self.connection.close()

    def ask(self, expected, method, path, body=None):
        answer = ask(self.connection, method, path, self.admin, body)
        if answer.status != expected:
            self.unexpected.append(f"{method} {path} {body}: {answer.status} {answer.body!r}")
            raise http.client.HTTPException
        return answer.json


class KeyClient(Client):
    """Creates, edits and revokes keys that nobody else changes."""

    def __init__(self, url, admin, label, keys):
        super().__init__(url, admin)
        self.label = label
        self.keys = keys
        self.touched = []

    def step(self):
        alive = [key for key in self.keys if not key.revoked]
        if len(alive) < KEYS // 2 or (len(alive) < KEYS and random.random() < 0.4):
            self.create()
        elif random.random() < 0.6:
            self.edit(random.choice(alive))
        else:
            self.revoke(random.choice(alive))

    def create(self):
        key = Key(name=f"{self.label}-{random.getrandbits(64):016x}", shape=random.choice(list(SHAPES)))
        self.keys.append(key)
        self.touched.append(key)
        made = self.ask(201, "POST", "/api/api-keys", {"name": key.name, "keyType": "service", **SHAPES[key.shape]})
        key.token, key.identity = made["token"], made["apiKey"]["id"]
        self.answered["create"] += 1

    def edit(self, key):
        key.editing = random.choice([shape for shape in SHAPES if shape != key.shape])
        self.touched.append(key)
        self.ask(200, "PATCH", f"/api/api-keys/{key.identity}", SHAPES[key.editing])
        key.settle(key.editing, False)
        self.answered["edit"] += 1

    def revoke(self, key):
        key.revoking = True
        self.touched.append(key)
        self.ask(200, "DELETE", f"/api/api-keys/{key.identity}")
        key.settle(key.shape, True)
        self.answered["revoke"] += 1


class ProjectKeyClient(Client):
    """Gives a project one key after the other."""

    def __init__(self, url, admin, project_key):
        super().__init__(url, admin)
        self.project_key = project_key

    def step(self):
        key = self.project_key
        key.rotating = True
        made = self.ask(200, "POST", f"/api/projects/{key.project}/regenerate-api-key")
        key.settle(made["apiKey"])
        self.answered["rotate"] += 1
        # Rarely enough that most kills hit something else.
        time.sleep(random.uniform(0, 0.1))
