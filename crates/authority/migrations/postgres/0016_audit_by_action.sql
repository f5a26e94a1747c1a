-- What was done at all, and when last.
CREATE INDEX audit_by_action ON audit (action);
