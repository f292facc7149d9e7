//! The rules of a decision as policies of Cedar. Each rule is a policy of its own, so that the
//! answer names those that refuse, as a decision does. Agreements are entities: to look one up costs
//! the same with any number, where a policy for each agreement would have to be evaluated.

use cedar_policy::{Context, EntityUid, Request};
use serde_json::{Value, json};
use testkit::Party;
use time::OffsetDateTime;

use crate::world::{Agreed, DATASET, PURPOSE};

/// The system that may ask.
pub(super) const SYSTEM: &str = "ggd-systeem";

const POLICIES: &str = r#"
@id("WITHIN_AGREEMENT")
permit (principal, action == Action::"decide", resource is Agreement)
when { resource.recipients.contains(principal) };
@id("AGREEMENT_NOT_ACTIVE")
forbid (principal, action, resource is Agreement) unless { resource.state == "ACTIVE" };
@id("NOT_YET_VALID")
forbid (principal, action, resource is Agreement) unless { context.now >= resource.starts };
@id("AGREEMENT_EXPIRED")
forbid (principal, action, resource is Agreement) unless { context.now < resource.ends };
@id("OTHER_PURPOSE")
forbid (principal, action, resource is Agreement) unless { context.purpose == resource.purpose };
@id("OTHER_DATASET")
forbid (principal, action, resource is Agreement) unless { context.dataset == resource.dataset };
@id("PROVIDER_NOT_OWNER")
forbid (principal, action, resource is Agreement) unless { context.owner == resource.provider };
@id("INDICATOR_BEYOND_SCOPE")
forbid (principal, action, resource is Agreement)
unless { resource.indicators.containsAll(context.indicators) };
@id("AREA_BEYOND_SCOPE")
forbid (principal, action, resource is Agreement)
unless {
    (resource.areas.isEmpty() || resource.areas.containsAll(context.areas))
        && resource.levels.containsAll(context.levels)
};
@id("PERIOD_BEYOND_SCOPE")
forbid (principal, action, resource is Agreement)
unless { resource.periods.containsAll(context.periods) };
@id("DELIVERY_NOT_AGREED")
forbid (principal, action, resource is Agreement)
unless { resource.deliveries.contains(context.delivery) };
@id("PROTECTION_NOT_ENFORCEABLE")
forbid (principal, action, resource is Agreement)
unless { context.enforceable.containsAll(resource.protection) };
@id("WITNESSES_OVERDUE")
forbid (principal, action, resource is Agreement) unless { context.fresh >= context.needed };
"#;

/// All rules: the provider's, and the own rule of the organisation that asks.
pub(super) fn policies() -> String {
    let oin = Party::Ggd.oin();
    let own = format!(
        "@id(\"OWN_RULE\") forbid (principal == Organisation::\"{oin}\", action, resource is Agreement) \
         unless {{ context.system == \"{SYSTEM}\" && context.purpose == \"{PURPOSE}\" }};"
    );
    format!("{POLICIES}{own}")
}

/// The agreement.
pub(super) fn entity(agreed: &Agreed, now: OffsetDateTime) -> Value {
    let content: Value = serde_json::from_str(&agreed.content_json).expect("JSON");
    let scope = &content["scope"];
    let recipients: Vec<Value> = content["recipients"]
        .as_array()
        .expect("recipients")
        .iter()
        .map(|party| json!({ "__entity": { "type": "Organisation", "id": party["oin"] } }))
        .collect();
    json!({
        "uid": { "type": "Agreement", "id": agreed.name },
        "attrs": {
            "recipients": recipients,
            "provider": content["provider"]["oin"],
            "state": "ACTIVE",
            "starts": now.unix_timestamp() - 86_400,
            "ends": now.unix_timestamp() + 86_400 * 300,
            "purpose": content["purpose"]["name"],
            "dataset": scope["dataset"],
            "indicators": scope["indicators"],
            "areas": scope["areas"],
            "levels": [scope["area_level"]],
            "periods": scope["periods"],
            "deliveries": content["deliveries"],
            "protection": ["MINIMUM_COUNT"],
        },
        "parents": [],
    })
}

/// Requests under an agreement as the ledger has them: two that are permitted, and six that are not.
pub(super) fn requests(agreement: &str) -> Vec<Value> {
    let area = |code: &str, level: &str| json!({ "area": format!("areas/{code}"), "level": level });
    let asked = json!({
        "recipient": Party::Ggd.oin(),
        "agreement": agreement,
        "purpose": PURPOSE,
        "dataset": DATASET,
        "dataset_owner": Party::Weller.oin(),
        "indicators": ["indicators/huurachterstand"],
        "areas": [
            area("BU08990001", "NEIGHBOURHOOD"),
            area("BU08990002", "NEIGHBOURHOOD"),
            area("BU08990003", "NEIGHBOURHOOD"),
        ],
        "area_level": "NEIGHBOURHOOD",
        "periods": ["2025Q1"],
        "delivery": "PULL",
        "release": format!("{DATASET}/releases/1"),
        "system": SYSTEM,
        "enforceable": ["MINIMUM_COUNT", "ZEROS"],
    });
    let with = |field: &str, value: Value| {
        let mut other = asked.clone();
        other[field] = value;
        other
    };
    vec![
        asked.clone(),
        with("areas", json!([])),
        with("purpose", json!("purposes/wijkplannen")),
        with("periods", json!(["2025Q1", "2030Q1"])),
        with("areas", json!([area("GM0899", "MUNICIPALITY"), area("BU08990001", "NEIGHBOURHOOD")])),
        with("delivery", json!("STREAM")),
        with("recipient", json!(Party::WonenZuid.oin())),
        with("system", json!("ander-systeem")),
    ]
}

/// The same request for Cedar.
pub(super) fn request(asked: &Value, now: OffsetDateTime) -> Request {
    let areas = asked["areas"].as_array().expect("areas");
    let of_areas = |field: &str| areas.iter().map(|area| area[field].clone()).collect::<Vec<_>>();
    let mut levels = of_areas("level");
    levels.push(asked["area_level"].clone());
    let context = json!({
        "purpose": asked["purpose"],
        "dataset": asked["dataset"],
        "owner": asked["dataset_owner"],
        "indicators": asked["indicators"],
        "areas": of_areas("area"),
        "levels": levels,
        "periods": asked["periods"],
        "delivery": asked["delivery"],
        "system": asked["system"],
        "enforceable": asked["enforceable"],
        "now": now.unix_timestamp(),
        "needed": 0,
        "fresh": 0,
    });
    let context = Context::from_json_value(context, None).expect("a context");
    let principal = uid("Organisation", asked["recipient"].as_str());
    let resource = uid("Agreement", asked["agreement"].as_str());
    Request::new(principal, uid("Action", Some("decide")), resource, context, None).expect("a request")
}

fn uid(kind: &str, id: Option<&str>) -> EntityUid {
    format!("{kind}::\"{}\"", id.expect("an id")).parse().expect("an entity")
}
