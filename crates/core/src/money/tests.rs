//! Sums against an independent model: text arithmetic on big integers.

use num_bigint::BigInt;
use proptest::prelude::*;

use super::float::{Decimal, decimal_of_float4, decimal_of_float8};
use super::{Digits, Money, Wide, power_of_ten};
use crate::CoreError;
use crate::bytes::Encoded;

/// What `%.{digits}g` prints, read as a decimal without trailing zeros.
///
/// The exact decimal expansion of a float8 has at most 1,074 decimals; Rust prints it whole, and
/// the rounding is done here on the text, ties to even.
fn printed(value: f64, digits: usize) -> (BigInt, i32) {
    let exact = format!("{:.1074}", value.abs());
    let (whole, fraction) = exact.split_once('.').unwrap();
    let all = format!("{whole}{fraction}");
    let Some(first) = all.find(|c| c != '0') else { return (BigInt::ZERO, 0) };
    let end = (first + digits).min(all.len());
    let mut units: BigInt = all[first..end].parse().unwrap();
    let rest = &all[end..];
    let half = format!("5{}", "0".repeat(rest.len().saturating_sub(1)));
    let odd = all.as_bytes()[end - 1] % 2 == 1;
    if !rest.is_empty() && (rest > half.as_str() || rest == half && odd) {
        units += 1;
    }
    let mut exponent = i32::try_from(whole.len()).unwrap() - i32::try_from(end).unwrap();
    while &units % 10 == BigInt::ZERO && units != BigInt::ZERO {
        units /= 10;
        exponent += 1;
    }
    (if value < 0.0 { -units } else { units }, exponent)
}

fn trimmed(decimal: Decimal) -> (BigInt, i32) {
    let Decimal { mut units, mut exponent } = decimal;
    while units != 0 && units % 10 == 0 {
        units /= 10;
        exponent += 1;
    }
    (units.into(), if units == 0 { 0 } else { exponent })
}

fn float8() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("finite", |value| value.is_finite()),
        (any::<i32>(), 0..12).prop_map(|(units, scale)| f64::from(units) / 10_f64.powi(scale)),
        -1.0..1.0_f64,
        -1e16..1e16_f64,
        // Exact ties at the fifteenth digit.
        (100_000_000_000_000..1_000_000_000_000_000_i64).prop_map(|n| n as f64 + 0.5),
        (100_000_000_000_000..900_000_000_000_000_i64).prop_map(|n| (n * 10 + 5) as f64),
        (1..1_000_000_000_000_i64, 0..40).prop_map(|(n, k)| n as f64 / 2_f64.powi(k)),
    ]
}

#[test]
fn bytes_of_no_sum_are_refused() {
    let bytes = |scale, decimals, wide: Option<u16>| {
        let units = BigInt::from(5);
        let wide = wide.map(|scale| Box::new(Wide { units, scale }));
        Money { units: 1, wide, scale, decimals }.to_bytes().unwrap()
    };
    for (scale, decimals, wide) in [(25, 0, None), (0, 16_385, None), (0, 0, Some(16_385))] {
        let read = Money::from_bytes(&bytes(scale, decimals, wide));
        assert_eq!(read.err(), Some(CoreError::MalformedState));
    }
    let sum = Money::from_bytes(&bytes(24, 16_384, Some(16_384))).unwrap();
    assert_eq!(sum.decimals, 16_384);
    let mut flag = bytes(0, 0, None);
    *flag.last_mut().unwrap() = 2;
    assert_eq!(Money::from_bytes(&flag).err(), Some(CoreError::MalformedState));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn float8_is_printed_at_fifteen_digits(value in float8()) {
        prop_assert_eq!(trimmed(decimal_of_float8(value).unwrap()), printed(value, 15));
    }

    #[test]
    fn float4_is_printed_at_six_digits(value in prop_oneof![
        any::<f32>().prop_filter("finite", |value| value.is_finite()),
        (any::<i16>(), 0..8).prop_map(|(n, s)| f32::from(n) / 10_f32.powi(s)),
        (100_000..999_999_i32).prop_map(|n| n as f32 + 0.5),
        (1_000_000..9_999_999_i32).prop_map(|n| n as f32),
    ]) {
        prop_assert_eq!(trimmed(decimal_of_float4(value).unwrap()), printed(value.into(), 6));
    }

    #[test]
    fn a_sum_is_exact_in_any_order(values in prop::collection::vec(float8(), 0..40), split in 0..40_usize) {
        let split = split.min(values.len());
        let mut whole = Money::default();
        let mut parts = [Money::default(), Money::default()];
        let mut expected = BigInt::ZERO;
        let mut decimals = 0;
        for (i, &value) in values.iter().enumerate() {
            prop_assert!(whole.add_float8(value));
            parts[usize::from(i >= split)].add_float8(value);
            let (units, exponent) = printed(value, 15);
            expected += units * power_of_ten((exponent + 400).unsigned_abs());
            decimals = decimals.max(-exponent);
        }
        let [mut first, second] = parts;
        first.add(&second);
        let expected = Digits::of_big(&expected, 400, u16::try_from(decimals).unwrap());
        prop_assert_eq!(whole.digits(), expected.clone());
        prop_assert_eq!(first.digits(), expected);
    }

    #[test]
    fn numerics_are_read_and_written(
        values in prop::collection::vec((any::<bool>(), -8..12_i16, prop::collection::vec(0..10_000_u16, 1..12)), 1..10)
    ) {
        let mut sum = Money::default();
        let mut expected = BigInt::ZERO;
        let mut decimals = 0;
        for (negative, weight, digits) in values {
            let words: Vec<[u8; 2]> = digits.iter().map(|digit| digit.to_ne_bytes()).collect();
            let shown = u16::try_from((digits.len() as i64 - 1 - i64::from(weight)).max(0) * 4).unwrap();
            sum.add_numeric(negative, weight, shown, &words);
            let units = digits.iter().fold(BigInt::ZERO, |n, &digit| n * 10_000 + digit);
            let power = 400 + 4 * (i64::from(weight) - digits.len() as i64 + 1);
            let units = units * power_of_ten(u32::try_from(power).unwrap());
            expected += if negative { -units } else { units };
            decimals = decimals.max(shown);
        }
        prop_assert_eq!(sum.digits(), Digits::of_big(&expected, 400, decimals));
    }
}

