//! Bytes of anybody do no harm: what is read of them is sound or an error, and takes memory in
//! proportion to them.
//!
//! Each case makes a state of random events, changes its bytes, reads them, and does with what is
//! read all that the library does. `TENANT_METRICS_FUZZ_SECONDS` says how long all tests of
//! accumulators take together, and all tests of rows; a failure prints the seed of its case, which
//! `TENANT_METRICS_FUZZ_SEED` runs alone.

#![allow(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::cast_possible_truncation)]
#![allow(missing_docs)]

mod chance;
mod measured;
mod rows;
mod subjects;
mod told;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chance::{Chance, changed};
use subjects::{SEED, Subject};
use tenant_metrics_core::CoreError;
use tenant_metrics_core::audit::Audit;
use tenant_metrics_core::bytes::{Encoded, Input, Output};
use tenant_metrics_core::feature_usage::{AdoptionCell, FeatureCell, FeatureUsage, MeasuredCell};
use tenant_metrics_core::measures::{MeasuredUsage, UsagePeriods};
use tenant_metrics_core::series::counts::SeriesCounts;
use tenant_metrics_core::series::frame::Frame;
use tenant_metrics_core::state;
use tenant_metrics_core::usage::Usage;

/// What an accumulator may use, in these tests.
const LIMIT: usize = 1 << 20;

/// Reading takes at most so many bytes for each that is read.
const MULTIPLE: usize = 64;

/// And so many for what is always there.
const BESIDE: usize = 64 << 10;

/// And so many for the columns of a row, each of which has room for as many events as a row may
/// have: once as they are read and once as they are put together, with room to grow.
const BESIDE_ROWS: usize = 4096 * 8 * 14 * 3;

/// No case needs as much in one piece.
const TOO_LARGE: usize = 1 << 28;

/// No case takes as long, even where the machine has other things to do.
const TOO_LONG: Duration = Duration::from_secs(60);

/// Tests of accumulators, which share the time.
const ACCUMULATORS: u32 = 9;

/// Tests of rows of summaries, which share as much time. They run beside the others.
const ROWS: u32 = 6;

thread_local! {
    static USED: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

/// Counts what each thread has, and what it had at most.
struct CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn take(size: usize) {
    let used = USED.get().wrapping_add(size);
    USED.set(used);
    PEAK.set(PEAK.get().max(used));
}

// SAFETY: all memory is the system allocator's.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        if layout.size() >= TOO_LARGE {
            return std::ptr::null_mut();
        }
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // Of another thread it may be.
        USED.set(USED.get().saturating_sub(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// What `body` gives, and how many bytes it had at most beside those that were there.
fn measured<T>(body: impl FnOnce() -> T) -> (T, usize) {
    let before = USED.get();
    PEAK.set(before);
    let result = body();
    (result, PEAK.get() - before)
}

fn written<A: Subject>(accumulator: &A, is_for_merging: bool) -> Vec<u8> {
    let mut output = match is_for_merging {
        true => Output::for_merging(usize::MAX),
        false => Output::new(usize::MAX),
    };
    state::write(accumulator, &mut output).unwrap();
    output.into_bytes()
}

/// Reads a state; `None` for one that is refused.
fn read<A: Subject>(bytes: &[u8], is_shared: bool) -> Option<A> {
    let input = Input::new(bytes).limited(LIMIT);
    let input = if is_shared { input.sharing(SEED) } else { input };
    let (result, peak) = measured(|| state::read::<A>(input));
    assert!(peak <= MULTIPLE * bytes.len() + BESIDE, "{peak} bytes for {}", bytes.len());
    sound(result)?
}

/// What was made, unless there is an error that hostile bytes may have.
fn sound<T>(result: Result<T, CoreError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(CoreError::OutOfMemory) => panic!("an error that cannot be"),
        Err(_) => None,
    }
}

/// What is made of bytes; `None` where they are refused.
fn measured_read<T>(bytes: &[u8], read: impl FnOnce() -> Result<T, CoreError>) -> Option<T> {
    let (result, peak) = measured(read);
    assert!(peak <= MULTIPLE * bytes.len() + BESIDE_ROWS, "{peak} bytes for {}", bytes.len());
    sound(result)
}

/// Does what the library does with a state; says whether it was read.
fn use_state<A: Subject>(chance: &mut Chance) -> bool {
    let valid = A::sample(chance);
    let other = A::sample(chance);
    let is_for_merging = chance.one_in(2);
    let is_shared = is_for_merging && chance.one_in(2);
    let original = written(&valid, is_for_merging);
    let bytes = changed(original.clone(), &written(&other, is_for_merging), chance);
    let Some(mut state) = read::<A>(&bytes, is_shared) else {
        assert_ne!(bytes, original, "a state that nobody changed");
        return false;
    };
    // False hashes of who shares the seed may hide an id: that is found when the sum is read.
    if !is_shared {
        state.look();
        read::<A>(&written(&state, false), false).expect("what was sound is written as sound");
    }
    let again = read::<A>(&bytes, is_shared).unwrap();
    let merged = |into: &mut A, from: &A| sound(into.merge(from)).is_some();
    let mut fresh = read::<A>(&written(&valid, false), false).unwrap();
    if merged(&mut fresh, &again) {
        fresh.look();
    }
    if merged(&mut state, &again) && merged(&mut state, &valid) {
        state.settle().unwrap();
        if let Some(sum) = read::<A>(&written(&state, false), false) {
            sum.look();
        }
    }
    true
}

fn use_frame(chance: &mut Chance) -> bool {
    let original = subjects::frame(chance).to_bytes().unwrap();
    let other = subjects::frame(chance).to_bytes().unwrap();
    let bytes = changed(original.clone(), &other, chance);
    let (result, peak) = measured(|| Frame::from_bytes(&bytes));
    assert!(peak <= MULTIPLE * bytes.len() + BESIDE, "{peak} bytes for {}", bytes.len());
    let Some(frame) = sound(result) else {
        assert_ne!(bytes, original, "a frame that nobody changed");
        return false;
    };
    subjects::look_at_frame(&frame);
    true
}

/// Says which case it was that failed.
struct RunningCase<'a> {
    test: &'a str,
    seed: u64,
}

