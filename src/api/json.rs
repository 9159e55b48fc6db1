//! `tenant_tree_json`: the dashboard as nested objects.
//!
//! The text is written from the depth-first order, without a tree of values, because such trees
//! are dropped recursively and tenants may be deep.

use std::io;

use serde::Serialize;
use serde_json::value::RawValue;
use tenant_metrics_core::forest::Place;
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::subtree::Scope;
use tenant_metrics_core::{CoreError, memory};

use super::sets::status_name;
use super::{Reader, levels, window};
use crate::engine::dashboard::{AskedTenants, Dashboard, DashboardRow};
use crate::engine::question::Needs;
use crate::error::Error;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::ids::{Flavor, OwnedId, describe};
use crate::pg::{interrupt, text, time};

sql_function!(tenant_tree_json, tree_json);

/// One tenant's object, without its children.
#[derive(Serialize)]
struct TenantObject {
    id: JsonId,
    parent_id: Option<JsonId>,
    depth: Option<u32>,
    height: Option<u32>,
    tree_status: &'static str,
    descendants: Option<usize>,
    events: u64,
    subtree_events: Option<u64>,
    features_used: Option<u32>,
    subtree_features_used: Option<u32>,
    adoption_rate: Option<Box<RawValue>>,
    subtree_adoption_rate: Option<Box<RawValue>>,
    cost: Option<Box<RawValue>>,
    subtree_cost: Option<Box<RawValue>>,
    unpriced_events: Option<u64>,
    last_used: Option<String>,
    subtree_last_used: Option<String>,
}

/// An id as a JSON number or string.
#[derive(Serialize)]
#[serde(untagged)]
enum JsonId {
    Number(i64),
    String(String),
}

fn tree_json(call: &Call) -> Answer {
    let levels = levels(call, 4)?;
    let reader = Reader::new(call, 3, window(call, 1)?)?;
    let root = reader.id(call, 0)?;
    let asked = AskedTenants::below(root.as_ref());
    let dashboard = Dashboard::new(&reader.account, Needs::ALL, Scope::Subtree, asked)?;
    match document(&dashboard, root.as_ref(), levels, reader.flavor)? {
        Some(document) => text::jsonb(document).map(Some),
        None => Ok(None),
    }
}

/// The text of the whole document; `None` if there is no such root.
fn document(
    dashboard: &Dashboard,
    root: Option<&OwnedId>,
    levels: Option<u32>,
    flavor: Flavor,
) -> Result<Option<String>, Error> {
    let mut places = dashboard.listed(root, levels)?;
    if let Some(root) = root {
        match dashboard.forest().find(root.borrow()) {
            None => return Ok(None),
            Some(place @ Place::Cycle(_)) => places = memory::filled(1, place)?,
            Some(Place::Tree(_)) => {}
        }
    }
    let mut document = Document(Vec::new());
    if root.is_none() {
        document.append("[")?;
    }
    // Depths of the objects that are still open; their texts end in an unclosed `children`.
    let mut open: Vec<u32> = Vec::new();
    for (i, place) in places.into_iter().enumerate() {
        if i.is_multiple_of(1024) {
            interrupt();
        }
        let row = dashboard.row(place);
        let depth = row.tree.as_ref().map_or(0, |tree| tree.depth);
        while open.last().is_some_and(|&above| above >= depth) {
            document.append("]}")?;
            open.pop();
        }
        if !matches!(document.0.last(), None | Some(b'[')) {
            document.append(",")?;
        }
        let object = TenantObject::new(&row, flavor)?;
        serde_json::to_writer(&mut document, &object).map_err(|_| CoreError::OutOfMemory)?;
        // The closing brace comes after the children.
        document.0.pop();
        document.append(",\"children\":[")?;
        memory::push(&mut open, depth)?;
    }
    for _ in open {
        document.append("]}")?;
    }
    if root.is_none() {
        document.append("]")?;
    }
    Ok(Some(String::from_utf8(document.0).map_err(|_| unwritable())?))
}

/// A text that is being written.
struct Document(Vec<u8>);

impl Document {
    fn append(&mut self, text: &str) -> Result<(), CoreError> {
        memory::extend(&mut self.0, text.as_bytes())
    }
}

impl io::Write for Document {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        memory::extend(&mut self.0, bytes).map_err(|_| io::ErrorKind::OutOfMemory)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TenantObject {
    fn new(row: &DashboardRow<'_>, flavor: Flavor) -> Result<Self, Error> {
        let DashboardRow { id, parent_id, status, tree, own, subtree } = row;
        let subtree = subtree.as_ref();
        let time = |time: Option<i64>| time.map(time::describe_json).transpose();
        let amount = |amount: Option<&Money>| {
            amount.map(|amount| number(amount.digits().to_text())).transpose()
        };
        Ok(Self {
            id: json_id(*id, flavor)?,
            parent_id: parent_id.map(|id| json_id(id, flavor)).transpose()?,
            depth: tree.as_ref().map(|tree| tree.depth),
            height: tree.as_ref().map(|tree| tree.height),
            tree_status: status_name(*status),
            descendants: tree.as_ref().map(|tree| tree.descendants),
            events: own.events,
            subtree_events: subtree.map(|facts| facts.events),
            features_used: own.features_used,
            subtree_features_used: subtree.and_then(|facts| facts.features_used),
            adoption_rate: rate(own.adoption_rate)?,
            subtree_adoption_rate: rate(subtree.and_then(|facts| facts.adoption_rate))?,
            cost: amount(own.cost)?,
            subtree_cost: amount(subtree.and_then(|facts| facts.cost))?,
            unpriced_events: own.unpriced,
            last_used: time(own.last_used)?,
            subtree_last_used: time(subtree.and_then(|facts| facts.last_used))?,
        })
    }
}

/// A number from readers that return numbers, a string from their twins.
fn json_id(id: Id<'_>, flavor: Flavor) -> Result<JsonId, Error> {
    Ok(match id {
        Id::Int(id) if flavor == Flavor::Bigint => JsonId::Number(id),
        Id::Text(bytes) => JsonId::String(text::decode(bytes)?),
        id => JsonId::String(describe(id)),
    })
}

/// A rate as `to_jsonb` shows it: the shortest text, without a fraction where there is none.
fn rate(rate: Option<f64>) -> Result<Option<Box<RawValue>>, Error> {
    rate.map(|rate| number(rate.to_string())).transpose()
}

fn number(text: String) -> Result<Box<RawValue>, Error> {
    RawValue::from_string(text).map_err(|_| unwritable())
}

fn unwritable() -> Error {
    Error::Invariant("a number's own text is JSON, and JSON is UTF-8")
}
