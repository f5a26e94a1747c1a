-- A trial; and until when versions of the program are covered that come out later (docs/spec/tokens.md).
ALTER TABLE entitlements ADD COLUMN trial BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE entitlements ADD COLUMN maintenance_end BIGINT;
