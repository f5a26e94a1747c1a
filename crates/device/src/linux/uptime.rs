//! How long the kernel has run, from `/proc/uptime` (`proc_uptime(5)`).

use keyferry_token::Seconds;

/// The first of the two numbers, in whole seconds. The kernel counts it by its boot-time clock,
/// which goes on while the machine is suspended; the second is idle time, added over processors.
pub(super) fn since_boot(uptime: &str) -> Option<Seconds> {
    let (whole, _) = uptime.split_whitespace().next()?.split_once('.')?;
    let plain = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| whole.parse().ok().map(Seconds::new))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_counts_without_its_fraction() {
        assert_eq!(since_boot("12584.49 19245.32"), Some(Seconds::new(12_584)));
        assert_eq!(since_boot("0.99 0.00"), Some(Seconds::ZERO));
    }

    #[test]
    fn what_is_no_uptime_gives_none() {
        for nothing in [
            "",
            " ",
            "soon",
            "12584",
            ".49 1.0",
            "-1.00 0.00",
            "+1.00 0.00",
            "99999999999999999999.00 0.00",
        ] {
            assert_eq!(since_boot(nothing), None, "{nothing:?}");
        }
    }
}
