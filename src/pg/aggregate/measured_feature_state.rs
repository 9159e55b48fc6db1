//! The aggregate `tenant_metrics.measured_feature_state(tenant, feature, cost, time, measure)`:
//! totals by tenant and feature, with the sum of a measure.

use tenant_metrics_core::counting::FeatureCounting;
use tenant_metrics_core::feature_usage::{FeatureUsage, MeasuredCell};

use super::event::Columns;
use super::state::{Aggregate, Counts, aggregate};
use crate::error::Error;
use crate::pg::call::Call;

aggregate!("measured_feature_state", MeasuredFeatureState);

struct MeasuredFeatureState;

impl Aggregate for MeasuredFeatureState {
    type Layout = Columns;
    type Counting = FeatureCounting<MeasuredCell>;

    fn begin(call: &Call) -> Result<(Columns, Self::Counting), Error> {
        let columns = Columns::with_measures(call, "measured_feature_state", 5)?;
        Ok((columns, FeatureCounting::default()))
    }

    fn empty(columns: &Columns, _: &Self::Counting, limit: usize) -> Counts<Self> {
        FeatureUsage::new(columns.types.id.kind(), limit)
    }
}
