//! `linli settings`: the file `linli.toml` of this home, read and changed.

use clap::Subcommand;
use linli_node::{Fault, Settings};
use linli_speech::exit::Failure;
use linli_speech::{Session, say};
use serde_json::Value;

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
                let changed = change(&settings, &name.replace('-', "_"), &value)?;
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
fn change(settings: &Settings, name: &str, text: &str) -> Result<Settings, Failure> {
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
    serde_json::from_value(value).map_err(|error| {
        let message = format!("{name} can't be {text:?}");
        Fault::input("setting", message).details([error.to_string()]).into()
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
    use super::*;

    #[test]
    fn a_setting_takes_its_own_type_and_goes_back_to_its_default() {
        let usual = Settings::default();
        let quiet = change(&usual, "discover", "off").unwrap();
        assert!(!quiet.discover);
        let announced = change(&quiet, "announce", "192.0.2.1:4433, 192.0.2.2:4433").unwrap();
        assert_eq!(announced.announce.len(), 2);
        let relay = change(&announced, "relay", "192.0.2.1:8443").unwrap();
        assert_eq!(change(&relay, "relay", "default").unwrap().relay, None);
        assert_eq!(change(&usual, "cache_mib", "128").unwrap().cache_mib, 128);
    }

    #[test]
    fn a_wrong_setting_is_named_and_nothing_changes() {
        let usual = Settings::default();
        for (name, value) in
            [("relay", "nowhere"), ("cache_mib", "much"), ("discover", "maybe"), ("colour", "red")]
        {
            assert!(change(&usual, name, value).is_err(), "{name} = {value}");
        }
    }
}
