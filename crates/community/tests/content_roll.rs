//! Bringing in a roll from a spreadsheet.
#![allow(clippy::unwrap_used, reason = "a test that can not go on fails")]

use linli_community::content::Payload;
use linli_community::register::UnitStatus;
use linli_community::roll::{self, ImportedRoll, Mapping, RollMapping};
use proptest::prelude::*;

const HEAD: &str = "unit,building,stair,floor,area_m2,area_basis,owner_id,owner_name,status\n";

fn good() -> String {
    format!(
        "{HEAD}1-101,1,1,1,89.50,register,17,\u{738b}\u{82b3},owned\n\
         1-102,1,1,1,120,survey,17,\u{738b}\u{82b3},owned\n\
         1-201,1,2,2,89.5,contract,18,,owned\n\
         2-101,2,1,-1,60.05,contract,,,unsold\n\
         2-102,2,1,B1,60.00,contract,99,,undelivered\n"
    )
}

fn parse(text: &str) -> ImportedRoll {
    roll::parse(text.as_bytes()).unwrap_or_else(|bad| panic!("{bad:?}"))
}

/// The code of the one bad line.
fn fault(line: &str) -> (u64, String) {
    let bad = roll::parse(format!("{HEAD}{line}\n").as_bytes()).unwrap_err();
    assert_eq!(bad.len(), 1, "{bad:?}");
    (bad[0].line, bad[0].code.clone())
}

#[test]
fn one_buyer_is_one_head_and_all_the_developer_holds_is_one_more() {
    let report = parse(&good()).report(&Mapping::default());
    assert_eq!((report.units, report.owners, report.heads), (5, 2, 3));
    assert_eq!(report.area, 8_950 + 12_000 + 8_950 + 6_005 + 6_000);
    assert_eq!((report.developer_units, report.developer_area), (2, 12_005));
    assert_eq!(report.buildings.len(), 2);
    let first = &report.buildings[0];
    assert_eq!((first.units, first.stairs, first.area), (3, 2, 29_900));
    let (roll, mapping) = parse(&good()).assign(&Mapping::default(), &[1; 32]).unwrap();
    assert_eq!((roll.heads(), roll.area(), roll.units().len()), (3, report.area, 5));
    assert_eq!(mapping.len(), 3);
    assert_eq!(roll.unit("1-101").unwrap().owner, roll.unit("1-102").unwrap().owner);
    let developer = roll.unit("2-101").unwrap().owner;
    assert_eq!(roll.unit("2-102").unwrap().owner, developer);
    assert!(
        roll.units().iter().filter(|unit| unit.status == UnitStatus::Owned).all(|u| u.owner != developer)
    );
}

#[test]
fn a_second_import_finds_the_same_owners() {
    let (first, mapping) = parse(&good()).assign(&Mapping::default(), &[1; 32]).unwrap();
    let payloads = mapping.payloads(&Mapping::default());
    let again = RollMapping::parse(&payloads[0].body().unwrap()).unwrap();
    assert_eq!(again, payloads[0]);
    let more = format!("{}3-101,3,1,1,70,register,20,,owned\n", good());
    let file = parse(&more);
    assert_eq!(file.report(&mapping).known_owners, 2);
    let (second, grown) = file.assign(&mapping, &[2; 32]).unwrap();
    for unit in first.units() {
        assert_eq!(second.unit(&unit.name), Some(unit));
    }
    assert_eq!(grown.payloads(&mapping)[0].lines.len(), 1);
    assert!(grown.payloads(&grown).is_empty());
}

#[test]
fn names_stand_on_the_roll_as_salted_commitments_only() {
    let (roll, mapping) = parse(&good()).assign(&Mapping::default(), &[1; 32]).unwrap();
    let bytes = roll.to_bytes();
    let name = "\u{738b}\u{82b3}".as_bytes();
    assert!(!bytes.windows(name.len()).any(|part| part == name));
    assert_eq!(roll.unit("1-101").unwrap().name_commitment, mapping.owner("17").unwrap().commitment());
    assert_eq!(roll.unit("1-201").unwrap().name_commitment, None);
}

