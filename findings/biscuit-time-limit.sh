#!/usr/bin/env bash
# Needs Python 3.
#
# Biscuit's authorizer stops after a time limit, and by default that is one millisecond of time that passes, not of computing: on a busy
# machine a thread that is not scheduled for a moment reaches it with the smallest policy. The error then has the class of a denial,
# `AuthorizationError`, and only its text tells the two apart. A service sets a limit of its own and treats that text as "no answer".
# The script takes a limit of a microsecond in place of a busy machine, so that it shows the same everywhere.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check biscuit-python==0.4.0
cat >ask.py <<'PY'
from datetime import timedelta
from biscuit_auth import AuthorizationError, AuthorizerBuilder, BiscuitBuilder, KeyPair

token = BiscuitBuilder('user("ana");').build(KeyPair().private_key)

def ask(policy, limit):
    authorizer = AuthorizerBuilder(policy)
    limits = authorizer.limits()
    limits.max_time = limit
    authorizer.set_limits(limits)
    try:
        authorizer.build(token).authorize()
        return "allowed"
    except AuthorizationError as error:
        return f"{type(error).__name__}: {str(error)[:45]}"

print("limit by default:", AuthorizerBuilder("allow if true;").limits().max_time)
print("one minute, allow:", ask("allow if true;", timedelta(minutes=1)))
print("one minute, deny:", ask("deny if true;", timedelta(minutes=1)))
print("one microsecond, allow:", ask("allow if true;", timedelta(microseconds=1)))
PY
python/bin/python ask.py | tee seen
cat >expected <<'TXT'
limit by default: 0:00:00.001000
one minute, allow: allowed
one minute, deny: AuthorizationError: authorization failed: a deny policy matched (
one microsecond, allow: AuthorizationError: Reached Datalog execution limits
TXT
diff expected seen >&2 || { echo "this is no longer what this version does" >&2; exit 1; }
