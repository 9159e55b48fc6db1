//! Usage by bucket of time: hours, days, weeks, months, quarters or years of a time zone.
//!
//! - [`calendar`]: where buckets begin and end on the clocks of a zone.
//! - [`timeline`]: the bucket of an event, in a few nanoseconds.
//! - [`groups`]: the tenants that are counted, and the groups that they are counted in.
//! - [`frame`]: what an accumulator is told of both.
//! - [`counts`]: what is counted for each group and bucket; [`totals`]: what that adds up to.
//! - [`activity`]: sets of tenants that were active in the periods before a day.
//!
//! A bucket goes by its *start*, the time that the host shows for it. On a day when clocks are
//! changed that is not always its first instant, nor is a bucket always one stretch of time: in
//! St. John's, clocks went from a minute past midnight back to the day before.

pub mod activity;
pub mod calendar;
pub mod counts;
pub mod frame;
pub mod groups;
mod merged;
pub mod timeline;
pub mod totals;
mod written;

#[cfg(test)]
mod tests;
