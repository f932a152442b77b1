"""Permission policy for API keys: checks in process, with the same answers as in every other language.

    from clearance import Authorizer, Key, Project

    authorizer = Authorizer.load(directory)
    decision = authorizer.check(Key("ci"), "project:delete", Project("shop"))
"""

import os

from ._answers import (
    AllowedRepair,
    AllProjects,
    Effective,
    Explanation,
    NoRepair,
    Repair,
    RepairSets,
    Side,
    SomeProjects,
    Step,
    VisibleProjects,
)
from ._authorizer import Authorizer, Place, Principal
from ._error import ClearanceError
from ._native import Decision, Key, Organization, Project, ProjectKey, Team, User, _forked
from ._options import Limits, Policy

__all__ = [
    "AllProjects",
    "AllowedRepair",
    "Authorizer",
    "ClearanceError",
    "Decision",
    "Effective",
    "Explanation",
    "Key",
    "Limits",
    "NoRepair",
    "Organization",
    "Place",
    "Policy",
    "Principal",
    "Project",
    "ProjectKey",
    "Repair",
    "RepairSets",
    "Side",
    "SomeProjects",
    "Step",
    "Team",
    "User",
    "VisibleProjects",
]

# What was loaded before a fork does not work after it, and says so: see src/fork.rs.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
