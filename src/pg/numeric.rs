//! PostgreSQL's numeric, read and written in its stored form.
//!
//! A numeric is a varlena: a 16-bit header, for long ones a 16-bit weight, then base-10000 digits.
//! The header's top bits tell long (00 positive, 01 negative), short (10) and special (11: NaN and
//! the infinities). The form has been the same since PostgreSQL 9.1; the tests compare it with
//! `numeric_in` and `numeric_out` of every server they run on.

use pgrx::pg_sys::{self, Datum};
use tenant_metrics_core::money::Money;
use tenant_metrics_core::usage::Cost;

use super::varlena;
use crate::error::Error;

const SIGN_MASK: u16 = 0xC000;
const NEGATIVE: u16 = 0x4000;
const SHORT: u16 = 0x8000;
const SPECIAL: u16 = 0xC000;

const SHORT_NEGATIVE: u16 = 0x2000;
const SHORT_DECIMALS_SHIFT: u16 = 7;
const SHORT_DECIMALS_MAX: u16 = 0x3F;
const SHORT_WEIGHT_SIGN: u16 = 0x0040;
const SHORT_WEIGHT_MASK: u16 = 0x003F;

const LONG_DECIMALS_MASK: u16 = 0x3FFF;

/// The cost that a numeric states; NaN and the infinities state none.
///
/// # Safety
/// `datum` must be a numeric and stay allocated for `'a`.
#[inline]
pub(crate) unsafe fn cost<'a>(datum: Datum) -> Cost<'a> {
    // SAFETY: the caller vouches for the value.
    let bytes: &'a [u8] = unsafe { varlena::bytes(datum) };
    let (words, _) = bytes.as_chunks::<2>();
    let Some((&header, rest)) = words.split_first() else { return Cost::Unpriced };
    let header = u16::from_ne_bytes(header);
    match header & SIGN_MASK {
        SPECIAL => Cost::Unpriced,
        SHORT => {
            let magnitude = (header & SHORT_WEIGHT_MASK).cast_signed();
            let below_one = header & SHORT_WEIGHT_SIGN != 0;
            Cost::Numeric {
                negative: header & SHORT_NEGATIVE != 0,
                // Two's complement in seven bits.
                weight: if below_one { magnitude - 64 } else { magnitude },
                decimals: header >> SHORT_DECIMALS_SHIFT & SHORT_DECIMALS_MAX,
                words: rest,
            }
        }
        sign => {
            let Some((&weight, words)) = rest.split_first() else { return Cost::Unpriced };
            Cost::Numeric {
                negative: sign == NEGATIVE,
                weight: i16::from_ne_bytes(weight),
                decimals: header & LONG_DECIMALS_MASK,
                words,
            }
        }
    }
}

/// `part / whole` as the server divides numerics, as a `float8`; `None` where the whole is 0.
pub(crate) fn share(part: &Money, whole: &Money) -> Result<Option<Datum>, Error> {
    if whole.is_zero() {
        return Ok(None);
    }
    let (part, whole) = (datum(part)?, datum(whole)?);
    // SAFETY: numeric_div takes two numerics and gives one, numeric_float8 takes one.
    Ok(unsafe {
        let share =
            pgrx::direct_function_call_as_datum(pg_sys::numeric_div, &[Some(part), Some(whole)]);
        pgrx::direct_function_call_as_datum(pg_sys::numeric_float8, &[share])
    })
}

/// A sum as a numeric in the current memory context.
#[expect(clippy::disallowed_methods, reason = "a numeric has at most 147,455 digits")]
pub(crate) fn datum(money: &Money) -> Result<Datum, Error> {
    let digits = money.digits();
    let mut bytes = Vec::with_capacity(4 + 2 * digits.digits.len());
    if digits.decimals <= SHORT_DECIMALS_MAX && (-64..=63).contains(&digits.weight) {
        let weight = i16::try_from(digits.weight).map_err(|_| Error::NumericOverflow)?;
        let sign = if digits.negative { SHORT_NEGATIVE } else { 0 };
        let weight = weight.cast_unsigned() & (SHORT_WEIGHT_SIGN | SHORT_WEIGHT_MASK);
        let header = SHORT | sign | digits.decimals << SHORT_DECIMALS_SHIFT | weight;
        bytes.extend_from_slice(&header.to_ne_bytes());
    } else {
        let weight = i16::try_from(digits.weight).map_err(|_| Error::NumericOverflow)?;
        if digits.decimals > LONG_DECIMALS_MASK {
            return Err(Error::NumericOverflow);
        }
        let header = if digits.negative { NEGATIVE } else { 0 } | digits.decimals;
        bytes.extend_from_slice(&header.to_ne_bytes());
        bytes.extend_from_slice(&weight.to_ne_bytes());
    }
    for digit in &digits.digits {
        bytes.extend_from_slice(&digit.to_ne_bytes());
    }
    Ok(varlena::datum(&bytes))
}
