-- Vendor keys that are replaced (docs/spec/authority-folder.md).

-- The first profile that lists a key; those of `init` stand in the first of all.
ALTER TABLE vendor_keys ADD COLUMN since_profile BIGINT NOT NULL DEFAULT 1;
-- When another key took its place.
ALTER TABLE vendor_keys ADD COLUMN replaced_at BIGINT;

-- docs/spec/audit.md: the key that an entry is about, covered like the rest of it.
ALTER TABLE audit ADD COLUMN key BLOB;

DROP TRIGGER audit_is_not_changed;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
WHEN OLD.position IS NOT NULL
    OR NEW.position IS NULL
    OR NEW.id <> OLD.id
    OR NEW.at <> OLD.at
    OR NEW.actor <> OLD.actor
    OR NEW.action <> OLD.action
    OR NEW.product IS NOT OLD.product
    OR NEW.entitlement IS NOT OLD.entitlement
    OR NEW.activation IS NOT OLD.activation
    OR NEW.device IS NOT OLD.device
    OR NEW.token IS NOT OLD.token
    OR NEW.license IS NOT OLD.license
    OR NEW.key IS NOT OLD.key
    OR NEW.detail <> OLD.detail
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
