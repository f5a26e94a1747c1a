//! What was typed into a form, read as what it is to be; and what is wrong with it, beside the field that
//! it is about.

use std::num::NonZeroU32;

use axum::http::StatusCode;
use keyferry_authority::{Origin, Product};
use keyferry_catalogue::{Code, Holds, Problem};
use keyferry_terminal::{ArgumentFault, feature};
use keyferry_token::{Feature, Timestamp};

use super::once::{MARK, once};
use crate::{
    Portal,
    account::SignedIn,
    answer::Form,
    session::SEAL,
    trouble::Trouble,
    words::{LANGUAGE, Told},
};

/// The most of anything that is counted in a form.
pub(super) const MOST: u32 = 1_000_000;
/// The most characters of a field that are shown again.
const MOST_SHOWN: usize = 20_000;

/// The fields of a form with what was typed, and what is wrong with them.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    values: Vec<(String, String)>,
    pub(super) wrong: Vec<Wrong>,
}

/// Something that is wrong with a field.
#[derive(Clone, Debug)]
pub(super) struct Wrong {
    /// The field.
    pub(super) field: &'static str,
    pub(super) told: Told,
}

impl Wrong {
    /// Whether it is about the whole form.
    pub(super) fn is_about_all(&self) -> bool {
        self.field == MARK
    }

    /// What the form calls the field.
    pub(super) fn label(&self) -> &'static str {
        match self.field {
            "bound-usb" => "Bound to",
            "code" => "Code",
            "colour" => "Colour",
            "device" => "Activation request",
            "edition" => "Edition",
            "emergency" => "Length of an emergency run",
            "emergency_uses" => "Emergency runs",
            "ends" | "expires" => "Ends",
            "features" => "Features",
            "files" => "List",
            "grace" => "Grace",
            "holder" => "Holder",
            "lost" => "Released without their computers",
            "maintenance_end" => "Maintenance ends",
            "moves" => "Given back",
            "name" => "Name",
            "offline_lease" => "Offline lease",
            "picture" => "Logo",
            "portal" => "Portal",
            "product" => "Product",
            "rebinds" => "Set up anew",
            "seats" => "Seats",
            "starts" => "Counts from",
            "support" => "Support",
            "usb" => "Id of the USB key",
            other => other,
        }
    }
}

/// Something to choose in a form.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
}

impl Typed {
    /// What a form sent.
    pub(super) fn of(form: &Form) -> Self {
        let shown = |name: &str| name != SEAL && name != MARK;
        let fields = form.fields.iter().filter(|(name, _)| shown(name));
        Self {
            values: fields.cloned().collect(),
            wrong: Vec::new(),
        }
    }

    /// Who asks by the form that was sent to `action`; says that it is to be sent again where it lay open for too
    /// long.
    ///
    /// # Errors
    /// `form_sent_before`; those of the database.
    pub(super) async fn once(
        &mut self,
        portal: &Portal,
        who: &SignedIn,
        form: &Form,
        action: &str,
    ) -> Result<Option<Origin>, Trouble> {
        match once(portal, who, form, action).await? {
            Ok(origin) => Ok(Some(origin)),
            Err(problem) => {
                self.refuse(MARK, &problem);
                Ok(None)
            }
        }
    }

