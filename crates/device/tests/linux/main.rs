//! A Linux machine's components, from trees laid out as the kernel lays out its own.

#![cfg(target_os = "linux")]

mod components;
mod disk;
mod network;
#[cfg(test)]
mod tree;
mod uptime;
