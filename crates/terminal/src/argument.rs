//! Arguments that have to be read before a command can use them, for clap's `value_parser`.

use std::net::{IpAddr, SocketAddr};

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{
    BoundedText, Colour, Feature, ProductCode, Seconds, TextFault, Timestamp, UsbId,
};

use crate::{DateFault, DurationFault, read_date, read_duration, read_first_day};

/// Why an argument was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentFault {
    /// Not a date.
    #[error(transparent)]
    Date(#[from] DateFault),
    /// Not a duration.
    #[error(transparent)]
    Duration(#[from] DurationFault),
    /// Not the id of a USB key.
    #[error("not the id of a USB key, like 0781:5581:4C530001:30752000000")]
    UsbId,
    /// Not a network address.
    #[error("not an address")]
    Address,
    /// Not a colour.
    #[error("not a colour, like #1a5fb4")]
    Colour,
    /// Text that cannot stand in what is signed.
    #[error("{claim}: {fault}")]
    Text {
        /// The claim it is for, as the catalogue names it.
        claim: &'static str,
        /// Why.
        fault: TextFault,
    },
}

impl ArgumentFault {
    /// The catalogue code: `date_refused`, `duration_refused`, `usb_id_refused`, `address_refused`,
    /// `colour_refused`, `text_refused` or `product_code_refused`.
    pub fn code(self) -> Code {
        match self {
            Self::Date(fault) => fault.code(),
            Self::Duration(fault) => fault.code(),
            Self::UsbId => Code::UsbIdRefused,
            Self::Address => Code::AddressRefused,
            Self::Colour => Code::ColourRefused,
            Self::Text { fault, .. } => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(self) -> Problem {
        match self {
            Self::Date(_) | Self::Duration(_) | Self::UsbId | Self::Address | Self::Colour => {
                Problem::new(self.code())
            }
            Self::Text { claim, .. } => Problem::new(self.code()).with("field", claim),
        }
    }
}

/// A DATE: see [`read_date`].
///
/// # Errors
/// `date_refused`.
pub fn date(text: &str) -> Result<Timestamp, ArgumentFault> {
    Ok(read_date(text)?)
}

/// An address and a port: `127.0.0.1:8480`, `[::1]:8480`.
///
/// # Errors
/// `address_refused`.
pub fn socket_address(text: &str) -> Result<SocketAddr, ArgumentFault> {
    text.parse().map_err(|_| ArgumentFault::Address)
}

/// An address without a port.
///
/// # Errors
/// `address_refused`.
pub fn ip_address(text: &str) -> Result<IpAddr, ArgumentFault> {
    text.parse().map_err(|_| ArgumentFault::Address)
}

/// A colour: `#rrggbb`.
///
/// # Errors
/// `colour_refused`.
pub fn colour(text: &str) -> Result<Colour, ArgumentFault> {
    let digits = text.strip_prefix('#').unwrap_or(text).as_bytes();
    let number = |digits: &[u8]| {
        let both = digits.iter().try_fold(0, |sum, digit| {
            let digit = char::from(*digit).to_digit(16)?;
            Some(sum << 4 | digit)
        });
        both.and_then(|number| u8::try_from(number).ok())
    };
    let colour = match digits.as_chunks::<2>() {
        ([red, green, blue], []) => [red, green, blue].map(|part| number(part)),
        _ => return Err(ArgumentFault::Colour),
    };
    match colour {
        [Some(red), Some(green), Some(blue)] => Ok(Colour([red, green, blue])),
        _ => Err(ArgumentFault::Colour),
    }
}

/// A DATE from which something counts: see [`read_first_day`].
///
/// # Errors
/// `date_refused`.
pub fn first_day(text: &str) -> Result<Timestamp, ArgumentFault> {
    Ok(read_first_day(text)?)
}

/// A DURATION above zero.
///
/// # Errors
/// `duration_refused`.
pub fn duration(text: &str) -> Result<Seconds, ArgumentFault> {
    match read_duration(text)? {
        Seconds::ZERO => Err(DurationFault.into()),
        length => Ok(length),
    }
}

/// A DURATION that may be zero.
///
/// # Errors
/// `duration_refused`.
pub fn duration_or_none(text: &str) -> Result<Seconds, ArgumentFault> {
    Ok(read_duration(text)?)
}

/// The id of a USB key (`docs/spec/license.md`).
///
/// # Errors
/// `usb_id_refused`.
pub fn usb_id(text: &str) -> Result<UsbId, ArgumentFault> {
    text.parse().map_err(|_| ArgumentFault::UsbId)
}

/// A product code.
///
/// # Errors
/// `product_code_refused`.
pub fn product(text: &str) -> Result<ProductCode, ArgumentFault> {
    ProductCode::new(text).map_err(|fault| ArgumentFault::Text {
        claim: "product",
        fault,
    })
}

/// The reader of a text for people, in the claim of the catalogue that it is for. What cannot be
/// seen is dropped; what is too long is refused rather than cut.
///
/// # Errors
/// `text_refused`.
pub fn text<const MAX: usize>(
    claim: &'static str,
) -> impl Fn(&str) -> Result<BoundedText<MAX>, ArgumentFault> + Clone {
    move |given| {
        let read = if given.trim().chars().count() > MAX {
            Err(TextFault::TooLong { limit: MAX })
        } else {
            BoundedText::tidied(given)
        };
        read.map_err(|fault| ArgumentFault::Text { claim, fault })
    }
}

/// One feature code.
///
/// # Errors
/// `text_refused`.
pub fn feature(text: &str) -> Result<Feature, ArgumentFault> {
    Feature::new(text.trim()).map_err(|fault| ArgumentFault::Text {
        claim: "features",
        fault,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_of_no_time_is_refused_and_a_grace_of_none_is_not() {
        assert!(duration("0d").is_err());
        assert_eq!(duration_or_none("0d"), Ok(Seconds::ZERO));
    }

    #[test]
    fn a_colour_is_six_digits_behind_a_hash_sign() {
        for text in ["#1a5FB4", "1A5fb4"] {
            assert_eq!(colour(text).unwrap().to_string(), "#1a5fb4");
        }
        for text in ["", "#", "#1a5fb", "#1a5fb40", "#1a5fg4", "#+1+1+1", "blue"] {
            let problem = colour(text).unwrap_err().problem();
            assert_eq!(problem.code, Code::ColourRefused, "{text}");
        }
    }

    #[test]
    fn a_refused_argument_says_what_it_was_for() {
        let problem = text::<120>("holder")("").unwrap_err().problem();
        assert_eq!(
            (problem.code, problem.arg("field")),
            (Code::TextRefused, Some("holder"))
        );
        assert!(text::<120>("holder")(&"x".repeat(121)).is_err());
        assert_eq!(product("CAD").unwrap_err().code(), Code::ProductCodeRefused);
        let problem = usb_id("0781:5581").unwrap_err().problem();
        assert_eq!(problem.code, Code::UsbIdRefused);
    }
}