    /// A form that is shown for the first time, with what there is already.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as easy to call with a number as with a text"
    )]
    pub(super) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.values.push((name.to_owned(), value.to_string()));
        self
    }

    /// The same where there may be nothing.
    pub(super) fn with_any(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The same with something else in a field.
    pub(super) fn instead(mut self, name: &str, value: &str) -> Self {
        self.values.retain(|(given, _)| given != name);
        self.with(name, value)
    }

    /// What stands in a field.
    pub(super) fn value(&self, name: &str) -> &str {
        let mut values = self.values.iter();
        let found = values.find(|(given, _)| given == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// The same for showing it again.
    pub(super) fn shown(&self, name: &str) -> String {
        self.value(name).chars().take(MOST_SHOWN).collect()
    }

    /// Whether a box is ticked.
    pub(super) fn ticked(&self, name: &str) -> bool {
        !self.value(name).is_empty()
    }

    /// Whether this is what was chosen.
    pub(super) fn chosen(&self, name: &str, value: &str) -> bool {
        self.value(name) == value
    }

    /// The kind of a field for a date: what is no plain day is text, so that nothing of it is lost.
    pub(super) fn kind_of_date(&self, name: &str) -> &'static str {
        let value = self.value(name);
        let day = value.len() == 10 && value.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        if value.is_empty() || day {
            "date"
        } else {
            "text"
        }
    }

    /// What is wrong with a field, if anything is.
    pub(super) fn told(&self, name: &str) -> Option<&Told> {
        let mut wrong = self.wrong.iter();
        wrong.find(|wrong| wrong.field == name).map(|it| &it.told)
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_right(&self) -> bool {
        self.wrong.is_empty()
    }

    /// Says what is wrong with a field; the first thing that is counts.
    pub(super) fn refuse(&mut self, field: &'static str, problem: &Problem) {
        if self.told(field).is_none() {
            let told = Told::of(problem);
            self.wrong.push(Wrong { field, told });
        }
    }

    /// Reads a field that may be empty.
    pub(super) fn read<T>(
        &mut self,
        field: &'static str,
        reader: impl Fn(&str) -> Result<T, ArgumentFault>,
    ) -> Option<T> {
        let value = self.value(field);
        if value.is_empty() {
            return None;
        }
        match reader(value) {
            Ok(read) => Some(read),
            Err(fault) => {
                self.refuse(field, &fault.problem());
                None
            }
        }
    }

    /// Reads a field that has to be filled in.
    pub(super) fn need<T>(
        &mut self,
        field: &'static str,
        reader: impl Fn(&str) -> Result<T, ArgumentFault>,
    ) -> Option<T> {
        if self.value(field).is_empty() {
            self.refuse(field, &Problem::new(Code::FieldMissing));
        }
        self.read(field, reader)
    }

    /// Reads a whole number that has to be filled in.
    pub(super) fn number(&mut self, field: &'static str, least: u32) -> Option<u32> {
        self.number_up_to(field, least, MOST)
    }

    /// The same with another bound.
    pub(super) fn number_up_to(
        &mut self,
        field: &'static str,
        least: u32,
        most: u32,
    ) -> Option<u32> {
        let value = self.value(field);
        if value.is_empty() {
            self.refuse(field, &Problem::new(Code::FieldMissing));
            return None;
        }
        let digits = value.bytes().all(|b| b.is_ascii_digit());
        let number: Option<u32> = value.parse().ok().filter(|_| digits);
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let problem = Problem::new(Code::NumberRefused)
                .with("least", least)
                .with("most", most);
            self.refuse(field, &problem);
        }
        number
    }

    /// Reads a whole number above zero.
    pub(super) fn count(&mut self, field: &'static str) -> Option<NonZeroU32> {
        self.number(field, 1).and_then(NonZeroU32::new)
    }

    /// Reads feature codes with commas or spaces between.
    pub(super) fn features(&mut self, field: &'static str) -> Vec<Feature> {
        let codes = self
            .value(field)
            .split([',', ';', ' ', '\t', '\r', '\n'])
            .filter(|code| !code.is_empty());
        let read: Result<Vec<_>, _> = codes.map(feature).collect();
        match read {
            Ok(features) => features,
            Err(fault) => {
                self.refuse(field, &fault.problem());
                Vec::new()
            }
        }
    }

    /// The status of a page that shows the form.
    pub(super) fn status(&self) -> StatusCode {
        if self.is_right() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }

    /// The title of a page that shows the form.
    pub(super) fn title(&self, title: &str) -> String {
        if self.is_right() {
            title.to_owned()
        } else {
            format!("Error: {title}")
        }
    }
}

/// The products to choose from.
pub(super) fn products(products: &[Product]) -> Vec<Choice> {
    let choice = |product: &Product| Choice {
        value: product.code.to_string(),
        label: format!("{} ({})", product.name, product.code),
    };
    products.iter().map(choice).collect()
}

/// Features as they are typed.
pub(super) fn listed(features: &[Feature]) -> String {
    let codes: Vec<&str> = features.iter().map(Feature::as_str).collect();
    codes.join(", ")
}

/// A time as a field for a date has it: the day alone where it is the end of that day.
pub(super) fn day(at: Timestamp) -> String {
    let text = at.to_string();
    match text.strip_suffix("T23:59:59Z") {
        Some(day) => day.to_owned(),
        None => text,
    }
}

/// A problem on the vendor's own pages: what the vendor can do something about is told, and what is the
/// matter with the database or the machine is logged.
pub(super) fn trouble(problem: Problem) -> Trouble {
    match problem.code {
        Code::ProductUnknown
        | Code::EntitlementUnknown
        | Code::ActivationUnknown
        | Code::LicenseUnknown
        | Code::ListUnknown => Trouble::new(StatusCode::NOT_FOUND, problem),
        Code::ProfileKeyAway
        | Code::KeyDeviceMissing
        | Code::KeyDevicePinMissing
        | Code::KeyDevicePinWrong
        | Code::KeyDeviceLocked
        | Code::KeyDeviceFailed => {
            tracing::error!(code = problem.code.as_str(), args = ?problem.args, "the portal failed");
            Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, problem)
        }
        _ => Trouble::from(problem),
    }
}

