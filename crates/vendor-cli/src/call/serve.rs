//! Running the portal.

use std::net::{IpAddr, SocketAddr};

use clap::Args;
use keyferry_authority::ApiRate;
use keyferry_terminal::{ip_address, socket_address};

/// Run the portal.
#[derive(Args, Debug)]
#[command(after_help = "\
The portal speaks plain HTTP and belongs behind a proxy that speaks TLS. It ends by itself when it is
told to (SIGTERM, Ctrl+C): what is under way is answered first. Its log goes to standard error, a
line for each request, in JSON with --json.

Examples:
  keyferry-authority --data acme serve
  keyferry-authority --data acme --json serve --listen 127.0.0.1:8480 --metrics-listen 127.0.0.1:8481 --proxy 127.0.0.1")]
pub struct Serve {
    /// The address and port to listen at
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8480", value_parser = socket_address)]
    pub listen: SocketAddr,
    /// The address and port of the counts for Prometheus; without it there are none
    #[arg(long, value_name = "ADDR", value_parser = socket_address)]
    pub metrics_listen: Option<SocketAddr>,
    /// The address of a proxy in front of the portal, whose X-Forwarded-For and X-Forwarded-Proto
    /// are believed (several times for several proxies)
    #[arg(long, value_name = "IP", value_parser = ip_address)]
    pub proxy: Vec<IpAddr>,
    /// How often each API token may call within a minute, at all portals together
    #[arg(long, value_name = "N", default_value_t = ApiRate::default().per_minute, value_parser = clap::value_parser!(u32).range(1..))]
    pub api_rate: u32,
    /// An address that is not public and to which webhooks may lead all the same, also without TLS
    /// where it is this machine's own (several times for several addresses)
    #[arg(long, value_name = "IP", value_parser = ip_address)]
    pub webhooks_to: Vec<IpAddr>,
}
