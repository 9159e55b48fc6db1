//! The tenants that are counted, and the groups that they are counted in.
//!
//! A series of one scope has one group. Series of several tenants have one for each: a tenant's
//! events are counted once, in the smallest group that it belongs to, and added up afterwards.

use crate::ids::{Id, IdKind, IdTable};
use crate::{CoreError, memory};

/// Tenants, each in one group; groups may be parts of others.
#[derive(Debug)]
pub struct Groups {
    pub(super) ids: IdTable,
    /// The group of each tenant.
    pub(super) groups: Vec<u32>,
    /// For each group, the one that all in it counts in too.
    pub(super) above: Vec<Option<u32>>,
}

impl Groups {
    /// These tenants, each with its group. `above` says of each group which one it is a part of;
    /// that one has a smaller number.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], a tenant that comes twice, or a group that there is not.
    pub fn new(
        kind: IdKind,
        mut tenants: Vec<(Id<'_>, u32)>,
        above: Vec<Option<u32>>,
    ) -> Result<Self, CoreError> {
        // In their order small integers are found fastest.
        tenants.sort_unstable();
        let mut ids = IdTable::new(kind);
        let mut groups = memory::with_capacity(tenants.len())?;
        for (id, group) in tenants {
            ids.intern(id)?;
            memory::push(&mut groups, group)?;
        }
        Self { ids, groups, above }.checked()
    }

    /// The number of the tenant `id` and of its group, if it is one of these.
    #[inline]
    #[must_use]
    pub fn find(&self, id: Id<'_>) -> Option<(u32, u32)> {
        let tenant = self.ids.get(id)?;
        let group = if self.above.len() == 1 { 0 } else { self.groups[tenant as usize] };
        Some((tenant, group))
    }

    /// The kind of the ids.
    #[must_use]
    pub fn id_kind(&self) -> IdKind {
        self.ids.kind()
    }

    /// The ids of the tenants, by their numbers.
    pub fn ids(&self) -> impl Iterator<Item = Id<'_>> {
        (0..).take(self.len()).map(|tenant| self.ids.id(tenant))
    }

    /// Number of tenants.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are no tenants.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The group of the tenant with this number.
    #[must_use]
    pub fn group(&self, tenant: usize) -> u32 {
        self.groups[tenant]
    }

    /// For each group, the one that all in it counts in too.
    #[must_use]
    pub fn above(&self) -> &[Option<u32>] {
        &self.above
    }

    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.ids.bytes()
            + self.groups.capacity() * size_of::<u32>()
            + self.above.capacity() * size_of::<Option<u32>>()
    }

    pub(super) fn checked(self) -> Result<Self, CoreError> {
        let count = self.above.len();
        let sound = self.groups.len() == self.ids.len()
            && self.groups.iter().all(|&group| (group as usize) < count)
            && (0..).zip(&self.above).all(|(group, above)| above.is_none_or(|above| above < group));
        if sound { Ok(self) } else { Err(CoreError::MalformedState) }
    }
}
