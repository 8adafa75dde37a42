//! The roll's mapping: who may read it, and who finds it again.

use linli_community::kinds;
use linli_community::roll::Mapping;
use linli_record::Kind;

use super::{Here, example};
use crate::vocabulary::{Answer, ImportView, Request};

fn import(home: &mut Here) -> ImportView {
    match home.ask(Request::RollImport { csv: example("roll.csv"), dry_run: false, shrink: false }) {
        Answer::Import(view) => *view,
        other => panic!("{other:?}"),
    }
}

fn mapping(home: &Here) -> Mapping {
    home.core.roll_mapping().expect("the mapping reads")
}

/// Arrival numbers of every record of a kind that began an object.
fn arrivals(home: &Here, kind: Kind) -> Vec<u64> {
    let page = home.core.store.beginnings(kind, 0, 1024).expect("the store reads");
    page.iter().map(|beginning| beginning.arrival).collect()
}

#[test]
fn owners_names_are_sealed_to_the_registrars_whoever_else_opened_an_audience_of_that_name() {
    let mut shen = Here::founded();
    let mut wu = shen.admits("tenant", "2-102");
    let members = vec![shen.label.clone()];
    let kind = "committee".to_owned();
    wu.ask(Request::AudienceOpen { name: "registrars".into(), kind, households: members, from_now: false });
    wu.gives(&mut shen);
    assert_eq!(shen.core.audiences().len(), 1, "the other audience is known here");

    import(&mut shen);
    assert!(mapping(&shen).len() > 50);
    shen.gives(&mut wu);
    assert!(mapping(&wu).is_empty(), "{} owners are known to a tenant", mapping(&wu).len());
    let refused =
        wu.core.ask(Request::RollImport { csv: example("roll.csv"), dry_run: false, shrink: false });
    assert_eq!(refused.expect_err("a tenant states no roll").code, "no-office");
}

#[test]
fn registrars_who_follow_one_another_give_every_owner_the_same_id() {
    let mut shen = Here::founded();
    let mut zhou = shen.admits("owner", "3-1203");
    let mut li = shen.admits("owner", "2-101");
    let mut wu = shen.admits("clerk", "Wu's office");
    shen.gives(&mut zhou);
    let seats = vec![shen.seat(), zhou.seat(), li.seat()];
    shen.seats(seats);
    import(&mut shen);
    shen.gives(&mut zhou);
    assert_eq!(mapping(&zhou), mapping(&shen), "a registrar reads what another one imported");
    shen.sleeps();
    shen.gives(&mut zhou);

    // Shen leaves office: what was sealed to the registrars is theirs.
    shen.seats(vec![zhou.seat(), li.seat(), wu.seat()]);
    let before = mapping(&shen);
    assert!(!before.is_empty(), "what Shen said in office stands");
    for registrar in [&mut zhou, &mut li, &mut wu] {
        shen.gives(registrar);
    }
    zhou.meets(&mut li);
    zhou.gives(&mut wu);
    li.gives(&mut wu);
    assert_eq!(mapping(&wu), before, "who comes into office is handed what those before knew");
    let again = import(&mut zhou);
    assert!(again.report.known_owners > 50, "the owners are known");
    assert_eq!(mapping(&zhou), before);
}

#[test]
fn a_mapping_is_kept_before_its_roll_is_stated() {
    let mut shen = Here::founded();
    import(&mut shen);
    let (mapped, stated) = (arrivals(&shen, kinds::ROLL_MAPPING), arrivals(&shen, kinds::ROLL));
    assert!(!mapped.is_empty() && mapped.iter().all(|at| *at < stated[0]), "{mapped:?} {stated:?}");
}
