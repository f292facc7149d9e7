//! Small groups stay hidden, whatever is asked: what a recipient gets, what the owner sees, and what is
//! refused.

use std::collections::{BTreeMap, BTreeSet};

use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use testkit::Party;
use tokio_stream::StreamExt;
use tonic::Code;

use crate::world::{WELLER, World, asked, code_and_reason, fields, file, info, scope};

const AGES: [&str; 5] = ["18-26", "27-39", "40-54", "55-66", "67+"];

fn minimum(minimum_count: i32) -> consent_pb::Protection {
    consent_pb::Protection { minimum_count, ..Default::default() }
}

fn width(interval_width: i32) -> consent_pb::Protection {
    consent_pb::Protection { interval_width, ..minimum(10) }
}

/// What a cell is known by: area, period, age group.
type Cell = (String, String, String);

/// Everything that GGD can get under these protections, of all levels: the count of each cell, or none
/// when it is withheld each time.
async fn everything(world: &World, protections: &[consent_pb::Protection]) -> BTreeMap<Cell, Option<i64>> {
    let mut cells: BTreeMap<Cell, Option<i64>> = BTreeMap::new();
    for protection in protections {
        for level in ["NEIGHBOURHOOD", "DISTRICT", "MUNICIPALITY"] {
            let whole = consent_pb::Scope { area_level: level.to_owned(), ..scope() };
            world.permit_with(whole, *protection);
            let mut page_token = String::new();
            loop {
                let request = pb::ListObservationsRequest { page_size: 1000, page_token, ..asked() };
                let page = world.list(Party::Ggd, request).await.unwrap();
                for row in page.observations {
                    let cell = (row.area, row.period, row.categories["leeftijdsgroep"].clone());
                    let count = (!row.value.is_empty()).then(|| row.value.parse().unwrap());
                    let known = cells.entry(cell).or_default();
                    *known = known.or(count);
                }
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
        }
    }
    cells
}

/// The cells that come back by subtraction: over and over, of every total with its parts, the one that
/// is not known yet.
fn recovered(cells: &BTreeMap<Cell, Option<i64>>) -> BTreeSet<Cell> {
    let mut known: BTreeMap<Cell, i64> = BTreeMap::new();
    cells.iter().filter_map(|(cell, count)| Some((cell, (*count)?))).for_each(|(cell, count)| {
        known.insert(cell.clone(), count);
    });
    let sums = sums(cells);
    loop {
        let before = known.len();
        for (total, parts) in &sums {
            let unknown: Vec<&Cell> =
                std::iter::once(total).chain(parts).filter(|cell| !known.contains_key(*cell)).collect();
            if let [only] = unknown.as_slice() {
                let sum: i64 = parts.iter().filter_map(|part| known.get(part)).sum();
                let count = if *only == total { sum } else { known[total] - sum };
                known.insert((*only).clone(), count);
            }
        }
        if known.len() == before {
            return known.into_keys().filter(|cell| cells[cell].is_none()).collect();
        }
    }
}

/// Every total with its parts: districts in the municipality, neighbourhoods in a district, age groups.
fn sums(cells: &BTreeMap<Cell, Option<i64>>) -> Vec<(Cell, Vec<Cell>)> {
    let mut sums = Vec::new();
    for cell in cells.keys() {
        let (area, period, group) = cell;
        let parts = |is: &dyn Fn(&str) -> bool| {
            let all = cells.keys().filter(|(other, when, of)| when == period && of == group && is(other));
            all.cloned().collect::<Vec<_>>()
        };
        if let Some(district) = area.strip_prefix("areas/WK") {
            sums.push((cell.clone(), parts(&|other| other.starts_with(&format!("areas/BU{district}")))));
        }
        if area.starts_with("areas/GM") {
            sums.push((cell.clone(), parts(&|other| other.starts_with("areas/WK"))));
        }
        if group == "totaal" {
            let of = |age: &&str| (area.clone(), period.clone(), (*age).to_owned());
            sums.push((cell.clone(), AGES.iter().map(of).collect()));
        }
    }
    sums
}

#[tokio::test]
async fn what_the_plain_filter_gives_away_stays_hidden() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let all = everything(&world, &[minimum(1)]).await;
        let plain =
            all.iter().map(|(cell, count)| (cell.clone(), count.filter(|count| *count == 0 || *count >= 10)));
        let leaks = recovered(&plain.collect());
        assert_eq!(leaks.len(), 23, "{}", world.kind);

        let answers = everything(&world, &[minimum(10)]).await;
        assert!(answers.values().any(Option::is_none) && answers.values().any(Option::is_some));
        assert_eq!(recovered(&answers), BTreeSet::new(), "{}", world.kind);
        for (cell, count) in &answers {
            assert!(count.is_none_or(|count| count == 0 || count >= 10), "{cell:?}");
            assert!(count.is_none() || *count == all[cell], "{cell:?} is changed");
        }
    }
}

