//! The receipt of a stop, in Dutch: where it is in force, and since when.

use anyhow::Result;
use proto::consent::v1 as pb;

use crate::client::{Partner, told};
use crate::moment::of_timestamp;
use crate::output::say;

/// Fetches the receipt of the newest stop of an agreement and prints it.
pub(crate) async fn show(partner: &Partner, agreement: &str) -> Result<()> {
    let request = pb::GetRevocationReceiptRequest { name: agreement.to_owned() };
    let receipt = partner.revocations().get_revocation_receipt(request).await.map_err(told)?.into_inner();
    lines(&receipt).into_iter().for_each(say);
    Ok(())
}

fn lines(receipt: &pb::RevocationReceipt) -> Vec<String> {
    let mut lines =
        vec![format!("kwitantie van {}, opgenomen op {}:", receipt.stop, of_timestamp(receipt.stop_time))];
    lines.extend(receipt.points.iter().map(point));
    if receipt.points.is_empty() {
        lines.push("  er was geen doorgeefpunt: er stroomde niets".to_owned());
    }
    lines.push(if receipt.complete {
        format!("overal van kracht op {}; zie {}", of_timestamp(receipt.complete_time), receipt.ledger_entry)
    } else {
        "nog niet elk doorgeefpunt heeft bevestigd; vraag de kwitantie zo meteen opnieuw op".to_owned()
    });
    lines
}

fn point(point: &pb::PointReceipt) -> String {
    let name = &point.enforcement_point;
    match (point.confirm_time, point.silent_since) {
        (Some(_), _) => format!(
            "  {name}: bevestigd op {}, lopende stromen afgesloten: {}",
            of_timestamp(point.confirm_time),
            point.streams_cut
        ),
        (None, Some(_)) => {
            format!(
                "  {name}: zwijgt sinds {} en heeft zichzelf afgesloten",
                of_timestamp(point.silent_since)
            )
        }
        (None, None) => format!("  {name}: nog geen bevestiging"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_names_every_point_and_what_became_of_it() {
        let noon = Some(platform::clock::timestamp(time::macros::datetime!(2026-11-23 12:00 UTC)));
        let named =
            |name: &str| pb::PointReceipt { enforcement_point: name.to_owned(), ..Default::default() };
        let mut receipt = pb::RevocationReceipt {
            stop: "ledger-entries/4".to_owned(),
            stop_time: noon,
            points: vec![
                pb::PointReceipt { confirm_time: noon, streams_cut: 7, ..named("a") },
                pb::PointReceipt { silent_since: noon, ..named("b") },
                named("c"),
            ],
            ..Default::default()
        };
        let text = lines(&receipt).join("\n");
        for needed in [
            "ledger-entries/4, opgenomen op 23 november 2026 om 13:00:00 uur",
            "a: bevestigd op 23 november 2026 om 13:00:00 uur, lopende stromen afgesloten: 7",
            "b: zwijgt sinds 23 november 2026 om 13:00:00 uur en",
            "c: nog geen bevestiging",
            "nog niet elk",
        ] {
            assert!(text.contains(needed), "{needed} is not in\n{text}");
        }
        (receipt.points, receipt.complete, receipt.complete_time) = (Vec::new(), true, noon);
        receipt.ledger_entry = "ledger-entries/9".to_owned();
        let text = lines(&receipt).join("\n");
        assert!(text.contains("er stroomde niets") && text.contains("ledger-entries/9"), "{text}");
    }
}
