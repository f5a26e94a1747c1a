//! The system's name from `os-release` (freedesktop.org, os-release(5)).

/// `Debian GNU/Linux 12`: name and version, or the pretty name where there is no name.
pub(super) fn system_name(os_release: &str) -> Option<String> {
    let field = |name: &str| {
        os_release.lines().find_map(|line| {
            let value = line.trim().strip_prefix(name)?.strip_prefix('=')?;
            let plain = value.trim_matches(|c| c == '"' || c == '\'');
            (!plain.is_empty()).then(|| plain.to_owned())
        })
    };
    match (field("NAME"), field("VERSION_ID")) {
        (Some(name), Some(version)) => Some(format!("{name} {version}")),
        (name, _) => field("PRETTY_NAME").or(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_version_make_the_systems_name() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n";
        assert_eq!(system_name(debian).as_deref(), Some("Debian GNU/Linux 12"));
        assert_eq!(
            system_name("NAME=Arch\nPRETTY_NAME='Arch Linux'").as_deref(),
            Some("Arch Linux")
        );
        assert_eq!(system_name("ID=x"), None);
    }
}
