#!/usr/bin/env bash
# Needs Python 3.
#
# In a Biscuit token, `check all role($r), $r == "reader"` reads as "every role is reader", and a statement about every member of an empty set
# is true in logic, SQL and most rule languages. Biscuit decides otherwise: where no `role` fact is there, the check fails. A token without
# roles is refused by a check that was meant to restrict which roles there may be; "none, or only this" needs `or` with a
# second body.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check biscuit-python==0.4.0
cat >ask.py <<'PY'
from datetime import timedelta
from biscuit_auth import AuthorizationError, AuthorizerBuilder, BiscuitBuilder, KeyPair

def ask(facts):
    token = BiscuitBuilder(facts).build(KeyPair().private_key)
    authorizer = AuthorizerBuilder('check all role($r), $r == "reader"; allow if true;')
    # The default limit of 1 ms is another finding, and would make this one depend on the machine.
    limits = authorizer.limits()
    limits.max_time = timedelta(minutes=1)
    authorizer.set_limits(limits)
    try:
        authorizer.build(token).authorize()
        return "allowed"
    except AuthorizationError as error:
        return "refused" if "check all" in str(error) else f"failed: {error}"

print("one role, reader:", ask('user("ana"); role("reader");'))
print("two roles, one of them writer:", ask('user("ana"); role("reader"); role("writer");'))
print("no role:", ask('user("ana");'))
PY
python/bin/python ask.py | tee seen
cat >expected <<'TXT'
one role, reader: allowed
two roles, one of them writer: refused
no role: refused
TXT
diff expected seen >&2 || { echo "this is no longer what this version does" >&2; exit 1; }
