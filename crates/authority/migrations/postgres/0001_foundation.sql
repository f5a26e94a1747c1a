-- Times are Unix seconds, lengths of time are seconds. Secrets of customers are here as HMACs only.

CREATE TABLE vendor (
    id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    support TEXT,
    portal TEXT,
    colour BYTEA,
    created_at BIGINT NOT NULL
);

-- Public halves; the private ones lie in files beside this database, or elsewhere.
CREATE TABLE vendor_keys (
    kid BYTEA NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('profile', 'signing', 'exchange')),
    state TEXT NOT NULL CHECK (state IN ('active', 'retired', 'revoked')),
    spki BYTEA NOT NULL,
    opens_until BIGINT,
    created_at BIGINT NOT NULL
);

-- Every profile ever signed: a client that slept through some is given the chain.
CREATE TABLE profiles (
    number BIGINT NOT NULL PRIMARY KEY,
    bytes BYTEA NOT NULL,
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
    id BYTEA NOT NULL PRIMARY KEY,
    product TEXT NOT NULL REFERENCES products (code),
    code_digest BYTEA NOT NULL UNIQUE,
    holder_digest BYTEA NOT NULL UNIQUE,
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
    id BYTEA NOT NULL PRIMARY KEY,
    entitlement BYTEA NOT NULL REFERENCES entitlements (id),
    seat BIGINT NOT NULL,
    device BYTEA NOT NULL,
    signing_key BYTEA NOT NULL,
    exchange_key BYTEA NOT NULL,
    enrolled BYTEA NOT NULL,
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
    superseded_by BYTEA,
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
    entitlement BYTEA NOT NULL REFERENCES entitlements (id),
    device BYTEA NOT NULL,
    activation BYTEA NOT NULL REFERENCES activations (id),
    blocked_at BIGINT NOT NULL,
    PRIMARY KEY (entitlement, device)
);

-- Every grant that left: in the answer to a request, byte for byte (rule A3), or in a refresh,
-- which answers none (rule A6).
CREATE TABLE grants (
    token BYTEA NOT NULL PRIMARY KEY,
    request BYTEA UNIQUE,
    activation BYTEA NOT NULL REFERENCES activations (id),
    device BYTEA NOT NULL,
    product TEXT NOT NULL,
    bytes BYTEA NOT NULL,
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
    token BYTEA NOT NULL PRIMARY KEY,
    device BYTEA NOT NULL,
    product TEXT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    activation BYTEA REFERENCES activations (id),
    made_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    counts BOOLEAN NOT NULL
);
CREATE INDEX device_tokens_by_number ON device_tokens (device, product, number);
CREATE UNIQUE INDEX one_token_per_number ON device_tokens (device, product, number) WHERE counts;

-- The answers to time requests, byte for byte.
CREATE TABLE times_told (
    request BYTEA NOT NULL PRIMARY KEY,
    activation BYTEA NOT NULL REFERENCES activations (id),
    token BYTEA NOT NULL,
    bytes BYTEA NOT NULL,
    told_at BIGINT NOT NULL
);

-- Emergency runs that devices told of.
CREATE TABLE emergency_runs (
    activation BYTEA NOT NULL REFERENCES activations (id),
    started_at BIGINT NOT NULL,
    token BYTEA NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (activation, started_at)
);

-- Refused attempts by hour (rule A13).
CREATE TABLE attempts (
    scope TEXT NOT NULL CHECK (scope IN ('code', 'address')),
    subject BYTEA NOT NULL,
    hour BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    PRIMARY KEY (scope, subject, hour)
);
CREATE INDEX attempts_by_hour ON attempts (hour);

-- docs/spec/audit.md
CREATE TABLE audit (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    product TEXT,
    entitlement BYTEA,
    activation BYTEA,
    device BYTEA,
    token BYTEA,
    detail TEXT NOT NULL,
    position BIGINT UNIQUE,
    hash BYTEA,
    CHECK ((position IS NULL) = (hash IS NULL))
);

CREATE INDEX audit_in_order ON audit (COALESCE(position, 9223372036854775807), id);

-- No rule rests on these: whoever may change the tables may drop them. They stop what is done by mistake.
CREATE FUNCTION audit_is_append_only() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END;
$$;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();

CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

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
    OR NEW.detail <> OLD.detail)
EXECUTE FUNCTION audit_is_append_only();

CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
FOR EACH ROW
WHEN (NEW.position IS NOT NULL)
EXECUTE FUNCTION audit_is_append_only();
