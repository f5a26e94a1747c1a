//! The commands, each in the module of its name.

pub(crate) mod activate;
pub(crate) mod apply;
pub(crate) mod inspect;
pub(crate) mod machine;
pub(crate) mod status;
pub(crate) mod vendor;
