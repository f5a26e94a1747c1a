-- Vendor keys that are replaced (docs/spec/authority-folder.md).

-- The first profile that lists a key; those of `init` stand in the first of all.
ALTER TABLE vendor_keys ADD COLUMN since_profile BIGINT NOT NULL DEFAULT 1;
-- When another key took its place.
ALTER TABLE vendor_keys ADD COLUMN replaced_at BIGINT;

-- docs/spec/audit.md: the key that an entry is about, covered like the rest of it.
ALTER TABLE audit ADD COLUMN key BYTEA;

DROP TRIGGER audit_is_not_changed ON audit;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
FOR EACH ROW
WHEN (OLD.position IS NOT NULL
    OR NEW.position IS NULL
    OR NEW.id <> OLD.id
    OR NEW.at <> OLD.at
    OR NEW.actor <> OLD.actor
    OR NEW.action <> OLD.action
    OR NEW.product IS DISTINCT FROM OLD.product
    OR NEW.entitlement IS DISTINCT FROM OLD.entitlement
    OR NEW.activation IS DISTINCT FROM OLD.activation
    OR NEW.device IS DISTINCT FROM OLD.device
    OR NEW.token IS DISTINCT FROM OLD.token
    OR NEW.license IS DISTINCT FROM OLD.license
    OR NEW.key IS DISTINCT FROM OLD.key
    OR NEW.detail <> OLD.detail)
EXECUTE FUNCTION audit_is_append_only();
