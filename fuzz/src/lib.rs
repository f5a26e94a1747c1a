//! What the fuzz targets share: keys, and wrapping that carries arbitrary claims past signature and
//! encryption to the reader behind them.

mod weak_rsa;
mod wrapping;

pub use weak_rsa::WeakRsa;
pub use wrapping::{Cast, Signer, is_readable, opened, signed, signed_token};
