//! Where the values of a row lie on its page.

#![expect(clippy::disallowed_methods, reason = "a table has at most 1,600 columns")]

use pgrx::pg_sys::{self, Datum, NullableDatum};
use pgrx::tupdesc::PgTupleDesc;
use pgrx::varlena::{varatt_is_1b, varatt_is_1b_e, varsize_1b, varsize_any};

/// The columns of a table up to the last one that is needed.
pub(super) struct TupleLayout {
    columns: Vec<Attribute>,
    /// The value of each in rows that are older than the column.
    missing: Vec<NullableDatum>,
    /// The first column that is needed, if only values of fixed length are before it, and where
    /// it begins in a row that has all of them; else the first of all.
    first: (usize, usize),
}

struct Attribute {
    kind: AttributeKind,
    /// One less than what the place of a value is a multiple of.
    alignment: usize,
    /// Where the value goes, if the column is needed.
    place: Option<usize>,
}

/// What values look like.
#[derive(Clone, Copy)]
enum AttributeKind {
    /// Of this length, and themselves a datum.
    Int8,
    Int4,
    Int2,
    Int1,
    /// Of a fixed length that a datum points to.
    Fixed(u16),
    /// With their length before them.
    Varlena,
    /// With a zero at their end.
    CString,
}

const NULL: NullableDatum = NullableDatum { value: Datum::null(), isnull: true };

/// Bytes of a row's header before the bitmap that says which columns are NULL.
const BITMAP: usize = std::mem::offset_of!(pg_sys::HeapTupleHeaderData, t_bits);

impl TupleLayout {
    /// That of rows of which nothing is needed.
    pub(super) const NONE: Self = Self { columns: Vec::new(), missing: Vec::new(), first: (0, 0) };

    /// The layout of a table's rows, of which the columns of these numbers, counted from 1, are
    /// to go to these places. Each column comes once.
    ///
    /// # Safety
    /// `descriptor` must be that of an open table.
    pub(super) unsafe fn new(descriptor: pg_sys::TupleDesc, needed: &[(i16, usize)]) -> Self {
        let last = needed.iter().map(|&(number, _)| number).max().unwrap_or(0);
        // SAFETY: the caller vouches for the descriptor, and so these are its columns.
        let (columns, missing): (Vec<_>, _) = unsafe {
            let attributes = PgTupleDesc::from_pg_unchecked(descriptor);
            (1..=last)
                .filter_map(|number| {
                    let attribute = attributes.get(usize::try_from(number).ok()? - 1)?;
                    let place = needed.iter().find(|(each, _)| *each == number);
                    let column = Attribute::new(attribute, place.map(|&(_, place)| place));
                    Some((column, missing(descriptor, attribute)))
                })
                .unzip()
        };
        let first = first_needed(&columns);
        Self { columns, missing, first }
    }

    /// Reads the needed columns of a row into `values`.
    ///
    /// # Safety
    /// `row` must be a row of the table, and its page must stay pinned while the values are used;
    /// `values` must have all places that [`TupleLayout::new`] was given.
    #[inline(always)]
    pub(super) unsafe fn read(
        &self,
        row: *const pg_sys::HeapTupleHeaderData,
        values: &mut [NullableDatum],
    ) {
        // SAFETY: the header says how many columns the row has, and where they begin; they follow
        // each other as the descriptor says, and the caller vouches for the places.
        unsafe {
            let header = &*row;
            let stored = (u32::from(header.t_infomask2) & pg_sys::HEAP_NATTS_MASK) as usize;
            let has_null = u32::from(header.t_infomask) & pg_sys::HEAP_HASNULL != 0;
            if has_null || stored < self.columns.len() {
                return self.read_with_gaps(row, stored, has_null, values);
            }
            let (first, offset) = self.first;
            let mut at = row.cast::<u8>().add(usize::from(header.t_hoff) + offset);
            for column in self.columns.get_unchecked(first..) {
                let (value, end) = column.value(at);
                if let Some(place) = column.place {
                    *values.get_unchecked_mut(place) = NullableDatum { value, isnull: false };
                }
                at = end;
            }
        }
    }

    /// The same for a row that lacks values.
    #[inline(never)]
    unsafe fn read_with_gaps(
        &self,
        row: *const pg_sys::HeapTupleHeaderData,
        stored: usize,
        has_null: bool,
        values: &mut [NullableDatum],
    ) {
        // SAFETY: as above; a row that has NULLs has a bit for each of its columns.
        unsafe {
            let bitmap = row.cast::<u8>().add(BITMAP);
            let mut at = row.cast::<u8>().add(usize::from((*row).t_hoff));
            for (number, column) in self.columns.iter().enumerate() {
                let found = if number >= stored {
                    self.missing[number]
                } else if has_null && *bitmap.add(number / 8) & (1 << (number % 8)) == 0 {
                    NULL
                } else {
                    let (value, end) = column.value(at);
                    at = end;
                    NullableDatum { value, isnull: false }
                };
                if let Some(place) = column.place {
                    values[place] = found;
                }
            }
        }
    }
}

