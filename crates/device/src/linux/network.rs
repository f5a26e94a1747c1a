//! The first built-in network adapter, from `/sys/class/net`.

use std::path::Path;

use super::bus::is_built_in;
use super::tree::Tree;
use crate::adapter::{self, Adapter, parse_address};

/// `ARPHRD_ETHER`, which Wi-Fi adapters are as well.
const ETHERNET: &str = "1";
/// `NET_ADDR_PERM`: the address is the device's own, not random, stolen or set.
const PERMANENT: &str = "0";

/// The address of the built-in adapter at the lowest place on the bus.
pub(super) fn first_adapter(tree: &Tree) -> Option<String> {
    let interfaces = tree.names("sys/class/net");
    adapter::first(
        interfaces
            .iter()
            .filter_map(|name| built_in_adapter(tree, name)),
    )
}

fn built_in_adapter(tree: &Tree, name: &str) -> Option<Adapter> {
    let interface = Path::new("sys/class/net").join(name);
    // Tunnels, bridges and the like have no device behind them.
    let device = tree.resolve(interface.join("device"))?;
    if tree.text(interface.join("type"))? != ETHERNET || !is_built_in(tree, &device) {
        return None;
    }
    let port = tree
        .text(interface.join("dev_port"))
        .and_then(|port| port.parse().ok());
    Some(Adapter {
        place: device.to_str()?.to_owned(),
        port: port.unwrap_or_default(),
        address: makers_address(tree, &interface)?,
    })
}

/// The address from the adapter's maker. Wi-Fi randomisation and bonds replace the address in
/// use, but the kernel keeps the first one beside it.
fn makers_address(tree: &Tree, interface: &Path) -> Option<[u8; 6]> {
    let kept = ["bonding_slave/perm_hwaddr", "phy80211/macaddress"]
        .into_iter()
        .find_map(|path| parse_address(&tree.text(interface.join(path))?));
    kept.or_else(|| {
        let own = tree.text(interface.join("addr_assign_type"))? == PERMANENT;
        parse_address(&tree.text(interface.join("address"))?).filter(|_| own)
    })
}