impl RunningCase<'_> {
    fn tell(&self) {
        eprintln!("replay with TENANT_METRICS_FUZZ_SEED={} and test {}", self.seed, self.test);
    }
}

impl Drop for RunningCase<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tell();
        }
    }
}

/// Ends the process if a case goes on for too long.
fn watched(running: &RunningCase<'_>, body: impl FnOnce() -> bool) -> bool {
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            std::thread::park_timeout(TOO_LONG);
            if !is_done.load(Ordering::Acquire) {
                running.tell();
                std::process::abort();
            }
        });
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
        is_done.store(true, Ordering::Release);
        watch.thread().unpark();
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

/// Runs cases of an accumulator for this test's share of the time.
fn run(test: &str, case: impl Fn(&mut Chance) -> bool + Sync) {
    run_of(ACCUMULATORS, test, case);
}

/// Runs cases of rows for this test's share of the time.
fn run_rows(test: &str, case: impl Fn(&mut Chance) -> bool + Sync) {
    run_of(ROWS, test, case);
}

/// Runs cases of one of so many tests that share the time. A case is known by its seed alone.
fn run_of(tests: u32, test: &str, case: impl Fn(&mut Chance) -> bool + Sync) {
    let one = |seed| {
        let running = RunningCase { test, seed };
        watched(&running, || case(&mut Chance::new(seed)))
    };
    if let Some(seed) = setting("TENANT_METRICS_FUZZ_SEED") {
        one(seed);
        return;
    }
    let seconds = setting("TENANT_METRICS_FUZZ_SECONDS").unwrap_or(2);
    let end = Instant::now() + Duration::from_secs(seconds) / tests;
    let mut seeds = Chance::of_now();
    let (mut cases, mut read) = (0_u32, 0_u32);
    while Instant::now() < end || cases < 100 {
        cases += 1;
        read += u32::from(one(seeds.next()));
    }
    eprintln!("{test}: {cases} cases, {read} of them read");
    assert!(
        read > cases / 20 && read < cases,
        "changes are too many or too few: {read} of {cases}"
    );
}

#[test]
fn usage() {
    run("usage", use_state::<Usage>);
}

#[test]
fn measures() {
    run("measures", use_state::<MeasuredUsage>);
}

#[test]
fn usage_periods() {
    run("usage_periods", use_state::<UsagePeriods>);
}

#[test]
fn features() {
    run("features", use_state::<FeatureUsage<FeatureCell>>);
}

#[test]
fn measured_features() {
    run("measured_features", use_state::<FeatureUsage<MeasuredCell>>);
}

#[test]
fn adoption() {
    run("adoption", use_state::<FeatureUsage<AdoptionCell>>);
}

#[test]
fn series() {
    run("series", use_state::<SeriesCounts>);
}

#[test]
fn audit() {
    run("audit", use_state::<Audit>);
}

#[test]
fn frames() {
    run("frames", use_frame);
}

#[test]
fn pending_rows() {
    run_rows("pending_rows", rows::use_pending);
}

#[test]
fn event_rows() {
    run_rows("event_rows", rows::use_events);
}

#[test]
fn totals_rows() {
    run_rows("totals_rows", rows::use_totals);
}

#[test]
fn names_rows() {
    run_rows("names_rows", rows::use_names);
}

#[test]
fn told_totals() {
    run_rows("told_totals", told::use_told);
}

#[test]
fn replayed_events() {
    run_rows("replayed_events", told::use_replayed);
}
