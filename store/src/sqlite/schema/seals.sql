-- What binds a credential to its row, made with a pepper. A hash that a directory file brought names in `sealed_with` the pepper of its
-- seal; every other has the one that made the hash. A row without a seal, or with a wrong one, lets nobody in.

ALTER TABLE keys ADD COLUMN seal BLOB;
ALTER TABLE keys ADD COLUMN sealed_with TEXT REFERENCES peppers (name);
ALTER TABLE operators ADD COLUMN seal BLOB;
ALTER TABLE project_keys ADD COLUMN seal BLOB;

-- What became of the policy is looked up at every start, however long the audit is.
CREATE INDEX audit_of_policy ON audit (verb, subject) WHERE verb >= 'policy.' AND verb < 'policy/';
