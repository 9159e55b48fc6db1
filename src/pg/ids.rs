//! Tenant ids between PostgreSQL's types and the core's.

use pgrx::pg_sys::{self, Datum, Oid};
use tenant_metrics_core::ids::{Id, IdKind, written};
use tenant_metrics_core::{CoreError, memory};

use super::arrays::{array, elements};
use super::{catalog, text, varlena};
use crate::error::Error;

/// A type that ids may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdType {
    Int2,
    Int4,
    Int8,
    Uuid,
    Text,
    Varchar,
    /// `char(n)`, whose values are equal where they are without the blanks at their ends.
    Char,
}

/// The types that ids may have, for messages.
pub(crate) const ID_TYPES: &str = "smallint, integer, bigint, uuid, text, varchar, or char(n)";

/// Whether values of this type are texts, as feature names are.
#[inline]
pub(crate) fn is_text(oid: Oid) -> bool {
    matches!(oid, pg_sys::TEXTOID | pg_sys::VARCHAROID)
}

/// An id that a caller gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OwnedId {
    Int(i64),
    Uuid(u128),
    Text(Vec<u8>),
}

impl OwnedId {
    /// A copy of an id.
    pub(crate) fn new(id: Id<'_>) -> Result<Self, CoreError> {
        Ok(match id {
            Id::Int(id) => Self::Int(id),
            Id::Uuid(id) => Self::Uuid(id),
            Id::Text(id) => Self::Text(memory::copied(id)?),
        })
    }

    pub(crate) fn borrow(&self) -> Id<'_> {
        match self {
            Self::Int(id) => Id::Int(*id),
            Self::Uuid(id) => Id::Uuid(*id),
            Self::Text(id) => Id::Text(id),
        }
    }
}

impl IdType {
    /// The id type with this OID.
    pub(crate) fn of(oid: Oid) -> Option<Self> {
        Some(match oid {
            pg_sys::INT2OID => Self::Int2,
            pg_sys::INT4OID => Self::Int4,
            pg_sys::INT8OID => Self::Int8,
            pg_sys::UUIDOID => Self::Uuid,
            pg_sys::TEXTOID => Self::Text,
            pg_sys::VARCHAROID => Self::Varchar,
            pg_sys::BPCHAROID => Self::Char,
            _ => return None,
        })
    }

    pub(crate) fn oid(self) -> Oid {
        match self {
            Self::Int2 => pg_sys::INT2OID,
            Self::Int4 => pg_sys::INT4OID,
            Self::Int8 => pg_sys::INT8OID,
            Self::Uuid => pg_sys::UUIDOID,
            Self::Text => pg_sys::TEXTOID,
            Self::Varchar => pg_sys::VARCHAROID,
            Self::Char => pg_sys::BPCHAROID,
        }
    }

    pub(crate) fn kind(self) -> IdKind {
        match self {
            Self::Int2 | Self::Int4 | Self::Int8 => IdKind::Int,
            Self::Uuid => IdKind::Uuid,
            Self::Text | Self::Varchar | Self::Char => IdKind::Text,
        }
    }

    /// The id in `datum`, borrowed from it.
    ///
    /// # Safety
    /// `datum` must be of this type and stay allocated for `'a`.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "a datum carries integers in its low bits")]
    pub(crate) unsafe fn read<'a>(self, datum: Datum) -> Id<'a> {
        match self {
            Self::Int4 => Id::Int(i64::from(datum.value() as i32)),
            Self::Int8 => Id::Int(datum.value() as i64),
            Self::Int2 => Id::Int(i64::from(datum.value() as i16)),
            // SAFETY: a uuid is a pointer to 16 bytes; the caller vouches for the rest.
            Self::Uuid => unsafe {
                let bytes = datum.cast_mut_ptr::<[u8; 16]>().read_unaligned();
                Id::Uuid(u128::from_be_bytes(bytes))
            },
            // SAFETY: the caller vouches for the value.
            Self::Text | Self::Varchar => Id::Text(unsafe { varlena::bytes(datum) }),
            // SAFETY: as above.
            Self::Char => Id::Text(unsafe { char_bytes(datum) }),
        }
    }

    /// A value of this type; `None` if no value of it is this id, which so is no tenant's.
    pub(crate) fn datum(self, id: Id<'_>) -> Option<Datum> {
        match (self, id) {
            (Self::Int2, Id::Int(id)) => i16::try_from(id).ok().map(Datum::from),
            (Self::Int4, Id::Int(id)) => i32::try_from(id).ok().map(Datum::from),
            (Self::Int8, Id::Int(id)) => Some(Datum::from(id)),
            (Self::Uuid, Id::Uuid(id)) => Some(uuid_datum(id)),
            (Self::Text | Self::Varchar, Id::Text(id)) => Some(varlena::datum(id)),
            // As a value of the type, one with blanks at its end is equal to one without.
            (Self::Char, Id::Text(id)) if without_blanks(id) == id => Some(varlena::datum(id)),
            _ => None,
        }
    }

