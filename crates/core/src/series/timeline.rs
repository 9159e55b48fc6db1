//! The bucket of an event.
//!
//! Time is cut into chunks of equal steps, each shorter than the shortest bucket. A step knows the
//! first of the stretches that reach into it, so that one or two comparisons find an event's. What
//! is known of a chunk is worked out when the first event falls into it: a single event far from
//! all others costs no more than its chunk.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::calendar::{Clock, Unit, stretch_end};
use crate::{CoreError, memory};

/// Steps of a chunk.
const STEPS: i64 = 512;

/// Entries of the small cache in front of the chunks.
const CACHE: usize = 64;

/// The bucket of a stretch in which no event was found yet.
const UNNUMBERED: u32 = u32::MAX;

/// What is known of the buckets so far.
#[derive(Debug)]
pub struct Timeline {
    unit: Unit,
    /// A step has 2^`shift` microseconds: half an hour for hours, 19 hours for anything longer.
    shift: u32,
    chunks: Vec<Chunk>,
    /// Where in `chunks` a chunk is.
    places: HashMap<i64, u32, RandomState>,
    cache: Box<[(i64, u32); CACHE]>,
    bytes: usize,
}

/// The stretches of [`STEPS`] steps.
#[derive(Debug)]
struct Chunk {
    /// For each step, the stretch that its first instant is in.
    first: Vec<u32>,
    /// Where each stretch begins, and at the end the greatest time.
    starts: Vec<i64>,
    /// The number of each stretch's bucket.
    buckets: Vec<u32>,
}

impl Timeline {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(unit: Unit) -> Self {
        let shift = if unit == Unit::Hour { 31 } else { 36 };
        Self {
            unit,
            shift,
            chunks: Vec::new(),
            places: HashMap::default(),
            cache: Box::new([(i64::MIN, 0); CACHE]),
            bytes: 0,
        }
    }

    /// The number of the bucket of `time`. `number` gives the one of the bucket with a start, when
    /// the first event of a stretch comes.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], or an error of `number`.
    #[inline]
    pub fn find(
        &mut self,
        time: i64,
        clock: &impl Clock,
        number: impl FnOnce(i64) -> Result<u32, CoreError>,
    ) -> Result<u32, CoreError> {
        let (place, stretch) = self.stretch(time, clock)?;
        let bucket = &mut self.chunks[place as usize].buckets[stretch];
        if *bucket == UNNUMBERED {
            *bucket = number(clock.bucket_start(time))?;
        }
        Ok(*bucket)
    }

    /// The number of the bucket of all times from `first` to `last`, if these are in one stretch.
    ///
    /// # Errors
    /// As for [`Self::find`].
    pub fn find_all(
        &mut self,
        (first, last): (i64, i64),
        clock: &impl Clock,
        number: impl FnOnce(i64) -> Result<u32, CoreError>,
    ) -> Result<Option<u32>, CoreError> {
        match self.stretch(first, clock)? == self.stretch(last, clock)? {
            true => self.find(first, clock, number).map(Some),
            false => Ok(None),
        }
    }

    /// The chunk and the stretch that a time is in.
    #[inline]
    fn stretch(&mut self, time: i64, clock: &impl Clock) -> Result<(u32, usize), CoreError> {
        let step = time >> self.shift;
        let at = step.div_euclid(STEPS);
        let (cached, place) = self.cache[cache_index(at)];
        let place = if cached == at { place } else { self.chunk(at, clock)? };
        let chunk = &self.chunks[place as usize];
        let mut stretch = chunk.first[step_index(step)] as usize;
        while chunk.starts[stretch + 1] <= time {
            stretch += 1;
        }
        Ok((place, stretch))
    }

    /// Bytes of heap memory in use, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    #[cold]
    fn chunk(&mut self, at: i64, clock: &impl Clock) -> Result<u32, CoreError> {
        let place = match self.places.get(&at) {
            Some(&place) => place,
            None => {
                let place =
                    u32::try_from(self.chunks.len()).map_err(|_| CoreError::TooManyValues)?;
                let chunk = Chunk::new(at, self.shift, self.unit, clock)?;
                self.bytes += chunk.bytes();
                memory::push(&mut self.chunks, chunk)?;
                memory::insert(&mut self.places, at, place)?;
                place
            }
        };
        self.cache[cache_index(at)] = (at, place);
        Ok(place)
    }
}

impl Chunk {
    fn new(at: i64, shift: u32, unit: Unit, clock: &impl Clock) -> Result<Self, CoreError> {
        let step = 1_i64 << shift;
        let begin = at.saturating_mul(STEPS * step);
        let end = (at + 1).saturating_mul(STEPS * step);
        let mut starts = Vec::new();
        let mut time = begin;
        while time < end {
            memory::push(&mut starts, time)?;
            time = stretch_end(clock, unit, time);
        }
        let buckets = memory::filled(starts.len(), UNNUMBERED)?;
        memory::push(&mut starts, i64::MAX)?;
        let mut stretch = 0;
        let first = (0..STEPS).map(|i| {
            let time = begin.saturating_add(i * step);
            while starts.get(stretch as usize + 1).is_some_and(|&start| start <= time) {
                stretch += 1;
            }
            stretch
        });
        Ok(Self { first: memory::collect(first)?, starts, buckets })
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
            + (self.first.capacity() + self.buckets.capacity()) * size_of::<u32>()
            + self.starts.capacity() * size_of::<i64>()
    }
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a remainder is small")]
fn cache_index(chunk: i64) -> usize {
    chunk.rem_euclid(CACHE as i64) as usize
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a remainder is small")]
fn step_index(step: i64) -> usize {
    step.rem_euclid(STEPS) as usize
}
