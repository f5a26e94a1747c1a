-- docs/spec/audit.md: an authority that was restored from a backup is in its next epoch.
ALTER TABLE vendor ADD COLUMN epoch BIGINT NOT NULL DEFAULT 1;
-- The epoch of an entry, from the second on; covered like the rest of it.
ALTER TABLE audit ADD COLUMN epoch BIGINT;

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
    OR NEW.epoch IS DISTINCT FROM OLD.epoch
    OR NEW.detail <> OLD.detail)
EXECUTE FUNCTION audit_is_append_only();
