-- Rows keep the order in which they came: `row` is the order of every list. Times are milliseconds since 1970.
-- A reference is a foreign key only where a directory refuses a row without the other one; people, roles and scopes that are gone
-- may still be named.

CREATE TABLE organizations (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT
) STRICT;

CREATE TABLE users (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT,
  email TEXT,
  deactivated_at INTEGER
) STRICT;

CREATE TABLE members (
  row INTEGER PRIMARY KEY,
  organization TEXT NOT NULL,
  user TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('ADMIN', 'MEMBER', 'EXTERNAL')),
  UNIQUE (organization, user)
) STRICT;

CREATE TABLE teams (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  organization TEXT NOT NULL REFERENCES organizations (id),
  name TEXT,
  personal INTEGER NOT NULL CHECK (personal IN (0, 1)),
  owner TEXT
) STRICT;
CREATE INDEX teams_of_organization ON teams (organization);

CREATE TABLE team_memberships (
  row INTEGER PRIMARY KEY,
  team TEXT NOT NULL,
  user TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('ADMIN', 'MEMBER', 'VIEWER', 'CUSTOM')),
  custom_role TEXT CHECK (custom_role IS NULL OR role = 'CUSTOM'),
  UNIQUE (team, user)
) STRICT;

CREATE TABLE projects (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  team TEXT NOT NULL REFERENCES teams (id),
  name TEXT,
  archived_at INTEGER
) STRICT;
CREATE INDEX projects_of_team ON projects (team);

CREATE TABLE groups (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  organization TEXT NOT NULL,
  name TEXT
) STRICT;

CREATE TABLE group_members (
  row INTEGER PRIMARY KEY,
  of_group TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  user TEXT NOT NULL,
  UNIQUE (of_group, user)
) STRICT;

CREATE TABLE roles (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  organization TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('custom', 'key')),
  name TEXT NOT NULL
) STRICT;

CREATE TABLE role_permissions (
  role TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  permission TEXT NOT NULL,
  PRIMARY KEY (role, position)
) STRICT, WITHOUT ROWID;

-- `hash` is 64 hexadecimal digits, or whatever else a directory file had there, which no secret matches. `pepper` is the name of the
-- pepper that made it, or NULL where nobody knows.
CREATE TABLE keys (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  organization TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  mode TEXT NOT NULL CHECK (mode IN ('all', 'readonly', 'restricted')),
  owner TEXT,
  created_by TEXT,
  created_at INTEGER,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER,
  ingestion_source TEXT,
  lookup_id TEXT UNIQUE,
  hash TEXT,
  pepper TEXT REFERENCES peppers (name)
) STRICT;

CREATE TABLE bindings (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  organization TEXT NOT NULL,
  holder_kind TEXT NOT NULL CHECK (holder_kind IN ('user', 'group', 'key')),
  holder TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('ADMIN', 'MEMBER', 'VIEWER', 'CUSTOM')),
  custom_role TEXT CHECK ((custom_role IS NOT NULL) = (role = 'CUSTOM')),
  scope_kind TEXT NOT NULL CHECK (scope_kind IN ('organization', 'team', 'project')),
  scope TEXT NOT NULL
) STRICT;

-- `verifier` tells whether a pepper that is given is the one that was meant.
CREATE TABLE peppers (
  name TEXT PRIMARY KEY,
  verifier BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- `digest` is what a project key is found by, `sealed` is the project key encrypted.
CREATE TABLE project_keys (
  project TEXT PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
  pepper TEXT NOT NULL REFERENCES peppers (name),
  digest BLOB NOT NULL UNIQUE,
  sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE operators (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER,
  lookup_id TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  pepper TEXT NOT NULL REFERENCES peppers (name)
) STRICT;

CREATE TABLE operator_purposes (
  operator TEXT NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
  purpose TEXT NOT NULL CHECK (purpose IN ('check', 'directory', 'policy', 'keys')),
  PRIMARY KEY (operator, purpose)
) STRICT, WITHOUT ROWID;

-- What was written once and is not written again. `content` is a SHA-256.
CREATE TABLE batches (
  id TEXT PRIMARY KEY,
  content BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  who_id TEXT,
  verb TEXT NOT NULL,
  subject TEXT NOT NULL,
  before TEXT,
  after TEXT,
  peer TEXT,
  policy TEXT,
  pepper TEXT NOT NULL REFERENCES peppers (name),
  link BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_is_not_edited BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER audit_has_no_gaps BEFORE INSERT ON audit
  WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM audit)
  BEGIN SELECT raise(ABORT, 'the audit is only added to'); END;
