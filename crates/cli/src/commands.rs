//! The commands, each in the module of its name, and what they share.

pub(crate) mod activate;
pub(crate) mod apply;
mod carry;
pub(crate) mod check;
pub(crate) mod clock;
pub(crate) mod courier;
pub(crate) mod deactivate;
pub(crate) mod emergency;
pub(crate) mod forget;
pub(crate) mod imaging;
pub(crate) mod inspect;
pub(crate) mod machine;
pub(crate) mod moving;
mod plan;
mod product;
pub(crate) mod status;
pub(crate) mod support;
pub(crate) mod usb;
pub(crate) mod usb_watch;
pub(crate) mod vendor;
