//! Every bound of a gateway, with its unit. Nothing from the broker is believed or kept beyond these.

/// Sources one gateway serves.
pub const SOURCES: usize = 256;
/// Bytes of a source's name; the same bound as a sighting's.
pub const NAME_BYTES: usize = 64;
/// Bytes of a device's name at Zigbee2MQTT.
pub const DEVICE_BYTES: usize = 128;
/// Bytes of one device's message; real ones have a few hundred.
pub const MESSAGE_BYTES: usize = 64 * 1024;
/// Bytes of any packet: the list of devices with all they can do is the largest. The broker is told, and keeps back
/// what is larger.
pub const PACKET_BYTES: u32 = 4 * 1024 * 1024;
/// Devices read from that list.
pub const DEVICES: usize = 512;
/// Messages the broker may have under way before one is acknowledged.
pub const UNDER_WAY: u16 = 32;
/// Messages waiting inside the gateway.
pub const INBOX: usize = 256;
/// Sightings the spool holds.
pub const SPOOL_LINES: usize = 2_000;
/// Bytes of the spool's file; a larger one is not ours.
pub const SPOOL_BYTES: u64 = 1024 * 1024;
/// Milliseconds a sighting may wait there: a day.
pub const SPOOL_MS: u64 = DAY_MS;
/// Seconds the broker keeps what came while the gateway was away: a day.
pub const SESSION_SECS: u32 = 24 * 60 * 60;
/// A source that says nothing new is said again this often.
pub const HEARTBEAT_MS: u64 = DAY_MS;
/// Sightings of one source at once, before it is slowed down.
pub const PACE_BURST: u32 = 120;
/// Milliseconds until it may say one more: 1,440 a day.
pub const PACE_MS: u64 = 60 * 1000;
/// Bytes of `gateway.toml`, of a login file, of a certificate file.
pub const FILE_BYTES: u64 = 256 * 1024;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
