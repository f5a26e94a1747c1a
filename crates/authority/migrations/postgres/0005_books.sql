-- Rows of lists that licenses and entitlements were made from: brought again, nothing is made twice.

-- What names the row, and what it asked for, each as a digest.
ALTER TABLE licenses ADD COLUMN row_key BYTEA;
ALTER TABLE licenses ADD COLUMN row_content BYTEA;
CREATE UNIQUE INDEX licenses_by_row ON licenses (row_key);
