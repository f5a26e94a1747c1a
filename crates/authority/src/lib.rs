//! The vendor's side: products, entitlements, seats and signing.
