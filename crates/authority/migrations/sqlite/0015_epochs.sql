-- docs/spec/audit.md: an authority that was restored from a backup is in its next epoch.
ALTER TABLE vendor ADD COLUMN epoch BIGINT NOT NULL DEFAULT 1;
-- The epoch of an entry, from the second on; covered like the rest of it.
ALTER TABLE audit ADD COLUMN epoch BIGINT;

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
    OR NEW.epoch IS NOT OLD.epoch
    OR NEW.detail <> OLD.detail
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