/// See [`TupleLayout::first`].
fn first_needed(columns: &[Attribute]) -> (usize, usize) {
    let mut offset = 0;
    for (number, column) in columns.iter().enumerate() {
        if column.place.is_some() {
            return (number, offset);
        }
        let Some(length) = column.kind.length() else { break };
        offset = ((offset + column.alignment) & !column.alignment) + length;
    }
    (0, 0)
}

impl AttributeKind {
    fn new(attribute: &pg_sys::FormData_pg_attribute) -> Self {
        match (attribute.attbyval, attribute.attlen) {
            (true, 8) => Self::Int8,
            (true, 4) => Self::Int4,
            (true, 2) => Self::Int2,
            (true, _) => Self::Int1,
            (false, -1) => Self::Varlena,
            (false, -2) => Self::CString,
            (false, length) => Self::Fixed(length.cast_unsigned()),
        }
    }

    /// The number of bytes of every value, if it is always the same.
    fn length(self) -> Option<usize> {
        match self {
            Self::Int8 => Some(8),
            Self::Int4 => Some(4),
            Self::Int2 => Some(2),
            Self::Int1 => Some(1),
            Self::Fixed(length) => Some(length.into()),
            Self::Varlena | Self::CString => None,
        }
    }
}

/// What rows have that are older than a column.
///
/// # Safety
/// The column must be one of the descriptor's.
unsafe fn missing(
    descriptor: pg_sys::TupleDesc,
    attribute: &pg_sys::FormData_pg_attribute,
) -> NullableDatum {
    let mut missing = NULL;
    if attribute.atthasmissing {
        let number = attribute.attnum.into();
        // SAFETY: the caller passes a column of the descriptor.
        missing.value = unsafe { pg_sys::getmissingattr(descriptor, number, &mut missing.isnull) };
    }
    missing
}

impl Attribute {
    fn new(attribute: &pg_sys::FormData_pg_attribute, place: Option<usize>) -> Self {
        let alignment = match attribute.attalign.cast_unsigned() {
            b'd' => align_of::<f64>(),
            b'i' => align_of::<i32>(),
            b's' => align_of::<i16>(),
            _ => 1,
        };
        Self { kind: AttributeKind::new(attribute), alignment: alignment - 1, place }
    }

    /// The value that comes after what ends at `at`, and where it ends itself. Most values are of three
    /// kinds, which are asked for first.
    #[inline(always)]
    unsafe fn value(&self, at: *const u8) -> (Datum, *const u8) {
        // SAFETY: the row has a value of this column at or after `at`. A short value is not aligned,
        // and its first byte is not zero, which padding is.
        unsafe {
            if let AttributeKind::Varlena = self.kind
                && varatt_is_1b(at.cast())
                && !varatt_is_1b_e(at.cast())
            {
                return (Datum::from(at.cast_mut()), at.add(varsize_1b(at.cast())));
            }
            if let AttributeKind::Int8 = self.kind {
                let start = self.start(at);
                return (Datum::from(start.cast::<i64>().read()), start.add(8));
            }
            if let AttributeKind::Int4 = self.kind {
                let start = self.start(at);
                return (Datum::from(start.cast::<i32>().read()), start.add(4));
            }
            self.other_value(at)
        }
    }

    /// Where the value begins that comes after what ends at `at`, if it is aligned.
    #[inline(always)]
    fn start(&self, at: *const u8) -> *const u8 {
        // The row itself is aligned more strictly than any value, so that addresses can be counted
        // from.
        at.wrapping_add(at.addr().wrapping_neg() & self.alignment)
    }

    #[inline(never)]
    unsafe fn other_value(&self, at: *const u8) -> (Datum, *const u8) {
        let start = self.start(at);
        // SAFETY: as above.
        unsafe {
            match self.kind {
                AttributeKind::Int8 => (Datum::from(start.cast::<i64>().read()), start.add(8)),
                AttributeKind::Int4 => (Datum::from(start.cast::<i32>().read()), start.add(4)),
                AttributeKind::Int2 => (Datum::from(start.cast::<i16>().read()), start.add(2)),
                AttributeKind::Int1 => (Datum::from(start.cast::<i8>().read()), start.add(1)),
                AttributeKind::Fixed(length) => {
                    (Datum::from(start.cast_mut()), start.add(length.into()))
                }
                AttributeKind::Varlena => {
                    let start = if *at == 0 { start } else { at };
                    (Datum::from(start.cast_mut()), start.add(varsize_any(start.cast())))
                }
                AttributeKind::CString => {
                    let length = std::ffi::CStr::from_ptr(start.cast()).count_bytes() + 1;
                    (Datum::from(start.cast_mut()), start.add(length))
                }
            }
        }
    }
}