    /// An array value of this type from the ids that it has values for.
    pub(crate) fn array<'a>(self, ids: impl Iterator<Item = Id<'a>>) -> Result<Datum, Error> {
        array(self.oid(), ids.filter_map(|id| self.datum(id)))
    }

    /// The OID of the array type.
    pub(crate) fn array_oid(self) -> Oid {
        // SAFETY: a catalog look-up of a built-in type.
        unsafe { pg_sys::get_array_type(self.oid()) }
    }
}

/// The bytes of a `char(n)` without the blanks at its end. Out of line, so that what is read for each
/// event of other types stays short.
///
/// # Safety
/// As for [`varlena::bytes`].
#[cold]
#[inline(never)]
unsafe fn char_bytes<'a>(datum: Datum) -> &'a [u8] {
    // SAFETY: the caller vouches for the value.
    without_blanks(unsafe { varlena::bytes(datum) })
}

/// A text without the blanks at its end, as a cast from `char(n)` to `text` gives it.
fn without_blanks(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1);
    &text[..end]
}

/// An id as messages show it.
pub(crate) fn describe(id: Id<'_>) -> String {
    match id {
        Id::Text(bytes) => text::shown(bytes),
        id => written(id).map_or_else(|_| String::new(), |id| text::shown(&id)),
    }
}

/// The whole of an id as text.
pub(crate) fn in_full(id: Id<'_>) -> Result<String, Error> {
    text::decode(&written(id)?)
}

/// Which ids a reader takes and returns: the three twins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    Bigint,
    Uuid,
    Text,
}

impl Flavor {
    /// The flavor of a function whose id argument has this type, or is an array of it.
    pub(crate) fn of(argument: Oid) -> Option<Self> {
        Some(match argument {
            pg_sys::INT8OID | pg_sys::INT8ARRAYOID => Self::Bigint,
            pg_sys::UUIDOID | pg_sys::UUIDARRAYOID => Self::Uuid,
            pg_sys::TEXTOID | pg_sys::TEXTARRAYOID => Self::Text,
            _ => return None,
        })
    }

    pub(crate) fn oid(self) -> Oid {
        match self {
            Self::Bigint => pg_sys::INT8OID,
            Self::Uuid => pg_sys::UUIDOID,
            Self::Text => pg_sys::TEXTOID,
        }
    }

