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
    -- The emergency run that its grants allow; without a length none.
    emergency_length BIGINT,
    emergency_uses BIGINT NOT NULL,
    emergency_on_other_device BOOLEAN NOT NULL,
    -- How often in a year: a seat is bound anew (A4), deactivated (A7); a lost device is released (A9).
    rebinds BIGINT NOT NULL,
    moves BIGINT NOT NULL,
    lost BIGINT NOT NULL,
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
    -- 'leaving': deactivated beyond the cap of moves, so that its seat frees at held_until (A7).
    status TEXT NOT NULL CHECK (status IN ('active', 'leaving', 'superseded', 'deactivated', 'released')),
    activated_at BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    lease_expires_at BIGINT NOT NULL,
    grace_until BIGINT NOT NULL,
    held_until BIGINT NOT NULL,
    -- Given back by its device, at once or leaving, or released without it (rules A7, A9).
    ended_at BIGINT,
    ended_why TEXT CHECK (ended_why IN ('moving', 'not_needed', 'repair', 'other', 'lost')),
    -- Whether that freed the seat at once, which the cap of moves counts (rule A7).
    moved BOOLEAN NOT NULL,
    -- Another activation got its seat (rules A4, A5), also after it had ended or while it was leaving.
    superseded_at BIGINT,
    superseded_by BLOB,
    superseded_why TEXT CHECK (superseded_why IN ('rebound', 'taken_over', 'returned')),
    -- What a status code tells of the id (docs/spec/codes.md).
    hint BIGINT NOT NULL,
    CHECK ((status IN ('leaving', 'deactivated', 'released')) = (ended_at IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (ended_why IS NULL)),
    CHECK ((superseded_at IS NULL) = (superseded_why IS NULL))
);
-- Whatever the code above does: a seat has one holder, and a device one seat (rules A4, A10).
CREATE UNIQUE INDEX one_holder_per_seat ON activations (entitlement, seat)
    WHERE status IN ('active', 'leaving');
CREATE UNIQUE INDEX one_seat_per_device ON activations (entitlement, device)
    WHERE status IN ('active', 'leaving');
CREATE INDEX activations_in_order ON activations (activated_at, id);
CREATE INDEX activations_by_seat ON activations (entitlement, seat);
CREATE INDEX activations_by_device ON activations (device, activated_at);
CREATE INDEX activations_by_hint ON activations (hint, activated_at);
CREATE INDEX activations_by_successor ON activations (superseded_by);

-- Devices that may not activate with an entitlement since their seat was released (rule A9).
CREATE TABLE blocked_devices (
    entitlement BLOB NOT NULL REFERENCES entitlements (id),
    device BLOB NOT NULL,
    activation BLOB NOT NULL REFERENCES activations (id),
    blocked_at BIGINT NOT NULL,
    PRIMARY KEY (entitlement, device)
);

-- Every grant that left: in the answer to a request, byte for byte (rule A3), or in a refresh,
-- which answers none (rule A6).
CREATE TABLE grants (
    token BLOB NOT NULL PRIMARY KEY,
    request BLOB UNIQUE,
    activation BLOB NOT NULL REFERENCES activations (id),
    device BLOB NOT NULL,
    product TEXT NOT NULL,
    bytes BLOB NOT NULL,
    sequence BIGINT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'revoked')),
    lease_expires_at BIGINT,
    issued_at BIGINT NOT NULL
);
-- Two grants of one activation never have the same number.
CREATE UNIQUE INDEX grants_by_sequence ON grants (activation, sequence);

-- The tokens of known devices, by their number: what is new, late, or made by a copy of the device.
-- 'counts': the rules judge later tokens by it (rules A4, A7).
CREATE TABLE device_tokens (
    token BLOB NOT NULL PRIMARY KEY,
    device BLOB NOT NULL,
    product TEXT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    activation BLOB REFERENCES activations (id),
    made_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    counts BOOLEAN NOT NULL
);
CREATE INDEX device_tokens_by_number ON device_tokens (device, product, number);
CREATE UNIQUE INDEX one_token_per_number ON device_tokens (device, product, number) WHERE counts;

-- The answers to time requests, byte for byte.
CREATE TABLE times_told (
    request BLOB NOT NULL PRIMARY KEY,
    activation BLOB NOT NULL REFERENCES activations (id),
    token BLOB NOT NULL,
    bytes BLOB NOT NULL,
    told_at BIGINT NOT NULL
);

-- Emergency runs that devices told of.
CREATE TABLE emergency_runs (
    activation BLOB NOT NULL REFERENCES activations (id),
    started_at BIGINT NOT NULL,
    token BLOB NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (activation, started_at)
);

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

CREATE INDEX audit_in_order ON audit (COALESCE(position, 9223372036854775807), id);

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
