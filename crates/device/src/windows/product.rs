//! The name of the running Windows.

/// From which build on Windows calls itself 11 everywhere but in its registry.
const FIRST_BUILD_OF_11: u32 = 22_000;

/// `Windows 11 Pro 23H2` from the values of `…\Windows NT\CurrentVersion`.
pub(super) fn system_name(product: &str, build: &str, release: Option<&str>) -> String {
    let name = match build.trim().parse() {
        Ok(FIRST_BUILD_OF_11..) => product.replacen("Windows 10", "Windows 11", 1),
        _ => product.to_owned(),
    };
    [name.trim(), release.unwrap_or_default().trim()]
        .join(" ")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_11_is_not_called_10() {
        assert_eq!(
            system_name("Windows 10 Pro", "22631", Some("23H2")),
            "Windows 11 Pro 23H2"
        );
        assert_eq!(
            system_name("Windows 10 Pro", "19045", Some("22H2")),
            "Windows 10 Pro 22H2"
        );
        assert_eq!(
            system_name("Windows Server 2022 Standard", "20348", None),
            "Windows Server 2022 Standard"
        );
        assert_eq!(system_name("", "x", None), "");
    }
}
