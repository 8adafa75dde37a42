//! What really went over a wire: tcpdump writes it, this reads it and names every packet that had no business there.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::street::Place;

/// tcpdump on one interface.
pub(crate) struct Capture {
    child: Child,
    file: PathBuf,
}

/// One packet's destination and what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Packet {
    Arp,
    /// Source, destination, protocol number, destination port where there is one.
    Ip(IpAddr, IpAddr, u8, Option<u16>),
    Other(u16),
}

/// What was captured, counted by kind.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) packets: usize,
    pub(crate) multicast_dns: usize,
    pub(crate) between_peers: usize,
    /// Everything else, in words.
    pub(crate) strange: BTreeSet<String>,
}

impl Capture {
    /// Begins; returns when tcpdump listens.
    pub(crate) fn begin(place: &Place, interface: &str, file: PathBuf) -> Self {
        let mut command = place.command("tcpdump".as_ref());
        command.args(["-i", interface, "--immediate-mode", "-U", "-n", "-Z", "root", "-w"]).arg(&file);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("tcpdump starts");
        let mut said = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let mut line = String::new();
        while !line.contains("listening on") {
            line.clear();
            let read = said.read_line(&mut line).expect("tcpdump says something");
            assert!(read > 0, "tcpdump does not listen on {interface}");
        }
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, file }
    }

    /// What passed between peers until now: when (microseconds since 1970) and how long each packet was.
    pub(crate) fn passed(&self, peers: &[&str]) -> Vec<(u64, usize)> {
        let peers: BTreeSet<IpAddr> = peers.iter().map(|peer| peer.parse().expect("an address")).collect();
        let between = |packet: &Packet| matches!(packet, Packet::Ip(from, to, ..) if peers.contains(from) && peers.contains(to));
        let passed = timed(&self.file).into_iter().filter(|(_, _, packet)| between(packet));
        passed.map(|(at, length, _)| (at, length)).collect()
    }

    /// Whether these bytes passed in one piece.
    pub(crate) fn saw(&self, bytes: &[u8]) -> bool {
        let file = std::fs::read(&self.file).expect("tcpdump wrote its file");
        file.windows(bytes.len()).any(|window| window == bytes)
    }

    /// Ends it and sorts what went by. `peers` are the addresses of the community's own nodes, routers and relay.
    pub(crate) fn end(mut self, peers: &[&str]) -> Seen {
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
        let peers: BTreeSet<IpAddr> = peers.iter().map(|peer| peer.parse().expect("an address")).collect();
        let mut seen = Seen::default();
        for packet in packets(&self.file) {
            seen.note(&packet, &peers);
        }
        seen
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Seen {
    fn note(&mut self, packet: &Packet, peers: &BTreeSet<IpAddr>) {
        self.packets += 1;
        match packet {
            Packet::Arp => {}
            Packet::Ip(_, to, UDP, Some(MDNS)) if *to == MDNS_V4 || *to == MDNS_V6 => self.multicast_dns += 1,
            Packet::Ip(_, to, IGMP, _) if to.is_multicast() => {}
            // Neighbour and router discovery (133 to 137), listener reports (130 to 132, 143).
            Packet::Ip(_, to, ICMP_V6, Some(130..=137 | 143)) if to.is_ipv6() => {}
            // A router's word that something can't be reached; what was sent to it is judged by itself.
            Packet::Ip(_, to, ICMP, _) if peers.contains(to) => {}
            Packet::Ip(from, to, _, port)
                if peers.contains(to) && peers.contains(from) && *port != Some(53) =>
            {
                self.between_peers += 1;
            }
            strange => {
                self.strange.insert(format!("{strange:?}"));
            }
        }
    }
}

const ICMP: u8 = 1;
const UDP: u8 = 17;
const TCP: u8 = 6;
const IGMP: u8 = 2;
const ICMP_V6: u8 = 58;
const MDNS: u16 = 5353;
const MDNS_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 0, 0, 251));
const MDNS_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb));

/// Packets of a capture file of Ethernet frames (<https://www.ietf.org/archive/id/draft-gharris-opsawg-pcap-01.html>).
fn packets(file: &Path) -> Vec<Packet> {
    timed(file).into_iter().map(|(_, _, packet)| packet).collect()
}

/// The same, each with its time in microseconds and its length.
fn timed(file: &Path) -> Vec<(u64, usize, Packet)> {
    let bytes = std::fs::read(file).expect("tcpdump wrote its file");
    if bytes.len() < 24 {
        return Vec::new();
    }
    assert_eq!(
        bytes.first_chunk(),
        Some(&0xa1b2_c3d4_u32.to_le_bytes()),
        "a capture file in this byte order"
    );
    assert_eq!(bytes.get(20..24), Some(&1_u32.to_le_bytes()[..]), "Ethernet frames");
    let mut rest = bytes.get(24..).unwrap_or_default();
    let mut found = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<16>() {
        let length = u32::from_le_bytes([head[8], head[9], head[10], head[11]]) as usize;
        // The last packet may be cut short by the end of the capture.
        let Some((frame, next)) = after.split_at_checked(length) else { break };
        let word =
            |at: usize| u64::from(u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]));
        found.push((word(0) * 1_000_000 + word(4), length, packet(frame)));
        rest = next;
    }
    found
}

fn packet(frame: &[u8]) -> Packet {
    let kind = u16::from_be_bytes([frame[12], frame[13]]);
    let body = &frame[14..];
    match kind {
        0x0806 => Packet::Arp,
        0x0800 => {
            let (from, to) = (address_v4(&body[12..16]), address_v4(&body[16..20]));
            let protocol = body[9];
            let first = body[7] == 0 && body[6] & 0x1f == 0;
            let rest = first.then(|| &body[usize::from(body[0] & 0x0f) * 4..]);
            Packet::Ip(from, to, protocol, rest.and_then(|rest| port(protocol, rest)))
        }
        0x86dd => {
            let (from, to) = (address_v6(&body[8..24]), address_v6(&body[24..40]));
            // Listener reports stand behind a hop-by-hop header.
            let (protocol, rest) = match body[6] {
                0 => (body[40], &body[40 + 8 * (1 + usize::from(body[41]))..]),
                protocol => (protocol, &body[40..]),
            };
            Packet::Ip(from, to, protocol, port(protocol, rest))
        }
        other => Packet::Other(other),
    }
}

/// The destination port; of ICMP its type.
fn port(protocol: u8, rest: &[u8]) -> Option<u16> {
    match protocol {
        UDP | TCP => Some(u16::from_be_bytes([*rest.get(2)?, *rest.get(3)?])),
        ICMP_V6 => Some(u16::from(*rest.first()?)),
        _ => None,
    }
}

fn address_v4(bytes: &[u8]) -> IpAddr {
    IpAddr::from(<[u8; 4]>::try_from(bytes).expect("four bytes"))
}

fn address_v6(bytes: &[u8]) -> IpAddr {
    IpAddr::from(<[u8; 16]>::try_from(bytes).expect("sixteen bytes"))
}
