//! One cell at a time: what it must look like, and what to tell whoever typed it.

use crate::register::{Basis, UnitStatus, limits};

/// A stable code, and what is wrong and what would be right.
pub(super) type Fault = (&'static str, String);

/// The largest area a unit may have, hundredths of a square metre.
const AREA_MAX: u64 = 1_000_000_000;
/// An owner's id or name in the file, bytes.
const OWNER_BYTES: usize = 96;

pub(super) fn name(text: &str) -> Result<String, Fault> {
    if text.is_empty() {
        return Err(("empty", "the cell is empty".to_owned()));
    }
    name_or_nothing(text)
}

pub(super) fn name_or_nothing(text: &str) -> Result<String, Fault> {
    short(text, limits::UNIT_BYTES)
}

fn short(text: &str, bytes: usize) -> Result<String, Fault> {
    if text.len() > bytes {
        return Err(("too-long", format!("the cell has {} bytes, at most {bytes} are kept", text.len())));
    }
    if text.chars().any(char::is_control) {
        return Err(("control-character", "the cell holds a line break or control character".to_owned()));
    }
    Ok(text.to_owned())
}

pub(super) fn floor(text: &str) -> Result<i32, Fault> {
    let below = text.strip_prefix(['B', 'b']).map(|digits| format!("-{digits}"));
    let number = below.as_deref().unwrap_or(text).parse::<i32>();
    number
        .ok()
        .filter(|floor| (-20..=300).contains(floor))
        .ok_or_else(|| ("floor", format!("floor {text:?} is not a whole number such as 3, -1 or B1")))
}

/// Square metres in decimal, to whole hundredths. Digits and one point: no float, no thousands mark.
pub(super) fn area(text: &str) -> Result<u64, Fault> {
    let wrong = |why: &str| ("area", format!("area {text:?} {why}; write square metres such as 89.50"));
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) {
        return Err(wrong("is not a plain number"));
    }
    let hundredths = part.trim_end_matches('0');
    if hundredths.len() > 2 {
        return Err(wrong("has more than two decimals"));
    }
    let digits = format!("{whole}{hundredths:0<2}");
    match digits.parse::<u64>() {
        Ok(0) => Err(wrong("is nothing")),
        Ok(area) if area <= AREA_MAX => Ok(area),
        _ => Err(wrong("is not a credible size")),
    }
}

pub(super) fn basis(text: &str) -> Result<Basis, Fault> {
    match text.to_ascii_lowercase().as_str() {
        "register" => Ok(Basis::Register),
        "survey" => Ok(Basis::Survey),
        "contract" => Ok(Basis::Contract),
        _ => Err(("area-basis", format!("area_basis {text:?} is not register, survey or contract"))),
    }
}

pub(super) fn status(text: &str) -> Result<UnitStatus, Fault> {
    match text.to_ascii_lowercase().as_str() {
        "owned" => Ok(UnitStatus::Owned),
        "unsold" => Ok(UnitStatus::Unsold),
        "undelivered" => Ok(UnitStatus::Undelivered),
        _ => Err(("status", format!("status {text:?} is not owned, unsold or undelivered"))),
    }
}

pub(super) fn owner_id(text: &str, status: UnitStatus) -> Result<String, Fault> {
    if text.is_empty() && status == UnitStatus::Owned {
        let why = "an owned unit needs an owner_id: any mark, the same for all units of one owner";
        return Err(("owner-missing", why.to_owned()));
    }
    no_number_of_a_person(text)?;
    if rounded_by_a_spreadsheet(text) {
        let why = "a spreadsheet rounded this long number; make the column text and use short marks";
        return Err(("rounded-number", why.to_owned()));
    }
    short(text, OWNER_BYTES)
}

pub(super) fn owner_name(text: &str) -> Result<String, Fault> {
    no_number_of_a_person(text)?;
    short(text, OWNER_BYTES)
}

fn no_number_of_a_person(text: &str) -> Result<(), Fault> {
    let plain = plain_digits(text);
    // Once as people write a number with marks between, once with the marks as the ends of numbers.
    let parts = text.split(between).map(full_width_made_plain);
    let runs: Vec<String> = runs(&plain).into_iter().chain(parts.flat_map(|part| runs(&part))).collect();
    if runs.iter().any(|run| looks_like_identity_card(run)) {
        let why = "this looks like an identity-card number, which Linli never holds; use any other mark";
        return Err(("identity-card", why.to_owned()));
    }
    if looks_like_fixed_line(&plain) || runs.iter().any(|run| looks_like_mobile(run)) {
        let why = "this looks like a telephone number, which the roll never holds; use any other mark";
        return Err(("phone", why.to_owned()));
    }
    Ok(())
}

/// What people write inside a long number.
fn between(c: char) -> bool {
    let invisible = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}');
    let dash = matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' | '\u{30fc}');
    let dot = matches!(c, '\u{b7}' | '\u{30fb}' | '\u{ff0e}' | '\u{3002}' | '\u{ff0f}' | '\u{ff0b}');
    c.is_whitespace() || "-_.()+'/*#".contains(c) || invisible || dash || dot
}

fn full_width_made_plain(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{ff10}'..='\u{ff19}' | '\u{ff38}' | '\u{ff58}' => {
            char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c)
        }
        other => other,
    };
    text.chars().map(plain).collect()
}

/// The text with full-width forms made plain and what people write between digits left out.
fn plain_digits(text: &str) -> String {
    full_width_made_plain(text).chars().filter(|c| !between(*c)).collect()
}

/// Every run of digits in a text, whatever else is glued to it; an X that follows one is part of it.
fn runs(text: &str) -> Vec<String> {
    let (mut runs, mut run) = (Vec::new(), String::new());
    for c in text.chars() {
        match c {
            '0'..='9' => run.push(c),
            _ => {
                if matches!(c, 'X' | 'x') && !run.is_empty() {
                    run.push('X');
                }
                runs.push(std::mem::take(&mut run));
            }
        }
    }
    runs.push(run);
    runs.retain(|run| run.len() >= 11);
    runs
}

/// 15 digits, or 17 and a check digit that may be X (GB 11643); a mistyped one is refused too. In a longer run of digits
/// only what has a province and a day of birth in its places.
fn looks_like_identity_card(run: &str) -> bool {
    match run.trim_end_matches('X').len() {
        15 => !run.starts_with('0'),
        17 => run.ends_with('X'),
        18 => true,
        digits if digits > 18 => (0..=digits - 17).any(|at| province_and_birthday(&run[at..at + 17])),
        _ => false,
    }
}

fn province_and_birthday(digits: &str) -> bool {
    let number = |from: usize, to: usize| digits[from..to].parse::<u32>().unwrap_or(0);
    (11..=91).contains(&number(0, 2))
        && (1880..=2100).contains(&number(6, 10))
        && (1..=12).contains(&number(10, 12))
        && (1..=31).contains(&number(12, 14))
}

/// A mobile number, also with 86 or a flat's number before it, or something after it.
fn looks_like_mobile(run: &str) -> bool {
    let digits = run.trim_end_matches('X');
    let mobile = |eleven: &str| eleven.starts_with('1') && !matches!(&eleven[..2], "10" | "11" | "12");
    digits.len() >= 11 && (mobile(&digits[digits.len() - 11..]) || mobile(&digits[..11]))
}

/// A fixed line with its area code.
fn looks_like_fixed_line(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits && (10..=12).contains(&text.len()) && text.starts_with('0') && !text.starts_with("00")
}

fn rounded_by_a_spreadsheet(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['E', 'e']) else { return false };
    let number =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    number(digits) && exponent.strip_prefix('+').is_some_and(number)
}
