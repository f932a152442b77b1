"""What a client was told of its keys, and what it asked for and was not answered."""

from dataclasses import dataclass, field

from clearance import ORGANIZATION


def bound(role, tier, at, mode="all", permissions=()):
    binding = {"role": role, "scopeType": tier, "scopeId": at}
    shape = {"permissionMode": mode, "bindings": [binding]}
    return shape | ({"permissions": list(permissions)} if permissions else {})


# What a key can be, from narrow to wide.
SHAPES = {
    "reader": bound("CUSTOM", "PROJECT", "shop", "restricted", ["traces:view"]),
    "viewer": bound("VIEWER", "PROJECT", "shop"),
    "member": bound("MEMBER", "TEAM", "web"),
    "admin": bound("ADMIN", "ORGANIZATION", ORGANIZATION),
}

# Questions that tell the shapes apart.
PROBES = [("traces:view", "shop"), ("analytics:view", "shop"), ("prompts:create", "blog"), ("project:delete", "lake")]


def shape_of(key):
    """The name of what a key is, as the server shows it; whatever is none of them stands for itself."""
    shown = {name: key[name] for name in ("permissionMode", "permissions", "bindings")}
    for name, shape in SHAPES.items():
        whole = {"permissions": [], **shape}
        if key["revokedAt"] is not None:
            # A revoke takes the list of permissions, and the bindings that grant it.
            whole |= {"permissions": [], "bindings": [one for one in whole["bindings"] if one["role"] != "CUSTOM"]}
        if shown == whole:
            return name
    return repr(shown)


@dataclass
class Key:
    """A key as its client knows it."""

    name: str
    shape: str
    # None while its creation is not answered: the client has neither then.
    identity: str = None
    token: str = field(default=None, repr=False)
    revoked: bool = False
    # An edit or a revoke that was sent and not answered.
    editing: str = None
    revoking: bool = False

    @property
    def created(self):
        return self.identity is not None

    @property
    def unanswered(self):
        return not self.created or self.editing is not None or self.revoking

    def shapes(self):
        """What it may be now: an unanswered edit may have happened or not."""
        return {self.shape, self.editing or self.shape}

    def settle(self, shape, revoked):
        """Takes what was found for what is so."""
        self.shape, self.revoked, self.editing, self.revoking = shape, revoked, None, False


@dataclass
class ProjectKey:
    """The key of a project, as whoever rotates it knows it."""

    project: str
    token: str = field(default=None, repr=False)
    old: list = field(default_factory=list, repr=False)
    # A rotation that was sent and not answered.
    rotating: bool = False

    def settle(self, token):
        """Takes what was answered or found for the key of now."""
        if self.token not in (None, token):
            self.old.append(self.token)
        self.token, self.rotating = token, False
