//! The processor's vendor and model from `/proc/cpuinfo`.

/// Vendor and model of the first processor: `GenuineIntel Intel(R) Core(TM) i7-1185G7 @ 3.00GHz`
/// on x86, the implementer's and part's numbers on ARM, where the kernel knows no names.
pub(super) fn model(cpuinfo: &str) -> Option<String> {
    let first = cpuinfo.split("\n\n").next().unwrap_or_default();
    let field = |name: &str| {
        first.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            (key.trim() == name && !value.trim().is_empty()).then(|| value.trim())
        })
    };
    if let Some(model) = field("model name") {
        return Some(
            [field("vendor_id"), Some(model)]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    let parts = [
        field("CPU implementer")?,
        field("CPU part")?,
        field("CPU variant").unwrap_or_default(),
    ];
    Some(parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_processor_gives_vendor_and_model() {
        let x86 = "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n\
                   cpu MHz\t\t: 2596.132\n\nprocessor\t: 1\nvendor_id\t: Other\nmodel name\t: Other\n";
        assert_eq!(model(x86).as_deref(), Some("AuthenticAMD AMD EPYC"));
    }

    #[test]
    fn an_arm_processor_gives_its_numbers() {
        let arm = "processor\t: 0\nBogoMIPS\t: 108.00\nCPU implementer\t: 0x41\nCPU architecture: 8\n\
                   CPU variant\t: 0x0\nCPU part\t: 0xd08\nCPU revision\t: 3\n";
        assert_eq!(model(arm).as_deref(), Some("0x41 0xd08 0x0"));
    }

    #[test]
    fn a_processor_without_names_is_left_out() {
        assert_eq!(model(""), None);
        assert_eq!(model("processor\t: 0\nhart\t: 0\n"), None);
    }
}
