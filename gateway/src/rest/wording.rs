//! Sentences in which every field has its name in JSON, as in the lists beside them.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

/// The names of fields that are other ones in JSON. Without the contract there is no gateway either.
static NAMES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).unwrap_or_default();
    let messages = pool.all_messages().filter(|message| message.full_name().starts_with("alliantie."));
    let fields = messages.flat_map(|message| message.fields().collect::<Vec<_>>());
    let names = fields.map(|field| (field.name().to_owned(), field.json_name().to_owned()));
    names.filter(|(name, json_name)| name != json_name).collect()
});

/// The sentence with the names of fields as JSON has them. A word with a quotation mark or a slash is what
/// somebody gave, or the name of a resource, and stays as it is.
pub(crate) fn as_in_json(sentence: &str) -> String {
    sentence.split_inclusive(' ').map(word).collect()
}

fn word(word: &str) -> String {
    if !word.contains('_') || word.contains(['\'', '"', '/']) {
        return word.to_owned();
    }
    let is_sign = |sign: char| !(sign.is_ascii_alphanumeric() || sign == '_');
    let names = word.split_inclusive(is_sign).map(|part| {
        let name = part.trim_end_matches(is_sign);
        match NAMES.get(name) {
            Some(json_name) => part.replacen(name, json_name, 1),
            None => part.to_owned(),
        }
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_in_a_sentence_has_its_name_in_json() {
        for (given, expected) in [
            ("moet true zijn samen met group_percent", "moet true zijn samen met groupPercent"),
            ("content.valid_until ligt voor valid_from.", "content.validUntil ligt voor validFrom."),
            ("(page_size, of request_id): kies", "(pageSize, of requestId): kies"),
            ("content.scope.area_level[2] is leeg", "content.scope.areaLevel[2] is leeg"),
        ] {
            assert_eq!(as_in_json(given), expected);
        }
    }

    #[test]
    fn what_is_no_field_or_was_given_by_somebody_stays_as_it_is() {
        for sentence in [
            "als inhoud contract_content_hash, type en signed_at",
            "bij persons_sensitive hoort minstens 10",
            "staat er ook als \"display_name\"",
            "is geen uitsplitsing van datasets/row_count",
            "heeft 'area_level'; verwacht wordt PRESET_HOUSEHOLDS",
        ] {
            assert_eq!(as_in_json(sentence), sentence);
        }
    }
}
