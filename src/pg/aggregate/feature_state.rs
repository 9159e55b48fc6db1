//! The aggregate `tenant_metrics.feature_state(tenant, feature, cost, time)`: totals by tenant and
//! feature.

use tenant_metrics_core::counting::FeatureCounting;
use tenant_metrics_core::feature_usage::{FeatureCell, FeatureUsage};

use super::event::Columns;
use super::state::{Aggregate, Counts, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("feature_state", FeatureState);

struct FeatureState;

impl Aggregate for FeatureState {
    type Layout = Columns;
    type Counting = FeatureCounting<FeatureCell>;

    fn begin(call: &Call) -> Result<(Columns, Self::Counting), Error> {
        Ok((Columns::demand(call, "feature_state")?, FeatureCounting::default()))
    }

    fn empty(columns: &Columns, _: &Self::Counting, limit: usize) -> Counts<Self> {
        FeatureUsage::new(columns.types.id.kind(), limit)
    }
}
