//! `linli settings`: the file `linli.toml` of this home, read and changed.

use std::net::SocketAddr;
use std::ops::RangeInclusive;

use clap::Subcommand;
use linli_node::{Fault, Settings};
use linli_speech::exit::Failure;
use linli_speech::{Session, Speech, say};
use serde_json::Value;

/// What the store takes as its cache.
const CACHE_MIB: RangeInclusive<usize> = 4..=4096;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Show every setting
    Show,
    /// Change one; a running node follows when it starts again
    Set {
        /// The setting's name, as `settings show` prints it
        name: String,
        /// Its value; `default` goes back to the default, a list is written with commas
        value: String,
    },
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let settings = linli_node::settings(&session.home)?;
        match self {
            Self::Show => show(&settings, session),
            Self::Set { name, value } => {
                let changed = change(&settings, &name.replace('-', "_"), &value, &session.speech)?;
                linli_node::write_settings(&session.home, &changed)?;
                show(&changed, session)?;
                session.tell(&say!(session.speech, "settings-next"));
                Ok(())
            }
        }
    }
}

fn show(settings: &Settings, session: &Session) -> Result<(), Failure> {
    let value = fields(settings);
    let answer = serde_json::json!({ "answer": "settings", "value": value });
    session.result(&answer, |page| {
        let rows = value.as_object().into_iter().flatten();
        page.table(&[], rows.map(|(name, value)| vec![name.clone(), written(value)]));
    })
}

fn fields(settings: &Settings) -> Value {
    serde_json::to_value(settings).expect("plain fields")
}

fn written(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(written).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// The settings with one changed: what reads as the setting's type is its value.
fn change(settings: &Settings, name: &str, text: &str, speech: &Speech) -> Result<Settings, Failure> {
    let mut value = fields(settings);
    let all = value.as_object_mut().expect("settings are fields");
    let Some(before) = all.get(name).cloned() else {
        let names: Vec<&str> = all.keys().map(String::as_str).collect();
        let fault = Fault::not_found("setting", name).hint(format!("settings are: {}", names.join(", ")));
        return Err(fault.into());
    };
    if text == "default" {
        all.remove(name);
    } else {
        all.insert(name.to_owned(), parsed(&before, text));
    }
    let read: Option<Settings> = serde_json::from_value(value).ok();
    read.filter(|changed| text == "default" || is_sound(changed, name)).ok_or_else(|| {
        let may = speech.word("setting-may", name);
        Fault::input("setting", format!("{name} can't be {text:?}"))
            .hint(say!(speech, "settings-hint", name = name, may = may))
            .into()
    })
}

/// Whether a setting that reads can be meant.
fn is_sound(settings: &Settings, name: &str) -> bool {
    let can_be_dialed = |address: &SocketAddr| address.port() != 0 && !address.ip().is_unspecified();
    match name {
        "listen" => settings.listen.parse::<SocketAddr>().is_ok(),
        "announce" => settings.announce.iter().all(can_be_dialed),
        "relay" => settings.relay.is_some_and(|relay| relay.port() != 0),
        "relay_url" => settings.relay_url.as_deref().is_some_and(is_relay_url),
        "language" => matches!(settings.language.as_deref(), Some("zh" | "en")),
        "cache_mib" => CACHE_MIB.contains(&settings.cache_mib),
        _ => true,
    }
}

/// An address that needs no name server.
fn is_relay_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let place = rest.map(|rest| rest.trim_end_matches('/'));
    place.is_some_and(|place| {
        place.parse::<SocketAddr>().is_ok()
            || place.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok()
    })
}

fn parsed(before: &Value, text: &str) -> Value {
    match (before, text) {
        (Value::Bool(_), "on" | "yes") => Value::Bool(true),
        (Value::Bool(_), "off" | "no") => Value::Bool(false),
        (Value::Array(_), "") => Value::Array(Vec::new()),
        (Value::Array(_), list) => list.split(',').map(|one| Value::String(one.trim().to_owned())).collect(),
        (Value::Bool(_) | Value::Number(_), other) => {
            serde_json::from_str(other).unwrap_or_else(|_| Value::String(other.to_owned()))
        }
        (_, other) => Value::String(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use linli_speech::Language;

    use super::*;

    fn changed(settings: &Settings, name: &str, text: &str) -> Result<Settings, Failure> {
        change(settings, name, text, &Speech::of(Language::En, &crate::TEXTS))
    }

    #[test]
    fn a_setting_takes_its_own_type_and_goes_back_to_its_default() {
        let usual = Settings::default();
        let quiet = changed(&usual, "discover", "off").unwrap();
        assert!(!quiet.discover);
        let announced = changed(&quiet, "announce", "192.0.2.1:4433, 192.0.2.2:4433").unwrap();
        assert_eq!(announced.announce.len(), 2);
        let relay = changed(&announced, "relay", "192.0.2.1:8443").unwrap();
        assert_eq!(changed(&relay, "relay", "default").unwrap().relay, None);
        assert_eq!(changed(&usual, "cache_mib", "128").unwrap().cache_mib, 128);
        for (name, value) in [
            ("listen", "[::]:0"),
            ("language", "zh"),
            ("relay_url", "http://203.0.113.7:8443"),
            ("relay_url", "https://[2001:db8::1]/"),
            ("announce", ""),
        ] {
            assert!(changed(&usual, name, value).is_ok(), "{name} = {value}");
        }
    }

    #[test]
    fn a_wrong_setting_is_named_with_what_it_can_be_and_nothing_changes() {
        let usual = Settings::default();
        for (name, value) in [
            ("relay", "nowhere"),
            ("relay", "0.0.0.0:0"),
            ("relay_url", "banana"),
            ("relay_url", "http://relay.example:8443"),
            ("cache_mib", "much"),
            ("cache_mib", "1"),
            ("cache_mib", "99999999"),
            ("discover", "maybe"),
            ("listen", "banana"),
            ("listen", "4433"),
            ("announce", "0.0.0.0:4433"),
            ("announce", "192.0.2.1:0"),
            ("language", "klingon"),
            ("language", ""),
        ] {
            let Err(Failure::Fault(fault)) = changed(&usual, name, value) else { panic!("{name} = {value}") };
            assert_eq!(fault.code, "setting");
            assert!(fault.hint.is_some_and(|hint| hint.starts_with(&format!("{name} takes "))), "{name}");
        }
        assert!(changed(&usual, "colour", "red").is_err());
    }

    #[test]
    fn every_setting_says_in_both_languages_what_it_can_be() {
        for language in [Language::Zh, Language::En] {
            let speech = Speech::of(language, &crate::TEXTS);
            for name in fields(&Settings::default()).as_object().expect("settings are fields").keys() {
                assert!(speech.known("setting-may", name).is_some(), "{name}");
            }
        }
    }
}
