//! The program `keyferry` for the machine without a network.
fn main() {}
