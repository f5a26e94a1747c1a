-- Times are Unix seconds, lengths of time are seconds. Secrets of customers are here as HMACs only.

CREATE TABLE vendor (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    support TEXT,
    portal TEXT,
    colour BLOB,
    created_at BIGINT NOT NULL
);

-- Public halves; the private ones lie in files beside this database, or elsewhere.
CREATE TABLE vendor_keys (
    kid BLOB NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('profile', 'signing', 'exchange')),
    state TEXT NOT NULL CHECK (state IN ('active', 'retired', 'revoked')),
    spki BLOB NOT NULL,
    opens_until BIGINT,
    created_at BIGINT NOT NULL
);

-- Every profile ever signed: a client that slept through some is given the chain.
CREATE TABLE profiles (
    number BIGINT NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL,
    issued_at BIGINT NOT NULL
);

CREATE TABLE products (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    tag TEXT NOT NULL UNIQUE,
    features TEXT NOT NULL,
    offline BOOLEAN NOT NULL,
    grace BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE entitlements (
    id BLOB NOT NULL PRIMARY KEY,
    product TEXT NOT NULL REFERENCES products (code),
    code_digest BLOB NOT NULL UNIQUE,
    holder_digest BLOB NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    seats BIGINT NOT NULL CHECK (seats > 0),
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'revoked')),
    offline_lease BIGINT,
    ends_at BIGINT,
    features TEXT NOT NULL,
    holder TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX entitlements_in_order ON entitlements (created_at, id);

CREATE TABLE activations (
    id BLOB NOT NULL PRIMARY KEY,
    entitlement BLOB NOT NULL REFERENCES entitlements (id),
    seat BIGINT NOT NULL,
    device BLOB NOT NULL,
    signing_key BLOB NOT NULL,
    exchange_key BLOB NOT NULL,
    enrolled BLOB NOT NULL,
    tolerance BIGINT NOT NULL,
    label TEXT NOT NULL,
    platform TEXT NOT NULL,
    client TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'superseded')),
    activated_at BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    lease_expires_at BIGINT NOT NULL,
    grace_until BIGINT NOT NULL,
    held_until BIGINT NOT NULL,
    superseded_at BIGINT,
    superseded_by BLOB,
    superseded_why TEXT CHECK (superseded_why IN ('rebound', 'taken_over'))
);
-- Whatever the code above does: a seat has one holder, and a device one seat (rules A4, A10).
CREATE UNIQUE INDEX one_holder_per_seat ON activations (entitlement, seat) WHERE status = 'active';
CREATE UNIQUE INDEX one_seat_per_device ON activations (entitlement, device) WHERE status = 'active';
CREATE INDEX activations_in_order ON activations (activated_at, id);
CREATE INDEX activations_by_seat ON activations (entitlement, seat, superseded_at);
CREATE INDEX activations_by_successor ON activations (superseded_by);

-- Every answer that left, byte for byte (rule A3).
CREATE TABLE answers (
    request BLOB NOT NULL PRIMARY KEY,
    activation BLOB NOT NULL REFERENCES activations (id),
    device BLOB NOT NULL,
    product TEXT NOT NULL,
    number BIGINT NOT NULL,
    response BLOB NOT NULL,
    bytes BLOB NOT NULL,
    sequence BIGINT NOT NULL,
    lease_expires_at BIGINT NOT NULL,
    issued_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX answers_by_number ON answers (device, product, number);

-- Refused attempts by hour (rule A13).
CREATE TABLE attempts (
    scope TEXT NOT NULL CHECK (scope IN ('code', 'address')),
    subject BLOB NOT NULL,
    hour BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    PRIMARY KEY (scope, subject, hour)
);
CREATE INDEX attempts_by_hour ON attempts (hour);

-- docs/spec/audit.md
CREATE TABLE audit (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    product TEXT,
    entitlement BLOB,
    activation BLOB,
    device BLOB,
    token BLOB,
    detail TEXT NOT NULL,
    position BIGINT UNIQUE,
    hash BLOB,
    CHECK ((position IS NULL) = (hash IS NULL))
);

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

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
    OR NEW.detail <> OLD.detail
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
WHEN NEW.position IS NOT NULL OR EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
