//! `docs/JSON.md` as a program reads it: which command answers what, and what every shape is made of.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a value may be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Type {
    Name(String),
    List(Box<Self>),
    OrNull(Box<Self>),
    Each(Vec<Self>),
    Word(String),
    Key(String, Box<Self>),
    OneOf(Vec<Self>),
}

/// The page.
pub(crate) struct Document {
    /// Each command with the cell beside it.
    pub(crate) commands: BTreeMap<String, String>,
    answers: BTreeMap<String, Type>,
    events: BTreeMap<String, Type>,
    shapes: BTreeMap<String, Vec<(String, Type)>>,
    named: BTreeMap<String, Type>,
}

impl Document {
    /// Reads the page's tables; what is under `### NAME` is a shape.
    pub(crate) fn read(text: &str) -> Self {
        let mut document = Self {
            commands: BTreeMap::new(),
            answers: BTreeMap::new(),
            events: BTreeMap::new(),
            shapes: BTreeMap::new(),
            named: BTreeMap::new(),
        };
        let mut part = String::new();
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("## ").or_else(|| line.strip_prefix("### ")) {
                title.clone_into(&mut part);
            } else if let Some(named) = line.strip_prefix("Type: ") {
                document.named.insert(part.clone(), Type::read(in_ticks(named)));
            } else if let Some((first, second)) = row(line) {
                document.take(&part, first, second);
            }
        }
        document
    }

    fn take(&mut self, part: &str, first: &str, second: &str) {
        let first = first.to_owned();
        match part {
            "Commands" => drop(self.commands.insert(first, second.to_owned())),
            "Answers" => drop(self.answers.insert(first, Type::read(in_ticks(second)))),
            "Events" => drop(self.events.insert(first, Type::read(in_ticks(second)))),
            _ => self.shapes.entry(part.to_owned()).or_default().push((first, Type::read(in_ticks(second)))),
        }
    }

    /// Whether `answer` is made as the page says.
    pub(crate) fn check_answer(&self, answer: &Value) -> Result<(), String> {
        let name = answer["answer"].as_str().ok_or_else(|| format!("no answer in {answer}"))?;
        if name == "done" {
            return if answer.get("value").is_none() { Ok(()) } else { Err("done has a value".into()) };
        }
        let wanted = self.answers.get(name).ok_or_else(|| format!("answer {name} is not on the page"))?;
        self.check(&answer["value"], wanted, name)
    }

    /// Whether `event` is made as the page says.
    pub(crate) fn check_event(&self, event: &Value) -> Result<(), String> {
        let name = event["event"].as_str().ok_or_else(|| format!("no event in {event}"))?;
        let wanted = self.events.get(name).ok_or_else(|| format!("event {name} is not on the page"))?;
        self.check(event, wanted, name)
    }

    /// Whether `refusal` is made as the page says.
    pub(crate) fn check_refusal(&self, refusal: &Value) -> Result<(), String> {
        self.check(refusal, &Type::Name("refusal".into()), "refusal")
    }

    fn check(&self, value: &Value, wanted: &Type, at: &str) -> Result<(), String> {
        match wanted {
            Type::Name(name) => self.check_named(value, name, at),
            Type::OrNull(_) if value.is_null() => Ok(()),
            Type::OrNull(inner) => self.check(value, inner, at),
            Type::List(inner) => {
                let items = value.as_array().ok_or_else(|| format!("{at} is no list: {value}"))?;
                let mut items = items.iter().enumerate();
                items.try_for_each(|(index, item)| self.check(item, inner, &format!("{at}[{index}]")))
            }
            Type::Each(inner) => {
                let items = value.as_array().filter(|items| items.len() == inner.len());
                let items = items.ok_or_else(|| format!("{at} is not {} values: {value}", inner.len()))?;
                items.iter().zip(inner).try_for_each(|(item, wanted)| self.check(item, wanted, at))
            }
            Type::Word(word) if value == word.as_str() => Ok(()),
            Type::Word(word) => Err(format!("{at} is not {word}: {value}")),
            Type::Key(key, inner) => {
                let fields = value.as_object().filter(|fields| fields.len() == 1);
                let field = fields.and_then(|fields| fields.get(key));
                self.check(field.ok_or_else(|| format!("{at} is not {key}: {value}"))?, inner, at)
            }
            Type::OneOf(all) => {
                let fits = all.iter().any(|wanted| self.check(value, wanted, at).is_ok());
                if fits { Ok(()) } else { Err(format!("{at} is none of {all:?}: {value}")) }
            }
        }
    }

    fn check_named(&self, value: &Value, name: &str, at: &str) -> Result<(), String> {
        let fits = match name {
            "text" => value.is_string(),
            "number" => value.is_u64() || value.is_i64(),
            "bool" => value.is_boolean(),
            "hex" => value.as_str().is_some_and(is_hex),
            _ => return self.check_shape(value, name, at),
        };
        if fits { Ok(()) } else { Err(format!("{at} is no {name}: {value}")) }
    }

    fn check_shape(&self, value: &Value, name: &str, at: &str) -> Result<(), String> {
        if let Some(wanted) = self.named.get(name) {
            return self.check(value, wanted, at);
        }
        let keys = self.shapes.get(name).ok_or_else(|| format!("{at}: no shape {name} on the page"))?;
        let fields = value.as_object().ok_or_else(|| format!("{at} is no {name}: {value}"))?;
        for key in fields.keys() {
            if !keys.iter().any(|(known, _)| known == key) {
                return Err(format!("{at}.{key} is not on the page, under {name}"));
            }
        }
        keys.iter().try_for_each(|(key, wanted)| {
            let field = fields.get(key).ok_or_else(|| format!("{at}.{key} is missing"))?;
            self.check(field, wanted, &format!("{at}.{key}"))
        })
    }
}

