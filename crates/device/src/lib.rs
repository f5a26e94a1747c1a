//! This machine: what its fingerprint is made of.
