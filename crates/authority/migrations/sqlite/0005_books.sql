-- Rows of lists that licenses and entitlements were made from: brought again, nothing is made twice.

-- What names the row, and what it asked for, each as a digest.
ALTER TABLE licenses ADD COLUMN row_key BLOB;
ALTER TABLE licenses ADD COLUMN row_content BLOB;
CREATE UNIQUE INDEX licenses_by_row ON licenses (row_key);