#[tokio::test]
async fn who_has_two_agreements_gets_no_more_than_the_looser_one() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        // The stricter one first and the looser one inside it, and the other way about.
        let looser = everything(&world, &[minimum(20), minimum(5)]).await;
        let both = everything(&world, &[minimum(5)]).await;
        assert_eq!(looser, both, "{}", world.kind);
        assert_eq!(recovered(&both), BTreeSet::new());
        let between = everything(&world, &[minimum(10), minimum(5)]).await;
        assert_eq!(between, both, "{}", world.kind);
    }
}

#[tokio::test]
async fn a_revision_gives_nothing_away_of_the_release_before() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let first = everything(&world, &[minimum(10)]).await;
        // A district is revised: its smallest age group grows, and so do the totals above it.
        let text = std::str::from_utf8(crate::world::DELIVERIES[3].1).unwrap();
        let (neighbourhood, age) = small(&world).await;
        let above = [
            "BU".to_owned() + &neighbourhood,
            format!("WK{}", neighbourhood.chars().take(6).collect::<String>()),
            "GM0899".to_owned(),
        ];
        let revised: Vec<String> = text
            .lines()
            .map(|line| {
                let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
                if above.contains(&fields[1])
                    && fields[2] == "2025Q1"
                    && [age.as_str(), "totaal"].contains(&fields[3].as_str())
                {
                    fields[4] = (fields[4].parse::<i64>().unwrap() + 30).to_string();
                }
                fields.join(",")
            })
            .collect();
        let draft = world.upload(format!("{}\n", revised.join("\n")).as_bytes(), 50_000).await.unwrap();
        world.publish(&draft.release.unwrap().name).await.unwrap();
        let second = everything(&world, &[minimum(10)]).await;
        let mut changed = 0;
        let mut together = BTreeMap::new();
        for (cell, count) in &second {
            changed += usize::from(count.is_some() && first[cell].is_some() && *count != first[cell]);
            together.insert(cell.clone(), *count);
        }
        assert_eq!(recovered(&together), BTreeSet::new(), "{}", world.kind);
        // What did not change and is shown in one of the two helps to compute nothing in the other.
        for (one, other) in [(&first, &second), (&second, &first)] {
            let touched = |cell: &Cell| above.iter().any(|area| cell.0.ends_with(area)) && cell.1 == "2025Q1";
            let mixed: BTreeMap<Cell, Option<i64>> = one
                .iter()
                .map(|(cell, count)| (cell.clone(), count.or(if touched(cell) { None } else { other[cell] })))
                .collect();
            assert_eq!(recovered(&mixed), BTreeSet::new(), "{}", world.kind);
        }
        assert!(changed <= 6, "only the revised cells change");
    }
}

/// A neighbourhood and an age group with a small count in the first quarter.
async fn small(world: &World) -> (String, String) {
    let all = everything(world, &[minimum(1)]).await;
    let found = all.iter().find(|((area, period, group), count)| {
        area.starts_with("areas/BU")
            && period == "2025Q1"
            && group != "totaal"
            && matches!(count, Some(1..=9))
    });
    let ((area, _, age), _) = found.unwrap();
    (area.trim_start_matches("areas/BU").to_owned(), age.clone())
}

