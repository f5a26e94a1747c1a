-- docs/spec/audit.md: the digest of the network address that an entry is about, covered like the rest of it.
ALTER TABLE audit ADD COLUMN address BYTEA;
-- The addresses themselves, beside the log, which forgets nothing. What is removed here leaves the log as proven as it was.
CREATE TABLE audit_addresses (
    digest BYTEA NOT NULL PRIMARY KEY,
    salt BYTEA NOT NULL,
    address TEXT NOT NULL,
    at BIGINT NOT NULL,
    entitlement BYTEA,
    activation BYTEA
);
CREATE INDEX audit_addresses_by_time ON audit_addresses (at);
CREATE INDEX audit_addresses_by_entitlement ON audit_addresses (entitlement);
-- For how long addresses are kept, in seconds; without a length for good.
ALTER TABLE vendor ADD COLUMN addresses_kept BIGINT DEFAULT 7776000;

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
    OR NEW.address IS DISTINCT FROM OLD.address
    OR NEW.detail <> OLD.detail)
EXECUTE FUNCTION audit_is_append_only();
