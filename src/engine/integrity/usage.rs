//! What is wrong with events, by tenant and by feature.

use tenant_metrics_core::audit::{Audit, Faults};
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::Forest;
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::memory;

use super::findings::Findings;
use super::kinds::Kind;
use crate::error::Error;
use crate::pg::{interrupt, text};

/// Events of no tenant, in the order of the ids.
pub(super) fn check_attribution(
    forest: &Forest,
    audit: &Audit,
    findings: &mut Findings,
) -> Result<(), Error> {
    if !findings.kinds.contain(Kind::UnattributedUsage) {
        return Ok(());
    }
    let mut strangers: Vec<(Option<Id<'_>>, u64)> = Vec::new();
    if audit.nobody() > 0 {
        memory::push(&mut strangers, (None, audit.nobody()))?;
    }
    for (i, (id, events)) in audit.tenants().enumerate() {
        if i.is_multiple_of(1024) {
            interrupt();
        }
        if forest.find(id).is_none() {
            memory::push(&mut strangers, (Some(id), events))?;
        }
    }
    strangers.sort_unstable_by_key(|(id, _)| *id);
    for (id, events) in strangers {
        let detail = "the events name no tenant of the tenants table";
        findings.add(Kind::UnattributedUsage, id, Some(detail), events)?;
    }
    Ok(())
}

/// Events of tenants with something wrong, in the order of the ids and then of the features, those
/// without a feature last.
pub(super) fn check_faults(
    forest: &Forest,
    audit: &Audit,
    findings: &mut Findings,
) -> Result<(), Error> {
    let ids = memory::collect(audit.tenants().map(|(id, _)| id))?;
    let mut found: Vec<(Id<'_>, Option<&[u8]>, Faults)> = Vec::new();
    for (i, (tenant, feature, faults)) in audit.faults().enumerate() {
        if i.is_multiple_of(1024) {
            interrupt();
        }
        if forest.find(ids[tenant]).is_some() {
            memory::push(&mut found, (ids[tenant], feature, faults))?;
        }
    }
    found.sort_unstable_by_key(|(id, feature, _)| (*id, feature.is_none(), *feature));
    for (id, feature, Faults { unpriced, future }) in found {
        let feature = feature.map(text::decode).transpose()?;
        for (kind, n) in [(Kind::Unpriced, unpriced), (Kind::FutureEvent, future)] {
            if n > 0 {
                findings.add(kind, Some(id), feature.as_deref(), n)?;
            }
        }
    }
    Ok(())
}

/// Features that the catalogue has not, and those that only it has.
pub(super) fn check_catalogue(
    audit: &Audit,
    catalogue: Catalogue,
    findings: &mut Findings,
) -> Result<(), Error> {
    let used = sorted_features(audit)?;
    match catalogue {
        Catalogue::Size(size) => {
            let distinct = used.len() as u64;
            if distinct > size {
                let detail = format!("usage names {distinct} features, feature_count is {size}");
                findings.add(Kind::FeatureCountTooSmall, None, Some(&detail), distinct)?;
            }
        }
        Catalogue::Names(names) => {
            for (name, events) in &used {
                if names.binary_search_by(|known| known.as_slice().cmp(name)).is_err() {
                    findings.add(
                        Kind::UnknownFeature,
                        None,
                        Some(&text::decode(name)?),
                        *events,
                    )?;
                }
            }
            for name in names.iter().filter(|name| !is_used(&used, name)) {
                findings.add(Kind::UnusedFeature, None, Some(&text::decode(name)?), 0)?;
            }
        }
    }
    Ok(())
}

/// The features that events name, in the order of their bytes.
pub(crate) fn sorted_features(audit: &Audit) -> Result<Vec<(&[u8], u64)>, Error> {
    let mut features = memory::collect(audit.features())?;
    features.sort_unstable();
    Ok(features)
}

/// Whether events name it.
pub(crate) fn is_used(used: &[(&[u8], u64)], name: &[u8]) -> bool {
    used.binary_search_by(|(other, _)| other.cmp(&name)).is_ok()
}