#[tokio::test]
async fn what_was_shown_before_and_a_finer_delivery_do_not_add_up_to_a_small_group() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        world
            .permit_with(consent_pb::Scope { area_level: "MUNICIPALITY".to_owned(), ..scope() }, minimum(10));
        let whole = file(&["huurachterstand,GM0899,2025Q1,totaal,103,,,"]);
        let draft = world.upload(&whole, 1000).await.unwrap().release.unwrap();
        world.publish(&draft.name).await.unwrap();
        let row = world.list(Party::Ggd, asked()).await.unwrap().observations.remove(0);
        assert_eq!(row.value, "103");
        // Two of the five districts, without their municipality: the other three are a group of 3.
        let parts = file(&[
            "huurachterstand,WK089901,2025Q1,totaal,60,,,",
            "huurachterstand,WK089902,2025Q1,totaal,40,,,",
        ]);
        let draft = world.upload(&parts, 1000).await.unwrap().release.unwrap();
        world.publish(&draft.name).await.unwrap();
        world.permit_with(consent_pb::Scope { area_level: "DISTRICT".to_owned(), ..scope() }, minimum(10));
        let rows = world.list(Party::Ggd, asked()).await.unwrap().observations;
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().any(|row| row.value.is_empty()), "{}: {rows:?}", world.kind);
    }
}

/// A release with a total, shown, and one with its age groups, of which one is small.
async fn total_and_then_ages(world: &World) -> (String, String) {
    let lines = ["totaal,100", "18-26,3", "27-39,97"]
        .map(|tail| format!("huurachterstand,GM0899,2025Q1,{tail},definitief,,"));
    let total = file(&[&lines[0]]);
    let first = world.upload(&total, 1000).await.unwrap().release.unwrap().name;
    let second = world.upload(&file(&[&lines[0], &lines[1], &lines[2]]), 1000).await.unwrap();
    (first, second.release.unwrap().name)
}

#[tokio::test]
async fn a_release_that_cannot_be_protected_is_not_published_and_the_owner_hears_what_would_help() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let (first, second) = total_and_then_ages(&world).await;
        world.publish(&first).await.unwrap();
        // The total was shown: the small group lies between 0 and 100, and 1000 is agreed.
        world
            .permit_with(consent_pb::Scope { area_level: "MUNICIPALITY".to_owned(), ..scope() }, width(1000));
        assert_eq!(world.list(Party::Ggd, asked()).await.unwrap().observations[0].value, "100");
        let refused = world.publish(&second).await.unwrap_err();
        let (code, reason, facts) = info(&refused);
        assert_eq!(
            (code, reason.as_str()),
            (Code::FailedPrecondition, "PROTECTION_FAILED"),
            "{}",
            world.kind
        );
        assert_eq!((facts["release"].as_str(), facts["cells"].as_str()), (second.as_str(), "1"));
        assert_eq!(fields(&refused), ["indicators/huurachterstand 2025Q1 GM0899|18-26"]);
        let dutch = format!("{refused:?}{}", String::from_utf8_lossy(refused.details()));
        assert!(dutch.contains("zonder uitsplitsing naar leeftijdsgroep"), "{dutch}");
        assert_eq!(world.release_count(WELLER, Party::Ggd).await, 1, "nothing was published");
        assert_eq!(world.consent.get(|state| state.masks.len()), 1);
    }
}

#[tokio::test]
async fn a_protection_that_the_releases_cannot_have_is_refused_beforehand() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let (first, second) = total_and_then_ages(&world).await;
        world.publish(&first).await.unwrap();
        world.publish(&second).await.unwrap();
        let protect = async |protection| {
            let dataset = format!("datasets/{WELLER}");
            let request = pb::ProtectDatasetRequest { dataset, protection: Some(protection) };
            let consent = Party::Service("consent");
            world.sharing(consent).protect_dataset(request).await.unwrap().into_inner().failure
        };
        assert_eq!(protect(minimum(10)).await, None, "{}", world.kind);
        let kept: Vec<String> =
            world.consent.get(|state| state.masks.iter().map(|mask| mask.release.clone()).collect());
        assert_eq!(kept, [first, second.clone()]);
        assert_eq!(protect(minimum(10)).await, None);
        assert_eq!(world.consent.get(|state| state.masks.len()), 2, "what is there is not made again");

        let failure = protect(width(1000)).await.unwrap();
        assert_eq!((failure.release, failure.cell_count), (second, 1));
        assert_eq!(failure.cells[0].cell, "GM0899|18-26");
        let (dutch, english) = (failure.message_nl, failure.message_en);
        assert!(dutch.contains(": 1 aantal is uit te rekenen"), "{dutch}");
        assert!(english.contains(": 1 count can be computed"), "{english}");
        // It is published as it is, and the dataset has a protection already.
        assert!(!dutch.contains("een levering zonder") && dutch.contains("al gepubliceerd"), "{dutch}");
        assert!(dutch.contains("Wel te geven is min10."), "{dutch}");
        assert!(english.contains("What can be given is min10."), "{english}");
        let beyond = consent_pb::Protection { p_percent: 101, ..minimum(10) };
        assert!(protect(beyond).await.unwrap().message_nl.contains("niet te geven"));
        // Who asks all the same is refused, and does not hear which cells.
        world
            .permit_with(consent_pb::Scope { area_level: "MUNICIPALITY".to_owned(), ..scope() }, width(1000));
        let refused = world.list(Party::Ggd, asked()).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::FailedPrecondition, "PROTECTION_FAILED".to_owned()));
        assert!(!format!("{refused:?}").contains("18-26"));
    }
}

