#!/usr/bin/env bash
# Needs Python 3.9 or newer.
#
# Biscuit's Python package takes a `datetime` as a parameter, for instance for the end of a token. It takes `timezone.utc`, also when
# it is spelled as an offset of zero, but refuses `ZoneInfo("UTC")`, which is the same zone, and any other zone, which it could
# convert; and it drops what is below a second without saying so: a token that ends at 23:59:59.999 ends at 23:59:59.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check biscuit-python==0.4.0 tzdata==2025.2
cat >ask.py <<'PY'
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo
from biscuit_auth import BiscuitBuilder, KeyPair

def source(name, zone, microsecond=0):
    end = datetime(2026, 12, 31, 23, 59, 59, microsecond, tzinfo=zone)
    try:
        text = BiscuitBuilder("end({end})", {"end": end}).build(KeyPair().private_key).block_source(0).strip()
    except ValueError as error:
        text = f"ValueError: {error}"
    print(f"{name}: {text}")

source("timezone.utc", timezone.utc)
source("offset of zero", timezone(timedelta(0)))
source("ZoneInfo of UTC", ZoneInfo("UTC"))
source("offset of two hours", timezone(timedelta(hours=2)))
source("timezone.utc, 999 ms later", timezone.utc, 999_000)
PY
python/bin/python ask.py | tee seen
cat >expected <<'TXT'
timezone.utc: end(2026-12-31T23:59:59Z);
offset of zero: end(2026-12-31T23:59:59Z);
ZoneInfo of UTC: ValueError: expected datetime.timezone.utc
offset of two hours: ValueError: expected datetime.timezone.utc
timezone.utc, 999 ms later: end(2026-12-31T23:59:59Z);
TXT
diff expected seen >&2 || { echo "this is no longer what this version does" >&2; exit 1; }