    /// The suffix of the twins' names.
    fn suffix(self) -> &'static str {
        match self {
            Self::Bigint => "",
            Self::Uuid => "_uuid",
            Self::Text => "_text",
        }
    }

    /// A number for each flavor, for [`super::call::Call::remembered`].
    pub(crate) fn number(self) -> u16 {
        self as u16
    }

    /// The flavor of a number.
    pub(crate) fn of_number(number: u16) -> Self {
        match number {
            1 => Self::Uuid,
            2 => Self::Text,
            _ => Self::Bigint,
        }
    }

    /// The flavor that serves ids of this kind without converting them.
    fn native(kind: IdKind) -> Self {
        match kind {
            IdKind::Int => Self::Bigint,
            IdKind::Uuid => Self::Uuid,
            IdKind::Text => Self::Text,
        }
    }

    /// Fails unless a reader of this flavor can serve ids of `id_type`.
    pub(crate) fn check(self, id_type: IdType, function: Oid, source: &str) -> Result<(), Error> {
        let native = Self::native(id_type.kind());
        if self == Self::Text || self == native {
            return Ok(());
        }
        let function = catalog::function_name(function)?;
        let stem = function.strip_suffix(self.suffix()).unwrap_or(&function);
        Err(Error::IdFlavor {
            instead: format!("{stem}{}", native.suffix()),
            source_name: memory::text(source)?,
            id_type: catalog::type_name(id_type.oid())?,
            function,
        })
    }

    /// An argument of this flavor as an id of the source.
    pub(crate) fn read(self, datum: Datum, id_type: IdType) -> Result<OwnedId, Error> {
        // SAFETY: the argument is declared with this type and lives as long as the call.
        Ok(OwnedId::new(unsafe { self.parse(datum, id_type)? })?)
    }

    /// Calls `on_id` for each element of an array argument of this flavor that is not NULL.
    pub(crate) fn each(
        self,
        array: Datum,
        id_type: IdType,
        mut on_id: impl FnMut(Id<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        // SAFETY: the elements have this type and live as long as the array.
        elements(array, |id| on_id(unsafe { self.parse(id, id_type)? }))
    }

    /// Calls `on_id` for each element of an array argument of this flavor that readers show for an
    /// id of the source: not for NULL, nor for a text that is no id or another spelling of one.
    pub(crate) fn each_shown(
        self,
        array: Datum,
        id_type: IdType,
        mut on_id: impl FnMut(Id<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        elements(array, |element| {
            // SAFETY: the elements have this type and live as long as the array.
            let id = match unsafe { self.parse(element, id_type) } {
                Err(Error::InvalidId { .. } | Error::IdOutOfRange { .. }) => return Ok(()),
                id => id?,
            };
            let is_shown = match (self, id) {
                (Self::Bigint | Self::Uuid, _) => true,
                // SAFETY: an element of this flavor is a text.
                (Self::Text, Id::Text(id)) => id == unsafe { varlena::bytes(element) },
                // SAFETY: as above.
                (Self::Text, id) => written(id)? == unsafe { varlena::bytes(element) },
            };
            if is_shown { on_id(id) } else { Ok(()) }
        })
    }

    /// A value of this flavor as an id of the source.
    ///
    /// # Safety
    /// `datum` must be of this flavor's type and stay allocated for `'a`.
    unsafe fn parse<'a>(self, datum: Datum, id_type: IdType) -> Result<Id<'a>, Error> {
        let given = match self {
            Self::Bigint => IdType::Int8,
            Self::Uuid => IdType::Uuid,
            Self::Text => IdType::Text,
        };
        // SAFETY: the caller vouches for the value.
        let id = unsafe { given.read(datum) };
        match (id, id_type.kind()) {
            (Id::Text(text), IdKind::Int) => parse_integer(text, id_type).map(Id::Int),
            (Id::Text(text), IdKind::Uuid) => parse_uuid(text).map(Id::Uuid),
            (Id::Text(text), IdKind::Text) if id_type == IdType::Char => {
                Ok(Id::Text(without_blanks(text)))
            }
            (id, _) => Ok(id),
        }
    }

    /// Ids of the source as an array of this flavor.
    pub(crate) fn array<'a>(self, ids: impl Iterator<Item = Id<'a>>) -> Result<Datum, Error> {
        array(self.oid(), ids.map(|id| self.datum(id)))
    }

    /// An id of the source as a value of this flavor.
    pub(crate) fn datum(self, id: Id<'_>) -> Datum {
        match (self, id) {
            (_, Id::Int(id)) if self == Self::Bigint => Datum::from(id),
            (_, Id::Uuid(id)) if self == Self::Uuid => uuid_datum(id),
            (_, Id::Text(id)) => varlena::datum(id),
            (_, id) => varlena::datum(describe(id).as_bytes()),
        }
    }
}

/// Reads an integer as PostgreSQL's input functions do: decimal digits, a sign, outer spaces.
fn parse_integer(text: &[u8], id_type: IdType) -> Result<i64, Error> {
    // What is no UTF-8 has no digits alone.
    let given = std::str::from_utf8(text).unwrap_or_default();
    let trimmed = given.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let id_type = catalog::type_name(id_type.oid())?;
        return Err(Error::InvalidId { id_type, text: text::shown(text) });
    }
    trimmed.parse().map_err(|_| Error::IdOutOfRange { text: text::shown(text) })
}

/// Reads a UUID as PostgreSQL's input function does: hex digits of either case, a hyphen after
/// any group of four digits, braces around the whole.
fn parse_uuid(text: &[u8]) -> Result<u128, Error> {
    let invalid = || Error::InvalidId { id_type: "uuid".into(), text: text::shown(text) };
    let inner = match text {
        [b'{', inner @ .., b'}'] => inner,
        inner => inner,
    };
    let mut bytes = [0; 16];
    let mut rest = inner;
    for (i, byte) in bytes.iter_mut().enumerate() {
        if i > 0 && i % 2 == 0 {
            rest = rest.strip_prefix(b"-").unwrap_or(rest);
        }
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
        match rest {
            [high, low, tail @ ..] => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    *byte = high * 16 + low;
                    rest = tail;
                }
                _ => return Err(invalid()),
            },
            _ => return Err(invalid()),
        }
    }
    if rest.is_empty() { Ok(u128::from_be_bytes(bytes)) } else { Err(invalid()) }
}

fn uuid_datum(id: u128) -> Datum {
    // SAFETY: palloc gives 16 bytes or raises an error.
    unsafe {
        let pointer = pg_sys::palloc(16).cast::<[u8; 16]>();
        pointer.write_unaligned(id.to_be_bytes());
        Datum::from(pointer)
    }
}