#[tokio::test]
async fn what_is_delivered_is_bound_to_a_mask_in_the_ledger() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        world.consent.set(|state| state.ledger_down = true);
        let refused = world.list(Party::Ggd, asked()).await.unwrap_err();
        assert_eq!(
            refused.code(),
            Code::Unavailable,
            "{}: no mask counts that is not in the ledger",
            world.kind
        );
        world.consent.set(|state| state.ledger_down = false);
        world.list(Party::Ggd, asked()).await.unwrap();
        world.indicators.entered().await;
        let (masks, deliveries) = world.consent.get(|state| (state.masks.clone(), state.deliveries.clone()));
        assert_eq!(masks.len(), 1);
        let (given, refused): (Vec<_>, Vec<_>) = deliveries.iter().partition(|told| told.complete);
        assert_eq!((given.len(), refused.len(), refused[0].row_count), (1, 1, 0));
        assert_eq!(masks[0].mask_digest, given[0].mask_digest);
        assert_eq!((masks[0].cell_count, masks[0].protection), (1224, Some(minimum(10))));
        assert!(masks[0].withheld_count > 0 && masks[0].engine.starts_with("alliantie-sdc "));
        assert_eq!([&masks[0].report_digest, &masks[0].seed_digest].map(String::len), [64, 64]);
    }
}

#[tokio::test]
async fn rounded_counts_are_the_same_each_time_and_multiples_of_the_base() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let exact = everything(&world, &[minimum(10)]).await;
        let rounding = consent_pb::Protection { rounding_base: 5, ..minimum(10) };
        let rounded = everything(&world, &[rounding]).await;
        assert_eq!(rounded, everything(&world, &[rounding]).await, "{}", world.kind);
        let (mut up, mut down) = (0, 0);
        for (cell, count) in rounded.iter().filter_map(|(cell, count)| Some((cell, (*count)?))) {
            let was = exact[cell].unwrap();
            assert!(count % 5 == 0 && (count - was).abs() < 5, "{cell:?} {was} {count}");
            up += usize::from(count > was);
            down += usize::from(count < was);
        }
        assert!(up > 50 && down > 50, "{up} up, {down} down");
    }
}

#[tokio::test]
async fn the_owner_audits_a_release_before_and_after_it_is_shared() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let name = format!("datasets/{WELLER}/releases/1");
        let sensitive = consent_pb::Protection { protect_zeros: true, ..width(10) };
        let audit = async |party| {
            let request = pb::AuditReleaseRequest { name: name.clone(), protection: Some(sensitive) };
            world.protections(party).audit_release(request).await
        };
        let before = audit(Party::Weller).await.unwrap().into_inner();
        assert!(before.safe && !before.in_use && before.failure.is_none(), "{}: {before:?}", world.kind);
        // Of the small counts 67 follow from the sums alone, and 46 more as no count is under zero.
        assert_eq!(before.plain_filter_leak_count, 113, "{before:?}");
        assert!(before.secondary_count > 0, "{before:?}");
        assert!(world.consent.get(|state| state.masks.is_empty()), "nothing is kept");
        world.permit_with(scope(), sensitive);
        world.list(Party::Ggd, asked()).await.unwrap();
        let after = audit(Party::Weller).await.unwrap().into_inner();
        assert_eq!(after, pb::ReleaseAudit { in_use: true, ..before });
        assert_eq!(after.mask_digest, world.consent.get(|state| state.masks[0].mask_digest.clone()));
        let refused = audit(Party::Ggd).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
    }
}

