//! Neighbours, newcomers and roads, read for this household.

use std::net::{IpAddr, SocketAddr};

use linli_node::PathView;
use linli_node::vocabulary::{HouseholdView, PeerView, StatusView};

use super::Reader;
use crate::view::{Estate, Neighbour, Newcomer, OpenInvite, Reach, Status};

/// How neighbours are reached and what they hold.
pub(super) fn status(reader: &Reader<'_>, status: &StatusView) -> Status {
    Status {
        reach: status.peers.iter().filter_map(road).max().unwrap_or_default(),
        neighbours: status.peers.iter().filter(|peer| peer.live).count(),
        copies: status.copies,
        waiting: status.peers.iter().filter(|peer| peer.live).map(|peer| peer.behind).min().unwrap_or(0),
        records: status.records,
        settled: status.settled_until_ms.map(|ms| reader.now.when(ms)),
        height: status.head.map(|(height, _)| height),
        addresses: status.addresses.clone(),
        warnings: status.warnings.iter().map(|told| (told.code.clone(), told.message.clone())).collect(),
        elsewhere: reader.holding.elsewhere,
    }
}

/// The road to a linked neighbour.
fn road(peer: &PeerView) -> Option<Reach> {
    peer.live.then(|| peer.path.as_ref().map_or(Reach::Direct, reach))
}

fn reach(path: &PathView) -> Reach {
    if path.relayed {
        return Reach::Relay;
    }
    match path.address.parse::<SocketAddr>().map(|address| address.ip()) {
        Ok(address) if is_near(address) => Reach::Building,
        _ => Reach::Direct,
    }
}

/// Whether an address is one of a building's own network.
fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback(),
    }
}

/// The estate.
pub(super) fn read(reader: &Reader<'_>) -> Estate {
    let holding = reader.holding;
    let households = holding.people.iter().flat_map(|people| &people.households);
    let mut neighbours: Vec<Neighbour> = households.map(|home| neighbour(reader, home)).collect();
    neighbours
        .sort_by(|a, b| (a.unit.is_empty(), &a.unit, &a.name).cmp(&(b.unit.is_empty(), &b.unit, &b.name)));
    let units = holding.roll.iter().flat_map(|roll| &roll.units);
    let mut buildings = Vec::new();
    let mut stairs = Vec::new();
    for dwelling in &reader.dwellings {
        if !buildings.contains(&dwelling.building) {
            buildings.push(dwelling.building.clone());
        }
        let stair = (dwelling.building.clone(), dwelling.stair.clone());
        if !stairs.contains(&stair) {
            stairs.push(stair);
        }
    }
    let own = holding.status.as_ref().map(|status| status.label.as_str());
    let registrars = holding.people.iter().flat_map(|people| &people.registrars.0);
    Estate {
        neighbours,
        newcomers: newcomers(reader),
        invites: invites(reader),
        units: units.clone().count(),
        joined: units.clone().filter(|unit| !unit.households.is_empty()).count(),
        buildings,
        stairs,
        free_units: units.filter(|unit| unit.households.is_empty()).map(|unit| unit.unit.clone()).collect(),
        registrar: registrars.into_iter().any(|label| Some(label.as_str()) == own),
    }
}

fn neighbour(reader: &Reader<'_>, home: &HouseholdView) -> Neighbour {
    let peers = reader.holding.status.iter().flat_map(|status| &status.peers);
    let ours = |peer: &&PeerView| home.devices.iter().any(|device| device.node == peer.node);
    Neighbour {
        id: home.id,
        name: home.label.clone(),
        unit: home.unit.clone().unwrap_or_default(),
        role: home.role.clone(),
        devices: home.devices.iter().filter(|device| !device.revoked).count(),
        ours: reader.own == Some(home.id),
        linked: peers.filter(ours).filter_map(road).max(),
        unconfirmed: home.role == "owner" && !home.confirmed,
    }
}

fn newcomers(reader: &Reader<'_>) -> Vec<Newcomer> {
    let claims = reader.holding.claims.iter().map(|claim| Newcomer {
        claim: claim.claim.to_string(),
        name: claim.label.clone(),
        role: claim.role.clone(),
        unit: claim.unit.clone().unwrap_or_default(),
        key: claim.device.short(),
        needs_another: claim.state == "needs-another",
    });
    claims.collect()
}

fn invites(reader: &Reader<'_>) -> Vec<OpenInvite> {
    let invites = reader.holding.invites.iter().map(|invite| OpenInvite {
        id: invite.invite.to_string(),
        role: invite.role.clone(),
        unit: invite.unit.clone().unwrap_or_default(),
        hours_left: reader.now.hours_until(invite.expires_ms),
    });
    invites.collect()
}
