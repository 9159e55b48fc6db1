//! The states of accumulators, as they cross the border between processes and between servers.
//!
//! A state begins with three bytes: the version of the format, whose state it is, and whether the
//! accumulator follows or had outgrown its limit.

use crate::CoreError;
use crate::accumulator::Accumulator;
use crate::bytes::{Encoded, Input, Output};

/// The version of the format. A change of what any accumulator writes is a new one. What began
/// with 1 or 2 had no version.
pub const FORMAT: u8 = 4;

/// Which accumulator a state is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateKind {
    /// [`crate::usage::Usage`].
    Usage = 1,
    /// [`crate::measures::UsagePeriods`].
    UsagePeriods = 2,
    /// [`crate::feature_usage::FeatureUsage`] of [`crate::feature_usage::FeatureCell`].
    Features = 3,
    /// [`crate::feature_usage::FeatureUsage`] of [`crate::feature_usage::AdoptionCell`].
    Adoption = 4,
    /// [`crate::series::counts::SeriesCounts`].
    Series = 5,
    /// [`crate::audit::Audit`].
    Audit = 6,
    /// [`crate::measures::MeasuredUsage`].
    MeasuredUsage = 7,
    /// [`crate::feature_usage::FeatureUsage`] of [`crate::feature_usage::MeasuredCell`].
    MeasuredFeatures = 8,
}

/// The accumulator follows.
const COUNTED: u8 = 1;

/// The accumulator had outgrown its limit; nothing follows.
const OVER_LIMIT: u8 = 2;

/// Writes the state of an accumulator.
///
/// # Errors
/// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`] of the output.
pub fn write<A: Accumulator>(accumulator: &A, into: &mut Output) -> Result<(), CoreError> {
    into.put(&[FORMAT, A::KIND as u8, COUNTED])?;
    accumulator.write(into)
}

/// The state of an accumulator that outgrew its limit.
#[must_use]
pub fn over_limit<A: Accumulator>() -> [u8; 3] {
    [FORMAT, A::KIND as u8, OVER_LIMIT]
}

/// Reads a state; `None` if the accumulator had outgrown its limit.
///
/// # Errors
/// [`CoreError::UnknownFormat`] for one of another version, [`CoreError::MalformedState`] for bytes
/// of anything else, [`CoreError::OutOfMemory`].
pub fn read<A: Accumulator>(mut from: Input<'_>) -> Result<Option<A>, CoreError> {
    let found = u8::read(&mut from)?;
    if found != FORMAT {
        return Err(CoreError::UnknownFormat { found });
    }
    let (kind, form) = (u8::read(&mut from)?, u8::read(&mut from)?);
    if kind != A::KIND as u8 {
        return Err(CoreError::MalformedState);
    }
    match form {
        COUNTED => A::read_all(from).map(Some),
        OVER_LIMIT if from.is_empty() => Ok(None),
        _ => Err(CoreError::MalformedState),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Audit;
    use crate::feature_usage::{AdoptionCell, FeatureCell, FeatureUsage, MeasuredCell};
    use crate::ids::IdKind;
    use crate::measures::{MeasuredUsage, UsagePeriods};
    use crate::series::counts::SeriesCounts;
    use crate::usage::Usage;

    fn written<A: Accumulator>(accumulator: &A) -> Vec<u8> {
        let mut output = Output::new(usize::MAX);
        write(accumulator, &mut output).unwrap();
        output.into_bytes()
    }

    fn is_read<A: Accumulator>(bytes: &[u8]) -> Result<bool, CoreError> {
        read::<A>(Input::new(bytes)).map(|state| state.is_some())
    }

    #[test]
    fn a_state_is_read_as_what_it_is_and_nothing_else() {
        let ids = IdKind::Int;
        let states = [
            written(&Usage::new(ids, 9)),
            written(&UsagePeriods::new(ids, 0, 9)),
            written(&FeatureUsage::<FeatureCell>::new(ids, 9)),
            written(&FeatureUsage::<AdoptionCell>::new(ids, 9)),
            written(&FeatureUsage::<MeasuredCell>::new(ids, 9)),
            written(&MeasuredUsage::new(ids, 0, 9)),
            written(&SeriesCounts::new(1, 1, 9)),
            written(&Audit::new(ids, 9)),
        ];
        let readers = [
            is_read::<Usage>,
            is_read::<UsagePeriods>,
            is_read::<FeatureUsage<FeatureCell>>,
            is_read::<FeatureUsage<AdoptionCell>>,
            is_read::<FeatureUsage<MeasuredCell>>,
            is_read::<MeasuredUsage>,
            is_read::<SeriesCounts>,
            is_read::<Audit>,
        ];
        for (whose, state) in states.iter().enumerate() {
            assert_eq!(state[0], FORMAT);
            for (reader, is_read) in readers.iter().enumerate() {
                let expected =
                    if whose == reader { Ok(true) } else { Err(CoreError::MalformedState) };
                assert_eq!(is_read(state), expected);
            }
        }
    }

    #[test]
    fn another_version_is_told_from_what_is_no_state() {
        let bytes = written(&Usage::new(IdKind::Int, 9));
        for found in (0..=u8::MAX).filter(|&found| found != FORMAT) {
            let other = [&[found], &bytes[1..]].concat();
            assert_eq!(is_read::<Usage>(&other), Err(CoreError::UnknownFormat { found }));
        }
        for len in 0..bytes.len() {
            assert_eq!(is_read::<Usage>(&bytes[..len]), Err(CoreError::MalformedState));
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(is_read::<Usage>(&longer), Err(CoreError::MalformedState));
    }

    #[test]
    fn a_state_past_its_limit_says_so() {
        let bytes = over_limit::<Usage>();
        assert_eq!(is_read::<Usage>(&bytes), Ok(false));
        assert_eq!(is_read::<Audit>(&bytes), Err(CoreError::MalformedState));
        assert_eq!(is_read::<Usage>(&[&bytes[..], &[0]].concat()), Err(CoreError::MalformedState));
        let [format, kind, _] = bytes;
        assert_eq!(is_read::<Usage>(&[format, kind, 9]), Err(CoreError::MalformedState));
    }
}
