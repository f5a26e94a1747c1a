//! The claims of a refusal: why a vendor answers no.

use std::collections::BTreeMap;

use ciborium::Value;
use keyferry_catalogue::{Code, Problem};

use crate::{
    BoundedText, DeviceId, ParseFault, ProductCode, Timestamp, TokenId, VendorId,
    claims::{self, Reader},
    direction::{self, VendorHead, sealed::Payload},
};

/// The vendor refuses what a device asked for, so that the machine learns why (`docs/spec/tokens.md`,
/// kind 65007).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorRefusal {
    /// When it was made, by the authority's clock: a signed time.
    pub issued_at: Timestamp,
    /// The vendor who made it.
    pub vendor: VendorId,
    /// The product that the device asked for.
    pub product: ProductCode,
    /// The device it is for.
    pub recipient: DeviceId,
    /// The request it answers.
    pub answers: TokenId,
    /// Why.
    pub reason: RefusedCode,
}

impl Payload for VendorRefusal {
    fn payload(&self) -> Vec<u8> {
        direction::vendor_payload(self, |own| {
            own.put(claims::ANSWERS, claims::bytes(self.answers.as_bytes()))
                .put(claims::REFUSED, self.reason.name())
                .maybe(claims::REFUSED_ARGS, self.reason.args_value())
        })
    }

    fn from_payload(payload: &[u8]) -> Result<Self, ParseFault> {
        VendorHead::read(payload, |head, own| {
            Ok(Self {
                issued_at: head.issued_at,
                vendor: head.vendor,
                product: head.product,
                recipient: head.recipient,
                answers: own.fixed(claims::ANSWERS).map(TokenId::new)?,
                reason: RefusedCode::read(own)?,
            })
        })
    }
}

type Value120 = BoundedText<120>;

const LONGEST_CODE: usize = 40;
const LONGEST_NAME: usize = 24;
const MOST_ARGS: usize = 8;
const REFUSAL: ParseFault = ParseFault::Malformed { what: "refusal" };

/// The name of a catalogue code with the data of its texts, as a vendor signs it. The code may be one
/// of a newer authority, which this program has no words for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedCode {
    name: String,
    args: BTreeMap<String, Value120>,
}

impl RefusedCode {
    /// What an authority tells of a problem: its code, and of its data what fits into a refusal (eight
    /// values of up to 120 characters; a longer one is cut).
    pub fn of(problem: &Problem) -> Self {
        let args = problem.args.iter().filter(|(name, _)| is_arg_name(name));
        let mut kept = BTreeMap::new();
        for (name, value) in args {
            if let Ok(value) = Value120::tidied(value) {
                kept.insert((*name).to_owned(), value);
            }
        }
        Self {
            name: problem.code.as_str().to_owned(),
            args: kept.into_iter().take(MOST_ARGS).collect(),
        }
    }

    /// The name of the code: `no_free_seat`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The code, unless it is one that this program does not know.
    pub fn code(&self) -> Option<Code> {
        Code::named(&self.name)
    }

    /// What to tell the user: the code with the data that its texts name, or `refused_by_vendor`
    /// with the name of a code that this program does not know.
    pub fn problem(&self) -> Problem {
        let Some(code) = self.code() else {
            return Problem::new(Code::RefusedByVendor).with("reason", &self.name);
        };
        code.placeholders()
            .iter()
            .filter_map(|placeholder| Some((placeholder.name, self.args.get(placeholder.name)?)))
            .fold(Problem::new(code), |problem, (name, value)| {
                problem.with(name, value)
            })
    }

    fn args_value(&self) -> Option<Value> {
        let mut args: Vec<_> = self.args.iter().collect();
        // Deterministic CBOR sorts text by its encoded form: the shorter one first (RFC 8949 §4.2.1).
        args.sort_by_key(|(name, _)| (name.len(), *name));
        let pairs = args
            .into_iter()
            .map(|(name, value)| (Value::from(name.as_str()), Value::from(value.as_str())));
        (!self.args.is_empty()).then(|| Value::Map(pairs.collect()))
    }

    fn read(own: &mut Reader) -> Result<Self, ParseFault> {
        let name = own.text(claims::REFUSED)?;
        if !is_code_name(&name) {
            return Err(REFUSAL);
        }
        let args = match own.take(claims::REFUSED_ARGS) {
            None => BTreeMap::new(),
            // No data is said by leaving it out.
            Some(Value::Map(pairs)) if (1..=MOST_ARGS).contains(&pairs.len()) => pairs
                .into_iter()
                .map(read_arg)
                .collect::<Result<_, ParseFault>>()?,
            Some(_) => return Err(REFUSAL),
        };
        Ok(Self { name, args })
    }
}

fn read_arg((name, value): (Value, Value)) -> Result<(String, Value120), ParseFault> {
    let name = name.into_text().map_err(|_| REFUSAL)?;
    let value = value.into_text().map_err(|_| REFUSAL)?;
    if !is_arg_name(&name) {
        return Err(REFUSAL);
    }
    let field = "refused_because";
    let value = Value120::new(&value).map_err(|fault| ParseFault::Text { field, fault })?;
    Ok((name, value))
}

fn is_code_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    (1..=LONGEST_CODE).contains(&name.len()) && name.bytes().all(fits)
}

fn is_arg_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b == b'_';
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, args: &[(&str, &str)]) -> RefusedCode {
        RefusedCode {
            name: name.into(),
            args: args
                .iter()
                .map(|(name, value)| ((*name).into(), Value120::new(value).unwrap()))
                .collect(),
        }
    }

    #[test]
    fn a_known_code_takes_the_data_that_its_texts_name_and_no_other() {
        let told = refused("no_free_seat", &[("seats", "3"), ("colour", "blue")]).problem();
        assert_eq!(told, Problem::new(Code::NoFreeSeat).with("seats", 3));
    }

    #[test]
    fn a_code_of_a_newer_authority_is_told_by_its_name() {
        let reason = refused("moon_in_the_wrong_phase", &[("seats", "3")]);
        assert_eq!(reason.code(), None);
        let told = Problem::new(Code::RefusedByVendor).with("reason", "moon_in_the_wrong_phase");
        assert_eq!(reason.problem(), told);
    }

    #[test]
    fn a_problem_is_told_again_as_it_was() {
        let problem = Problem::new(Code::NoFreeSeat)
            .with("next_free", "2027-03-03T14:05:00Z")
            .with("seats", 3);
        let mut told = RefusedCode::of(&problem).problem();
        told.args.sort();
        assert_eq!(told, problem);
    }

    #[test]
    fn data_that_does_not_fit_is_cut_or_left_out() {
        let problem = Problem::new(Code::OfflineNotEnabled)
            .with("product", "x".repeat(500))
            .with("UPPER", "dropped")
            .with("empty", "");
        let reason = RefusedCode::of(&problem);
        assert_eq!(reason.args.len(), 1);
        assert_eq!(reason.args["product"].as_str().len(), 120);
    }
}
