//! How a new home's node listens and is found: arguments of every command that makes a home.

use std::net::SocketAddr;

use clap::Args;
use linli_node::Settings;

// No comment of documentation on the type: clap would print it as the command's own.
#[derive(Debug, Args)]
#[allow(missing_docs, reason = "the comment would be printed as the command's own")]
pub struct NetworkArgs {
    /// UDP address to listen on; port 0 lets the system choose once
    #[arg(long, value_name = "ADDR:PORT", env = "LINLI_LISTEN", hide_env = true)]
    listen: Option<SocketAddr>,
    /// Do not look for neighbours by multicast
    #[arg(long, env = "LINLI_NO_DISCOVER", hide_env = true)]
    no_discover: bool,
    /// TCP address of a relay for neighbours behind routers, on a machine others can reach
    #[arg(long, value_name = "ADDR:PORT")]
    relay: Option<SocketAddr>,
    /// Another address to tell neighbours, such as a forwarded port; may be repeated
    #[arg(long, value_name = "ADDR:PORT")]
    announce: Vec<SocketAddr>,
}

impl NetworkArgs {
    /// The new home's settings.
    #[must_use]
    pub fn settings(self) -> Settings {
        let usual = Settings::default();
        Settings {
            listen: self.listen.map_or(usual.listen.clone(), |address| address.to_string()),
            discover: !self.no_discover,
            relay: self.relay,
            announce: self.announce,
            ..usual
        }
    }
}
