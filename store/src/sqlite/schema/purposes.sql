-- Operators may be for making and revoking operators.
CREATE TABLE operator_purposes_with_operators (
  operator TEXT NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
  purpose TEXT NOT NULL CHECK (purpose IN ('check', 'directory', 'policy', 'keys', 'operators')),
  PRIMARY KEY (operator, purpose)
) STRICT, WITHOUT ROWID;

INSERT INTO operator_purposes_with_operators (operator, purpose) SELECT operator, purpose FROM operator_purposes;
DROP TABLE operator_purposes;
ALTER TABLE operator_purposes_with_operators RENAME TO operator_purposes;
