-- The key that signed what is kept to be given again: what a revoked key signed is signed anew instead.
ALTER TABLE grants ADD COLUMN kid BLOB;
ALTER TABLE times_told ADD COLUMN kid BLOB;
