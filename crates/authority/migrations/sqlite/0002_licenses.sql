-- License files (docs/spec/license.md). A license is what its latest file says.

CREATE TABLE licenses (
    id BLOB NOT NULL PRIMARY KEY,
    product TEXT NOT NULL REFERENCES products (code),
    created_at BIGINT NOT NULL
);
CREATE INDEX licenses_in_order ON licenses (created_at, id);

-- Every file that was signed, byte for byte, and what it says.
CREATE TABLE license_files (
    license BLOB NOT NULL REFERENCES licenses (id),
    sequence BIGINT NOT NULL,
    file BLOB NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'revoked')),
    issued_at BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    -- Without an end it is perpetual.
    ends_at BIGINT,
    features TEXT NOT NULL,
    edition TEXT,
    holder TEXT,
    grace BIGINT NOT NULL,
    binding TEXT NOT NULL CHECK (binding IN ('unbound', 'usb', 'device')),
    usb_id TEXT,
    volume TEXT,
    components BLOB,
    tolerance BIGINT,
    bytes BLOB NOT NULL,
    PRIMARY KEY (license, sequence),
    CHECK ((binding = 'usb') = (usb_id IS NOT NULL)),
    CHECK (volume IS NULL OR binding = 'usb'),
    CHECK ((binding = 'device') = (components IS NOT NULL)),
    CHECK ((binding = 'device') = (tolerance IS NOT NULL))
);

-- Whatever the code above does: numbers rise, and nothing follows a revocation (rule A8).
CREATE TRIGGER license_files_rise BEFORE INSERT ON license_files
WHEN EXISTS (
    SELECT 1 FROM license_files
    WHERE license = NEW.license AND (sequence >= NEW.sequence OR status = 'revoked')
)
BEGIN
    SELECT RAISE(ABORT, 'a license file has a higher number than those before it, and none follows a revoked one');
END;

-- docs/spec/audit.md: the license that an entry is about, covered like the rest of it.
ALTER TABLE audit ADD COLUMN license BLOB;

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
    OR NEW.detail <> OLD.detail
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
