//! A number that stands in a text.

/// Reads what `str::parse` takes for a finite number: JSON's form, and besides that a plus, zeros at the front, and a point with
/// digits on one side only. `parse` itself would bring tables of 10 kB into a build that has no other use for them; JSON's own
/// reader of numbers is there anyway.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    serde_json::from_str(&format!("{sign}{whole}{point}{fraction}{exponent}")).ok()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn a_text_is_the_number_that_rust_takes_it_for() {
        for text in [
            "0",
            "-0",
            "7",
            "007",
            "+7",
            "-7",
            "1.5",
            "+1.5",
            ".5",
            "5.",
            "-.5",
            "1e3",
            "1E3",
            "1e+3",
            "1.5e-3",
            "5.e2",
            "1e007",
            "1700000000",
            "1700000000.123",
            "1700000000123.456",
            "18446744073709551616",
            "0.1",
            "9007199254740993",
        ] {
            assert_eq!(decimal(text), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_finite_number_is_none() {
        for text in [
            "", " ", ".", "+", "-", "e5", "1e", "1e+", "--1", "+-1", "1.2.3", "1,5", "0x10", "1_000", "1e5e5", "1 2",
            "١", "inf", "-inf", "infinity", "NaN", "nan", "1e999", "null", "true", "\"1\"", "[1]",
        ] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }
}