/// What a page says by a word in its address was done; no other text gets in by it.
pub(super) type Done = Option<&'static str>;

/// Why something was refused, by the code alone.
pub(super) fn reason(code: Code) -> String {
    let told = Holds::Code.in_words(code.as_str(), LANGUAGE);
    if told == code.reference() {
        format!("Refused with the reference {told}.")
    } else {
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(value: &str) -> Typed {
        Typed::default().with("seats", value)
    }

    #[test]
    fn numbers_are_digits_within_their_bounds() {
        assert_eq!(typed(" 5 ").number("seats", 1), Some(5));
        for (value, code) in [
            ("", "KF-830"),
            ("0", "KF-831"),
            ("1000001", "KF-831"),
            ("+5", "KF-831"),
            ("5.0", "KF-831"),
            ("99999999999999", "KF-831"),
        ] {
            let mut typed = typed(value);
            assert_eq!(typed.number("seats", 1), None, "{value}");
            assert_eq!(typed.told("seats").unwrap().reference, code, "{value}");
            assert_eq!(typed.status(), StatusCode::UNPROCESSABLE_ENTITY);
        }
    }

    #[test]
    fn a_time_within_a_day_stays_what_it_is() {
        let end = keyferry_terminal::date("2027-03-31").unwrap();
        assert_eq!(day(end), "2027-03-31");
        let noon = keyferry_terminal::date("2027-03-31T12:00:00Z").unwrap();
        assert_eq!(day(noon), "2027-03-31T12:00:00Z");
        let kind = |value| Typed::default().with("ends", value).kind_of_date("ends");
        assert_eq!(kind("2027-03-31"), "date");
        assert_eq!(kind("2027-03-31T12:00:00Z"), "text");
        assert_eq!(kind("31.12.2027"), "text");
    }

    #[test]
    fn features_are_parted_by_commas_and_spaces() {
        let mut typed = Typed::default().with("features", "export, render  print");
        assert_eq!(typed.features("features").len(), 3);
        let mut typed = Typed::default().with("features", "export,ren\u{202e}der");
        assert!(typed.features("features").is_empty());
        assert!(!typed.is_right());
    }
}
