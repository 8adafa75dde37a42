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
    let digits = plain_digits(text);
    if looks_like_identity_card(&digits) {
        let why = "this looks like an identity-card number, which Linli never holds; use any other mark";
        return Err(("identity-card", why.to_owned()));
    }
    if looks_like_phone(&digits) {
        let why = "this looks like a telephone number, which the roll never holds; use any other mark";
        return Err(("phone", why.to_owned()));
    }
    Ok(())
}

/// Digits and X, with full-width forms made plain and what people write between them left out.
fn plain_digits(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff10}'..='\u{ff19}' | '\u{ff38}' | '\u{ff58}' => {
                char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c)
            }
            other => other,
        })
        .filter(|c| !c.is_whitespace() && !"-_.()+'\u{2010}\u{2011}\u{2013}\u{2014}".contains(*c))
        .collect()
}

/// 15 digits, or 17 and a check digit that may be X (GB 11643); a mistyped one is refused too.
fn looks_like_identity_card(text: &str) -> bool {
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    match text.as_bytes() {
        all if all.len() == 15 => digits(all) && all[0] != b'0',
        [rest @ .., last] if rest.len() == 17 => digits(rest) && matches!(last, b'X' | b'x' | b'0'..=b'9'),
        _ => false,
    }
}

/// A mobile number, with or without 86 in front, or a fixed line with its area code.
fn looks_like_phone(text: &str) -> bool {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let text = text.strip_prefix("0086").unwrap_or(text);
    let national = if text.len() == 13 { text.strip_prefix("86").unwrap_or(text) } else { text };
    let mobile = national.len() == 11 && national.starts_with('1') && !national.starts_with("10");
    let fixed = (10..=12).contains(&text.len()) && text.starts_with('0') && !text.starts_with("00");
    mobile || fixed
}

fn rounded_by_a_spreadsheet(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['E', 'e']) else { return false };
    let number =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    number(digits) && exponent.strip_prefix('+').is_some_and(number)
}
