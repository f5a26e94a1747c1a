-- docs/spec/audit.md: the digest of the network address that an entry is about, covered like the rest of it.
ALTER TABLE audit ADD COLUMN address BLOB;
-- The addresses themselves, beside the log, which forgets nothing. What is removed here leaves the log as proven as it was.
CREATE TABLE audit_addresses (
    digest BLOB NOT NULL PRIMARY KEY,
    salt BLOB NOT NULL,
    address TEXT NOT NULL,
    at BIGINT NOT NULL,
    entitlement BLOB,
    activation BLOB
);
CREATE INDEX audit_addresses_by_time ON audit_addresses (at);
CREATE INDEX audit_addresses_by_entitlement ON audit_addresses (entitlement);
-- For how long addresses are kept, in seconds; without a length for good.
ALTER TABLE vendor ADD COLUMN addresses_kept BIGINT DEFAULT 7776000;

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
    OR NEW.address IS NOT OLD.address
    OR NEW.detail <> OLD.detail
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
