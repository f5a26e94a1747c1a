//! The program `keyferry-authority` for the vendor.
fn main() {}
