//! English.

mod phrases;
mod problems;

pub(crate) use phrases::phrase;
pub(crate) use problems::problem;

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
