-- The vendor's logo (PNG), as its profile has it.
ALTER TABLE vendor ADD COLUMN logo BLOB;
