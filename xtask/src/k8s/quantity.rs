//! Quantities of Kubernetes, such as `250m` and `64Mi`.

/// The amount in units; nothing when it is not a quantity.
pub(super) fn parse(text: &str) -> Option<f64> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(end)?;
    let factor = match suffix {
        "m" => 1e-3,
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_the_suffixes_of_kubernetes() {
        assert!(parse("250m") < parse("1") && parse("1000Mi") < parse("1Gi"));
        assert_eq!(parse("2Ki"), Some(2048.0));
        for bad in ["64MiB", "1 Gi", "", "Mi", "1,5"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