#[test]
fn a_file_from_a_chinese_spreadsheet_reads_the_same_with_a_mark_without_one_and_in_gbk() {
    let plain = parse(&good());
    let marked = roll::parse(format!("\u{feff}{}", good()).as_bytes()).unwrap();
    assert_eq!(marked.units(), plain.units());
    let (gbk, _, lost) = encoding_rs::GBK.encode(&good()).into_owned_parts();
    assert!(!lost);
    let gbk = roll::parse(&gbk).unwrap();
    assert_eq!(gbk.units(), plain.units());
    assert_eq!(gbk.report(&Mapping::default()).encoding, "GBK");
    let wide: Vec<u8> =
        "\u{feff}".encode_utf16().chain(good().encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(roll::parse(&wide).unwrap().units(), plain.units());
    assert_eq!(roll::parse(b"unit\xff\xff\xff").unwrap_err()[0].code, "encoding");
}

trait IntoOwnedParts {
    fn into_owned_parts(self) -> (Vec<u8>, (), bool);
}

impl IntoOwnedParts for (std::borrow::Cow<'_, [u8]>, &'static encoding_rs::Encoding, bool) {
    fn into_owned_parts(self) -> (Vec<u8>, (), bool) {
        (self.0.into_owned(), (), self.2)
    }
}

#[test]
fn every_bad_line_is_named_and_nothing_is_half_applied() {
    let file = format!(
        "{}1-101,1,1,1,70,register,21,,owned\n,1,1,x,abc,guess,,,sold\n\n3-1,3,1,1,1.005,survey,17,Other,owned\n",
        good()
    );
    let bad = roll::parse(file.as_bytes()).unwrap_err();
    let found: Vec<(u64, &str)> = bad.iter().map(|bad| (bad.line, bad.code.as_str())).collect();
    assert_eq!(
        found,
        [
            (7, "unit-twice"),
            (8, "empty"),
            (8, "floor"),
            (8, "area"),
            (8, "area-basis"),
            (8, "status"),
            (8, "owner-missing"),
            (10, "area"),
            (10, "owner-name-differs"),
        ]
    );
    assert_eq!(bad[0].to_string(), "line 7, unit: unit 1-101 was in line 2 already");
}

#[test]
fn what_looks_like_an_identity_card_or_a_telephone_is_refused() {
    let with_owner = |owner: &str| format!("1-101,1,1,1,89.50,register,{owner},,owned");
    for card in [
        "11010519491231002X",
        "11010519491231002x",
        "110105194912310021",
        "110105 19491231 0021",
        "110105491231002",
        "\u{ff11}\u{ff11}0105194912310021",
        "'110105194912310021",
    ] {
        assert_eq!(fault(&with_owner(card)), (2, "identity-card".to_owned()), "{card}");
    }
    for phone in ["13800138000", "138-0013-8000", "+86 138 0013 8000", "008613800138000", "021-62345678"] {
        assert_eq!(fault(&with_owner(phone)), (2, "phone".to_owned()), "{phone}");
    }
    for card in [
        "秦望山330102196001011234",
        "身份证330102196001011234",
        "业主330102196001011234",
        "ID330102600101123",
        "id: 330102-19600101-123X (秦)",
        "A33010219600101\u{ff0d}1234\u{ff18}",
        "77330102196001011234",
    ] {
        assert_eq!(fault(&with_owner(card)), (2, "identity-card".to_owned()), "{card}");
        let named = format!("1-101,1,1,1,9,survey,17,{card},owned");
        assert_eq!(fault(&named), (2, "identity-card".to_owned()), "{card}");
    }
    for phone in ["秦13812345678", "138 1234 5678秦", "2-501:13812345678", "秦１３８１２３４５６７８"]
    {
        assert_eq!(fault(&with_owner(phone)), (2, "phone".to_owned()), "{phone}");
    }
    assert_eq!(fault(&with_owner("1.38E+10")), (2, "rounded-number".to_owned()));
    assert_eq!(fault("1-101,1,1,1,9,survey,17,13800138000,owned"), (2, "phone".to_owned()));
    for mark in [
        "17",
        "A-0017",
        "20240001",
        "10086",
        "H12345678",
        "owner E",
        "3-1203/2024-07",
        "2024-0117-1-302",
        "X17",
        "业主 0012",
    ] {
        parse(&format!("{HEAD}{}\n", with_owner(mark)));
    }
}

#[test]
fn a_mark_that_is_never_closed_costs_its_own_line_and_hides_no_other() {
    let line = |unit: &str, owner: &str| format!("{unit},1,1,1,89.50,register,{owner},,owned\n");
    let quoted = |text: &str| format!("\"{text}\"");
    let file = [
        HEAD.to_owned(),
        line("1-101", "\"17"),
        line("1-102", ""),
        line("1-103", &quoted("a \"\"b\"\"")),
        line("1-104", "\"18"),
        line("1-105", "19"),
        line("1-106", "13800138000"),
    ]
    .concat();
    let bad = roll::parse(file.as_bytes()).unwrap_err();
    let found: Vec<(u64, &str)> = bad.iter().map(|bad| (bad.line, bad.code.as_str())).collect();
    assert_eq!(found, [(2, "quote-open"), (3, "owner-missing"), (5, "quote-open"), (7, "phone")]);
    assert!(bad[0].to_string().contains("17"), "{}", bad[0]);
    let remark = "unit,building,floor,area_m2,area_basis,owner_id,status,remark\n\
                  1-101,1,1,70,survey,17,owned,\"two\nlines\"\n1-102,1,1,70,survey,18,owned,\n";
    assert_eq!(parse(remark).units().len(), 2);
}

#[test]
fn areas_are_whole_hundredths_and_never_floats() {
    let area = |text: &str| format!("1-101,1,1,1,{text},register,17,,owned");
    for (text, hundredths) in
        [("89.50", 8_950), ("89.5", 8_950), ("89", 8_900), ("0.01", 1), ("89.5000", 8_950)]
    {
        assert_eq!(parse(&format!("{HEAD}{}\n", area(text))).units()[0].area, hundredths);
    }
    for text in
        ["89.505", "-1", "0", "0.00", "8e3", "89,5", ".5", "89.5m2", "NaN", "", "99999999999999999999"]
    {
        let quoted = format!("\"{text}\"");
        assert_eq!(fault(&area(&quoted)), (2, "area".to_owned()), "{text}");
    }
}

#[test]
fn columns_may_stand_in_any_order_and_a_missing_one_is_named() {
    let file =
        "status;owner_id;area_basis;area_m2;floor;building;unit;remark\nowned;17;survey;70;3;1;1-301;x\n";
    let report = parse(file).report(&Mapping::default());
    assert_eq!(report.ignored_columns, ["remark"]);
    let bad = roll::parse(b"unit,building\n1,2\n").unwrap_err();
    assert!(bad.iter().all(|bad| bad.line == 1 && bad.code == "column-missing"));
    assert_eq!(bad.len(), 5);
    assert_eq!(roll::parse(b"").unwrap_err()[0].code, "empty-file");
    assert_eq!(roll::parse(HEAD.as_bytes()).unwrap_err()[0].code, "empty-file");
}

proptest! {
    #[test]
    fn no_file_makes_the_import_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = roll::parse(&bytes);
        let _ = roll::parse(&[HEAD.as_bytes(), &bytes].concat());
    }

    #[test]
    fn no_cell_makes_the_import_panic(cells in proptest::collection::vec("\\PC{0,24}", 9)) {
        let quoted: Vec<String> =
            cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        let _ = roll::parse(format!("{HEAD}{}\n", quoted.join(",")).as_bytes());
    }
}
