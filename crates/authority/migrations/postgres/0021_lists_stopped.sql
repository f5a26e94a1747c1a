-- Why a list was stopped before each of its rows was done. Its state is done then, and it can be begun anew.
ALTER TABLE license_lists ADD COLUMN stopped TEXT CHECK (stopped IN ('access_ended', 'by_hand'));