fn is_hex(text: &str) -> bool {
    text.len() >= 32 && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
}

/// The first two cells of a table's row whose first is in ticks.
fn row(line: &str) -> Option<(&str, &str)> {
    let mut cells = line.strip_prefix("| `")?.split(" | ");
    Some((cells.next()?.trim_end_matches('`'), cells.next()?.trim_end_matches(" |").trim()))
}

fn in_ticks(cell: &str) -> &str {
    cell.trim().trim_matches('`')
}

impl Type {
    fn read(text: &str) -> Self {
        let (read, rest) = Self::union(text);
        assert!(rest.is_empty(), "{text}: {rest:?} is left over");
        read
    }

    fn union(text: &str) -> (Self, &str) {
        let (first, mut rest) = Self::one(text);
        let mut all = vec![first];
        while let Some(more) = rest.strip_prefix(" or ") {
            let (next, after) = Self::one(more);
            all.push(next);
            rest = after;
        }
        (if all.len() == 1 { all.remove(0) } else { Self::OneOf(all) }, rest)
    }

    fn one(text: &str) -> (Self, &str) {
        let (read, rest) = match text.split_at(1) {
            ("[", inside) => {
                let (inner, rest) = Self::union(inside);
                (Self::List(Box::new(inner)), closed(rest, "]"))
            }
            ("(", inside) => Self::several(inside),
            ("\"", inside) => {
                let (word, rest) = inside.split_once('"').expect("a word is closed");
                (Self::Word(word.to_owned()), rest)
            }
            ("{", inside) => {
                let (key, rest) =
                    inside.trim_start_matches('"').split_once("\": ").expect("a key and its type");
                let (inner, rest) = Self::union(rest);
                (Self::Key(key.to_owned(), Box::new(inner)), closed(rest, "}"))
            }
            _ => {
                let end = text.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(text.len());
                let (name, rest) = text.split_at(end);
                (Self::Name(name.to_owned()), rest)
            }
        };
        match rest.strip_prefix('?') {
            Some(rest) => (Self::OrNull(Box::new(read)), rest),
            None => (read, rest),
        }
    }

    /// After a bracket: several types, or one that is only grouped.
    fn several(text: &str) -> (Self, &str) {
        let (first, mut rest) = Self::union(text);
        let mut all = vec![first];
        while let Some(more) = rest.strip_prefix(", ") {
            let (next, after) = Self::union(more);
            all.push(next);
            rest = after;
        }
        (if all.len() == 1 { all.remove(0) } else { Self::Each(all) }, closed(rest, ")"))
    }
}

fn closed<'t>(text: &'t str, bracket: &str) -> &'t str {
    text.strip_prefix(bracket).unwrap_or_else(|| panic!("{bracket} is missing before {text:?}"))
}

#[test]
fn a_type_is_read_as_it_is_written() {
    let name = |text: &str| Type::Name(text.to_owned());
    assert_eq!(Type::read("[hex]?"), Type::OrNull(Box::new(Type::List(Box::new(name("hex"))))));
    assert_eq!(
        Type::read("([text], number)"),
        Type::Each(vec![Type::List(Box::new(name("text"))), name("number")])
    );
    let either = Type::OneOf(vec![Type::Word("a".into()), Type::Key("b-c".into(), Box::new(name("hex")))]);
    assert_eq!(Type::read("(\"a\" or {\"b-c\": hex})?"), Type::OrNull(Box::new(either)));
}

#[test]
fn a_key_too_many_a_missing_one_and_a_wrong_one_are_found() {
    let page = "## Answers\n\n| `said` | `saved` |\n\n### saved\n\n| `record` | `hex` | x |\n| `height` | `number?` | |\n";
    let document = Document::read(page);
    let judge =
        |value: Value| document.check_answer(&serde_json::json!({ "answer": "said", "value": value }));
    let record = "0123456789abcdef0123456789abcdef";
    assert!(judge(serde_json::json!({ "record": record, "height": null })).is_ok());
    assert!(judge(serde_json::json!({ "record": record })).is_err());
    assert!(judge(serde_json::json!({ "record": "no id", "height": 1 })).is_err());
    assert!(judge(serde_json::json!({ "record": record, "height": 1, "more": 2 })).is_err());
}
