//! USB keys as they come and go: the real nusb and the real mounts of this kernel, over a `/sys` of
//! our own and with udev's messages forged, in namespaces that each scenario has for itself.
//!
//! `cargo test -p keyferry-device --test usb [-- [--nocapture] [PART OF A NAME]]`
//!
//! Needs Linux and the right to make namespaces: as root, or where users may make them (not in
//! Docker's default confinement, nor on Ubuntu from 24.04 on). Without it all scenarios are
//! counted as ignored, with the reason; with `KEYFERRY_NAMESPACES=required` they fail instead.

#[cfg(target_os = "linux")]
#[cfg(test)]
mod devices;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod harness;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod plugging;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod stage;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod told;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod volumes;

#[cfg(target_os = "linux")]
#[cfg(test)]
fn main() -> std::process::ExitCode {
    harness::run(&[plugging::all(), devices::all(), volumes::all()].concat())
}

#[cfg(not(all(test, target_os = "linux")))]
fn main() {}