#[tokio::test]
async fn a_rule_on_groups_is_not_audited_without_withheld_zeros() {
    let world = World::filled(testkit::sqlite().await).await;
    let name = format!("datasets/{WELLER}/releases/1");
    let shown = consent_pb::Protection { group_percent: 90, ..width(5) };
    let request = pb::AuditReleaseRequest { name: name.clone(), protection: Some(shown) };
    let refused = world.protections(Party::Weller).audit_release(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(fields(&refused), ["protection.protect_zeros"]);
    let withheld = consent_pb::Protection { protect_zeros: true, ..shown };
    let request = pb::AuditReleaseRequest { name, protection: Some(withheld) };
    world.protections(Party::Weller).audit_release(request).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_agreed_is_not_audited() {
    let world = World::filled(testkit::sqlite().await).await;
    let name = format!("datasets/{WELLER}/releases/1");
    for (field, protection) in [
        ("minimum_count", minimum(4)),
        ("minimum_count", minimum(1001)),
        ("interval_width", width(1)),
        ("interval_width", width(1001)),
        ("p_percent", consent_pb::Protection { p_percent: 101, ..minimum(5) }),
        ("dominance_n", consent_pb::Protection { dominance_k: 50, ..minimum(5) }),
        ("dominance_k", consent_pb::Protection { dominance_n: 1, ..minimum(5) }),
        ("rounding_base", consent_pb::Protection { rounding_base: 2, ..minimum(5) }),
        ("minimum_denominator", consent_pb::Protection { minimum_denominator: 9, ..minimum(5) }),
        ("group_percent", consent_pb::Protection { group_percent: 49, protect_zeros: true, ..minimum(5) }),
    ] {
        let (named, protection) = (format!("protection.{field}"), Some(protection));
        let request = pb::AuditReleaseRequest { name: name.clone(), protection };
        let refused = world.protections(Party::Weller).audit_release(request).await.unwrap_err();
        assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec![named.clone()]));
        let request = pb::ListWithheldCellsRequest { name: name.clone(), protection };
        let refused = world.protections(Party::Weller).list_withheld_cells(request).await.unwrap_err();
        assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec![named]));
    }
}

#[tokio::test]
async fn the_owner_sees_what_readers_have_to_leave_of_each_withheld_cell() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let name = format!("datasets/{WELLER}/releases/1");
        let list = async |party| -> Result<Vec<pb::WithheldCell>, tonic::Status> {
            let request = pb::ListWithheldCellsRequest { name: name.clone(), protection: Some(width(5)) };
            world.protections(party).list_withheld_cells(request).await?.into_inner().collect().await
        };
        let before = list(Party::Weller).await.unwrap();
        assert!(world.consent.get(|state| state.masks.is_empty()), "nothing is kept");
        world.permit_with(scope(), width(5));
        world.list(Party::Ggd, asked()).await.unwrap();
        let cells = list(Party::Weller).await.unwrap();
        assert_eq!(cells, before, "{}", world.kind);
        let request = pb::AuditReleaseRequest { name: name.clone(), protection: Some(width(5)) };
        let audit = world.protections(Party::Weller).audit_release(request).await.unwrap().into_inner();
        let of = |reason| i64::try_from(cells.iter().filter(|own| own.reason() == reason).count()).unwrap();
        let (small, others) = (of(pb::WithholdingReason::Unsafe), of(pb::WithholdingReason::ForOthers));
        assert_eq!((small + others, others), (audit.withheld_count, audit.secondary_count));
        for cell in &cells {
            let value: i64 = cell.observation.as_ref().unwrap().value.parse().unwrap();
            let (lowest, highest) = (cell.lowest.unwrap(), cell.highest.unwrap_or(i64::MAX));
            assert!((lowest..=highest).contains(&value), "{cell:?}");
            if cell.reason() == pb::WithholdingReason::Unsafe {
                assert!(value < 10 && highest - lowest >= 10, "{cell:?}");
            }
        }
        let refused = list(Party::Ggd).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
    }
}
