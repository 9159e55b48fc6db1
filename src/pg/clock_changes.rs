//! When the clocks of a time zone are changed.

use pgrx::pg_sys;

/// From 1970 to 2000, in seconds.
pub(super) const EPOCH: i64 = 946_684_800;

/// In microseconds.
pub(super) const SECOND: i64 = 1_000_000;

/// The first change of a zone's clocks after some time; times are in seconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct ClockChange {
    /// The end of time where there is none.
    pub(super) at: i64,
    /// By how many seconds the clocks are ahead of UTC before it.
    pub(super) ahead: i64,
    /// The same from then on.
    pub(super) next_ahead: i64,
}

impl ClockChange {
    /// The first one after this time.
    ///
    /// # Safety
    /// The zone must be one of the server's.
    pub(super) unsafe fn after(time: i64, zone: *const pg_sys::pg_tz) -> Self {
        let (mut ahead, mut next_ahead, mut at) = (0, 0, 0);
        let (mut summer, mut next_summer) = (0, 0);
        // SAFETY: the caller vouches for the zone; the out parameters are ours.
        let changes = unsafe {
            pg_sys::pg_next_dst_boundary(
                &time,
                &mut ahead,
                &mut summer,
                &mut at,
                &mut next_ahead,
                &mut next_summer,
                zone,
            )
        };
        match changes {
            1 => Self { at, ahead, next_ahead },
            _ => Self { at: i64::MAX, ahead, next_ahead: ahead },
        }
    }
}