proptest! {
    #[test]
    fn differences_and_order_are_exact(
        left in (any::<i64>(), 0..30_u16, any::<bool>()),
        right in (any::<i64>(), 0..30_u16, any::<bool>()),
    ) {
        let sum = |(units, scale, wide): (i64, u16, bool)| {
            let mut sum = Money { decimals: scale, ..Money::default() };
            match wide || scale > 24 {
                true => sum.add_wide(units.into(), scale),
                false => sum.add_at_scale(units.into(), scale),
            }
            sum
        };
        let exact = |(units, scale, _): (i64, u16, bool)| BigInt::from(units) * power_of_ten((30 - scale).into());
        let (one, other) = (exact(left), exact(right));
        let expected = Digits::of_big(&(&one - &other), 30, left.1.max(right.1));
        let (left, right) = (sum(left), sum(right));
        prop_assert_eq!(left.minus(&right).digits(), expected);
        prop_assert_eq!(left.compare(&right), one.cmp(&other));
        prop_assert_eq!(left.is_zero(), one == BigInt::ZERO);
        prop_assert!(left.minus(&left).is_zero());
    }
}

#[test]
fn non_finite_values_are_refused() {
    let mut sum = Money::default();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(!sum.add_float8(value));
    }
    assert!(!sum.add_float4(f32::NAN));
    assert_eq!(sum.digits().to_text(), "0");
}

#[test]
fn text_shows_as_many_decimals_as_the_values_had() {
    let text = |values: &[f64]| {
        let mut sum = Money::default();
        for &value in values {
            sum.add_float8(value);
        }
        sum.digits().to_text()
    };
    assert_eq!(text(&[0.25, 0.75]), "1.00");
    assert_eq!(text(&[0.1, 0.2]), "0.3");
    assert_eq!(text(&[-0.5]), "-0.5");
    assert_eq!(text(&[1e20, 1e-5]), "100000000000000000000.00001");
    assert_eq!(text(&[123_456.0, -0.0]), "123456");
    assert_eq!(text(&[i64::MAX as f64, i64::MAX as f64]), "18446744073709560000");
}

#[test]
fn a_sum_outgrows_128_bits() {
    let mut sum = Money::default();
    let largest = [9999_u16.to_ne_bytes(); 9];
    for _ in 0..1000 {
        sum.add_numeric(false, 8, 0, &largest);
    }
    assert_eq!(sum.digits().to_text(), format!("{}{}", "999", "9".repeat(33) + "000"));
    let mut total = Money::default();
    for _ in 0..3 {
        total.add(&sum);
    }
    assert!(total.bytes() > 0);
}
