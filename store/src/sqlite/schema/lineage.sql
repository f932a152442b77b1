-- One row that every commit changes. It ties the file to its write-ahead log: see `lineage.rs`.
CREATE TABLE lineage (
  row INTEGER PRIMARY KEY CHECK (row = 1),
  mark BLOB NOT NULL
) STRICT;
