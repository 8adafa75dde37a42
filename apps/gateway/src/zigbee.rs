//! Zigbee2MQTT's payloads, read as if a stranger had written them: whoever may publish at the broker may have.
//!
//! Each payload is read to a small value or refused with a stable code; nothing of it is kept otherwise. It knows
//! neither topics nor consents. Read [`reading`] first. The form is Zigbee2MQTT's "MQTT topics and messages" with
//! `output: json`, its default.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use crate::limits;
use crate::thing::{Kind, State};

/// Why a payload was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Larger than anything honest.
    #[error("larger than {} bytes", limits::MESSAGE_BYTES)]
    TooLarge,
    /// Not JSON, the wrong types, or one name twice.
    #[error("not JSON of the expected form")]
    NotJson,
    /// JSON, but not an object where one belongs.
    #[error("not a JSON object")]
    NotAnObject,
    /// A state that is neither `online` nor `offline`.
    #[error("neither online nor offline")]
    NotAState,
}

impl Malformed {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::NotJson => "not-json",
            Self::NotAnObject => "not-an-object",
            Self::NotAState => "not-a-state",
        }
    }
}

/// What one message of a device says about one kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The state; nothing when the message does not mention it.
    pub state: Option<State>,
    /// Percent left, if it says so believably.
    pub battery: Option<u8>,
}

/// A device Zigbee2MQTT knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its friendly name.
    pub name: String,
    /// Maker and model, if known.
    pub model: String,
    /// What it could be a source of.
    pub kinds: Vec<Kind>,
}

/// What a device's message says of a `kind` of thing.
///
/// # Errors
/// [`Malformed`].
pub fn reading(kind: Kind, payload: &[u8]) -> Result<Reading, Malformed> {
    let message: Message = object(payload)?;
    let said = match kind {
        Kind::Contact => message.contact,
        Kind::Leak => message.water_leak,
        Kind::Smoke => message.smoke,
    };
    let state = match said {
        Said::Nothing => None,
        Said::Null => Some(State::Unknown),
        Said::Is(yes) => Some(kind.means(yes)),
    };
    Ok(Reading { state, battery: message.battery.0 })
}

/// Whether the bridge, or a device, says that it is there: `{"state":"online"}`, or the bare word of older versions.
///
/// # Errors
/// [`Malformed`].
pub fn is_online(payload: &[u8]) -> Result<bool, Malformed> {
    let word = match payload {
        b"online" | b"offline" => payload.to_vec(),
        _ => object::<Presence>(payload)?.state.into_bytes(),
    };
    match word.as_slice() {
        b"online" => Ok(true),
        b"offline" => Ok(false),
        _ => Err(Malformed::NotAState),
    }
}

/// The list of devices; at most [`limits::DEVICES`], without those whose names no topic can carry.
///
/// # Errors
/// [`Malformed`].
pub fn devices(payload: &[u8]) -> Result<Vec<Device>, Malformed> {
    if payload.len() > limits::PACKET_BYTES as usize {
        return Err(Malformed::TooLarge);
    }
    let listed: Vec<Listed> = serde_json::from_slice(payload).map_err(|_| Malformed::NotJson)?;
    let known = listed.into_iter().filter(|device| device.r#type != "Coordinator" && !device.disabled);
    Ok(known.filter_map(Listed::device).take(limits::DEVICES).collect())
}

/// serde would take a JSON array for a struct, field by field; only an object is meant.
fn object<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, Malformed> {
    if payload.len() > limits::MESSAGE_BYTES {
        return Err(Malformed::TooLarge);
    }
    let text = std::str::from_utf8(payload).map_err(|_| Malformed::NotJson)?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|_| Malformed::NotJson);
    }
    let json = serde_json::from_str::<IgnoredAny>(text).is_ok();
    Err(if json { Malformed::NotAnObject } else { Malformed::NotJson })
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    contact: Said,
    #[serde(default)]
    water_leak: Said,
    #[serde(default)]
    smoke: Said,
    #[serde(default)]
    battery: Percent,
}

#[derive(Default, Clone, Copy)]
enum Said {
    #[default]
    Nothing,
    Null,
    Is(bool),
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<bool>::deserialize(deserializer)?.map_or(Self::Null, Self::Is))
    }
}

/// A battery that says nonsense is a battery that says nothing; the door is believed all the same.
#[derive(Default)]
struct Percent(Option<u8>);

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let said = serde_json::Value::deserialize(deserializer)?;
        let whole = said.as_u64().or_else(|| fraction(&said));
        Ok(Self(whole.and_then(|percent| u8::try_from(percent).ok()).filter(|percent| *percent <= 100)))
    }
}

/// Some devices report halves; the fraction is dropped.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is looked at first")]
fn fraction(said: &serde_json::Value) -> Option<u64> {
    said.as_f64().filter(|percent| (0.0..=100.0).contains(percent)).map(|percent| percent as u64)
}

#[derive(Deserialize)]
struct Presence {
    state: String,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    friendly_name: String,
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    definition: Option<Definition>,
}

#[derive(Default, Deserialize)]
struct Definition {
    #[serde(default)]
    model: String,
    #[serde(default)]
    vendor: String,
    #[serde(default)]
    exposes: Vec<Expose>,
}

#[derive(Deserialize)]
struct Expose {
    #[serde(default)]
    property: String,
}

impl Listed {
    fn device(self) -> Option<Device> {
        let name = self.friendly_name;
        if crate::config::device_name_fault(&name).is_some() {
            return None;
        }
        let definition = self.definition.unwrap_or_default();
        let model = [definition.vendor, definition.model].join(" ");
        let exposed = |kind: &Kind| definition.exposes.iter().any(|one| one.property == kind.property());
        Some(Device {
            name,
            model: model.trim().chars().take(limits::DEVICE_BYTES / 2).collect(),
            kinds: Kind::ALL.into_iter().filter(exposed).collect(),
        })
    }
}
#[cfg(test)]
mod tests;
