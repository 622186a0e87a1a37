//! Floating-point numbers as PostgreSQL prints them: with the fewest digits that tell them apart.

/// Of 32 bits.
pub(super) fn float4(value: f32) -> String {
    special(value.into()).unwrap_or_else(|| layout(&format!("{value:e}"), 6))
}

/// Of 64 bits.
pub(super) fn float8(value: f64) -> String {
    special(value).unwrap_or_else(|| layout(&format!("{value:e}"), 15))
}

fn special(value: f64) -> Option<String> {
    let text = match value {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        value if value.is_nan() => "NaN",
        _ => return None,
    };
    Some(text.to_owned())
}

/// Digits and an exponent, as Rust writes them (`-1.25e-7`), with the point where it belongs if the
/// exponent is small.
fn layout(scientific: &str, least_exponential: i32) -> String {
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..least_exponential).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.unsigned_abs());
    }
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let digits = digits.replace('.', "");
    match usize::try_from(exponent) {
        Ok(exponent) if digits.len() > exponent + 1 => {
            format!("{sign}{}.{}", &digits[..=exponent], &digits[exponent + 1..])
        }
        Ok(exponent) => format!("{sign}{digits:0<width$}", width = exponent + 1),
        Err(_) => {
            let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
            format!("{sign}0.{zeros}{digits}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_server_prints_them() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (123_456_789_012_345.0, "123456789012345"),
            (1e14, "100000000000000"),
            (1e15, "1e+15"),
            (1.25e15, "1.25e+15"),
            (1e300, "1e+300"),
            (5e-324, "5e-324"),
            (12.5, "12.5"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(float8(value), text);
        }
        assert_eq!(float4(0.1), "0.1");
        assert_eq!(float4(1_000_000.0), "1e+06");
        assert_eq!(float4(123_456.0), "123456");
        assert_eq!(float4(1_234_567.0), "1.234567e+06");
    }
}
