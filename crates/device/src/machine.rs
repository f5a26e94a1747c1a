//! What the rest of Keyferry asks a machine.

use keyferry_license::Uptime;
use keyferry_token::{BoundedText, Fingerprint, Label, ProductCode, VendorId};

use crate::Components;

/// A machine that a license can be bound to.
pub trait Machine: Send + Sync {
    /// What its fingerprint is made of (rules.md "Device"). Facts that cannot be read, and values
    /// that many machines share, are left out; nothing is made up in their place.
    ///
    /// Read anew at each call: hardware changes while programs run.
    fn components(&self) -> Components;

    /// The name by which its user may know it, to suggest as a label. `None` when it has none.
    fn label(&self) -> Option<Label>;

    /// The system that it runs, for a person to read: `Debian GNU/Linux 12, x86_64`.
    fn platform(&self) -> BoundedText<40>;

    /// How long the running boot has lasted, time asleep included, and which boot it is (rules.md
    /// "Clock"). No setting of the clock moves it. `None` where the system does not tell both.
    fn uptime(&self) -> Option<Uptime>;

    /// Its fingerprint as one vendor sees it for one product.
    fn fingerprint(&self, vendor: &VendorId, product: &ProductCode) -> Fingerprint {
        Fingerprint::derive(vendor, product, self.components().iter())
    }
}

/// The machine that this program runs on.
#[cfg(target_os = "linux")]
pub fn this_machine() -> impl Machine {
    crate::linux::LinuxMachine::new()
}

/// The machine that this program runs on.
#[cfg(windows)]
pub fn this_machine() -> impl Machine {
    crate::windows::WindowsMachine
}

/// The machine that this program runs on.
#[cfg(target_os = "macos")]
pub fn this_machine() -> impl Machine {
    crate::macos::MacMachine
}

/// A label from a host name: what stands before the first dot, if it says anything.
pub(crate) fn label_from_host_name(host: &str) -> Option<Label> {
    let name = host.trim().split('.').next().unwrap_or_default();
    if ["", "localhost", "(none)"]
        .iter()
        .any(|nothing| name.eq_ignore_ascii_case(nothing))
    {
        return None;
    }
    Label::tidied(name).ok()
}

/// `system, architecture` within 40 characters. The architecture is never cut: it is short, and
/// tells a wrong download from a right one.
pub(crate) fn platform_text(system: &str, fallback: &'static str) -> BoundedText<40> {
    const ARCH: &str = std::env::consts::ARCH;
    let whole = |system: &str| {
        let room = 40_usize.saturating_sub(ARCH.chars().count() + 2);
        let cut: String = system.chars().take(room).collect();
        BoundedText::<40>::new(&format!("{}, {ARCH}", cut.trim_end()))
    };
    BoundedText::<40>::tidied(system)
        .and_then(|tidy| whole(tidy.as_str()))
        .or_else(|_| whole(fallback))
        .unwrap_or_else(|_| unreachable!("the fallback is short and plain"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_becomes_a_label_without_its_domain() {
        let label = |host: &str| label_from_host_name(host).map(|label| label.to_string());
        assert_eq!(label("cad-07.works.example\n").as_deref(), Some("cad-07"));
        assert_eq!(
            label("Annas-MacBook.local").as_deref(),
            Some("Annas-MacBook")
        );
        for nothing in [
            "",
            "\n",
            "localhost",
            "localhost.localdomain",
            "(none)",
            "\u{202e}",
        ] {
            assert_eq!(label(nothing), None, "{nothing:?}");
        }
        assert_eq!(label(&"x".repeat(60)).unwrap().len(), 40);
        assert_eq!(label("lab\u{202e}txt.exe").as_deref(), Some("labtxt"));
    }

    #[test]
    fn a_long_system_name_is_cut_and_the_architecture_stays() {
        let text = platform_text(
            "An Uncommonly Long Distribution Name For Workstations 12",
            "Linux",
        );
        assert!(text.as_str().chars().count() <= 40);
        assert!(
            text.as_str()
                .ends_with(&format!(", {}", std::env::consts::ARCH)),
            "{text}"
        );
        assert!(
            platform_text("\u{200b}", "Linux")
                .as_str()
                .starts_with("Linux, ")
        );
    }
}
