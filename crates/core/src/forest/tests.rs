//! Forests against a model that follows parent links one tenant at a time.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn forest(links: &[(i64, Option<i64>)]) -> Forest {
    let mut rows = Links::new(IdKind::Int);
    for &(id, parent) in links {
        rows.add(Id::Int(id), parent.map(Id::Int)).unwrap();
    }
    Forest::new(rows, &|| ()).unwrap()
}

/// The tenant's ancestors, or nothing if parent links never end.
fn chain(links: &BTreeMap<i64, Option<i64>>, id: i64) -> Option<Vec<i64>> {
    let mut above = Vec::new();
    let mut at = id;
    while let Some(parent) = links[&at].filter(|parent| links.contains_key(parent)) {
        above.push(parent);
        if above.len() > links.len() {
            return None;
        }
        at = parent;
    }
    Some(above)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn follows_the_links(links in prop::collection::btree_map(-3..20_i64, prop::option::of(-5..25_i64), 0..24)) {
        let rows: Vec<_> = links.iter().rev().map(|(&id, &parent)| (id, parent)).collect();
        let forest = forest(&rows);
        let mut cyclic = 0;
        for (&id, &parent) in &links {
            let place = forest.find(Id::Int(id)).unwrap();
            prop_assert_eq!(forest.id(place), Id::Int(id));
            prop_assert_eq!(forest.parent_id(place), parent.map(Id::Int));
            let Some(above) = chain(&links, id) else {
                cyclic += 1;
                prop_assert_eq!(forest.status(place), TreeStatus::Cycle);
                continue;
            };
            let Place::Tree(position) = place else { panic!("{id} is not in the tree") };
            let orphan = parent.is_some() && above.is_empty();
            prop_assert_eq!(forest.status(place), if orphan { TreeStatus::Orphan } else { TreeStatus::Ok });
            prop_assert_eq!(forest.depth(position) as usize, above.len());
            let ids: Vec<_> = forest.ancestors(position).map(|at| forest.id(Place::Tree(at))).collect();
            prop_assert_eq!(ids, above.iter().map(|&id| Id::Int(id)).collect::<Vec<_>>());
            let below: BTreeSet<i64> = links.keys().copied()
                .filter(|&other| other == id || chain(&links, other).is_some_and(|above| above.contains(&id)))
                .collect();
            let height = below.iter().map(|&other| chain(&links, other).unwrap().len() - above.len()).max();
            prop_assert_eq!(Some(forest.height(position) as usize), height);
            let subtree: BTreeSet<i64> = forest.subtree(position)
                .map(|at| match forest.id(Place::Tree(at)) { Id::Int(id) => id, _ => 0 })
                .collect();
            prop_assert_eq!(subtree, below);
        }
        prop_assert_eq!(forest.cyclic_len(), cyclic);
        prop_assert_eq!(forest.len() + cyclic, links.len());
        for position in 1..forest.len() {
            // The next tenant is a child, or a later sibling of the tenant or of an ancestor.
            let (before, id) = (Place::Tree(position - 1), Place::Tree(position));
            prop_assert!(forest.depth(position) <= forest.depth(position - 1) + 1);
            if forest.depth(position) == forest.depth(position - 1) {
                prop_assert!(forest.id(before) < forest.id(id));
            }
        }
    }
}

/// The tenants that links lead to from the `asked` ones: upwards, and downwards.
fn around(links: &BTreeMap<i64, Option<i64>>, asked: &BTreeSet<i64>) -> BTreeSet<i64> {
    let known = |id: &i64| links.contains_key(id);
    let mut above: BTreeSet<i64> = asked.iter().copied().filter(known).collect();
    let mut below = above.clone();
    for _ in 0..links.len() {
        above.extend(above.clone().iter().filter_map(|id| links[id]).filter(known));
        let is_child = |id: &&i64| links[*id].is_some_and(|parent| below.contains(&parent));
        let children: Vec<i64> = links.keys().filter(is_child).copied().collect();
        below.extend(children);
    }
    &above | &below
}

/// What readers ask of a tenant's place: status and parent; then depth, height and subtree, or the
/// cycle and what is reached from it.
fn facts(forest: &Forest, id: i64) -> Option<String> {
    let place = forest.find(Id::Int(id))?;
    let ids = |places: Vec<Place>| -> Vec<_> { places.iter().map(|&at| forest.id(at)).collect() };
    let rest = match place {
        Place::Tree(at) => {
            let subtree = ids(forest.subtree(at).map(Place::Tree).collect());
            format!("{} {} {subtree:?}", forest.depth(at), forest.height(at))
        }
        Place::Cycle(at) => {
            let reached = forest.reachable(at, &|| ()).unwrap();
            let reached = ids(reached.into_iter().map(Place::Cycle).collect());
            format!("{:?} {reached:?}", forest.cycle_of(at, &|| ()).unwrap())
        }
    };
    Some(format!("{:?} {:?} {rest}", forest.status(place), forest.parent_id(place)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn a_part_has_tenants_where_the_whole_has_them(
        links in prop::collection::btree_map(-3..20_i64, prop::option::of(-5..25_i64), 0..24),
        asked in prop::collection::btree_set(-5..25_i64, 0..4),
    ) {
        let whole: Vec<_> = links.iter().map(|(&id, &parent)| (id, parent)).collect();
        let part: Vec<_> = around(&links, &asked).iter().map(|&id| (id, links[&id])).collect();
        let (whole, part) = (forest(&whole), forest(&part));
        for id in asked {
            prop_assert_eq!(facts(&part, id), facts(&whole, id));
        }
    }
}

#[test]
fn a_cycle_is_named_from_its_smallest_id() {
    let forest =
        forest(&[(1, Some(3)), (2, Some(1)), (3, Some(2)), (4, Some(3)), (5, Some(5)), (6, None)]);
    for (id, cycle, below) in
        [(4, vec![1, 3, 2], vec![4]), (2, vec![1, 3, 2], vec![1, 2, 3, 4]), (5, vec![5], vec![5])]
    {
        let Some(Place::Cycle(index)) = forest.find(Id::Int(id)) else {
            panic!("{id} is on no cycle")
        };
        let found = forest.cycle_of(index, &|| ()).unwrap();
        assert_eq!(found, cycle.into_iter().map(Id::Int).collect::<Vec<_>>());
        let reached = forest.reachable(index, &|| ()).unwrap();
        let reached: Vec<_> = reached.into_iter().map(|at| forest.id(Place::Cycle(at))).collect();
        assert_eq!(reached, below.into_iter().map(Id::Int).collect::<Vec<_>>());
    }
    assert_eq!(forest.find(Id::Int(6)), Some(Place::Tree(0)));
    assert_eq!(forest.find(Id::Int(7)), None);
}

#[test]
fn a_parent_that_does_not_exist_is_no_tenant() {
    let mut links = Links::new(IdKind::Int);
    links.add(Id::Int(1), Some(Id::Int(9))).unwrap();
    assert!(links.contain(Id::Int(1)) && !links.contain(Id::Int(9)));
    let forest = Forest::new(links, &|| ()).unwrap();
    assert_eq!(forest.find(Id::Int(9)), None);
    assert_eq!(forest.parent_id(Place::Tree(0)), Some(Id::Int(9)));
}

/// Rows with a few ids, in any order and number.
fn any_rows() -> impl Strategy<Value = Vec<(i64, Option<i64>)>> {
    prop::collection::vec((-2..8_i64, prop::option::of(-3..10_i64)), 0..14)
}

/// The first id upwards that several rows have, itself included.
fn first_above(rows: &[(i64, Option<i64>)], id: i64) -> Option<i64> {
    let mut at = id;
    for _ in 0..=rows.len() {
        let parents: Vec<_> = rows.iter().filter(|(of, _)| *of == at).collect();
        match parents[..] {
            [(_, Some(parent))] => at = *parent,
            [_, _, ..] => return Some(at),
            _ => return None,
        }
    }
    None
}

/// The smallest id with several rows that the links of all rows reach downwards.
fn smallest_below(rows: &[(i64, Option<i64>)], id: i64) -> Option<i64> {
    let mut reached = BTreeSet::from([id]);
    for _ in 0..rows.len() {
        let below = rows.iter().filter(|(_, parent)| parent.is_some_and(|p| reached.contains(&p)));
        let below: Vec<i64> = below.map(|(id, _)| *id).collect();
        reached.extend(below);
    }
    reached.into_iter().find(|id| rows.iter().filter(|(of, _)| of == id).count() > 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn several_rows_leave_a_doubt_above_and_below(rows in any_rows()) {
        let told = |id: Option<Id<'_>>| id.map(|id| match id { Id::Int(id) => id, _ => 0 });
        let whole = forest(&rows);
        let ids: BTreeSet<i64> = rows.iter().map(|(id, _)| *id).collect();
        prop_assert_eq!(whole.count(), ids.len());
        for id in &ids {
            let place = whole.find(Id::Int(*id)).unwrap();
            let above = first_above(&rows, *id);
            let below = smallest_below(&rows, *id);
            prop_assert_eq!(told(whole.duplicate_above(place)), above);
            prop_assert_eq!(told(whole.duplicate_below(place)), below);
        }
        let counted: Vec<_> = whole.duplicates().map(|(id, rows)| (told(Some(id)), rows)).collect();
        let count = |id: &i64| rows.iter().filter(|(of, _)| of == id).count() as u64;
        let several = ids.iter().filter(|id| count(id) > 1);
        prop_assert_eq!(counted, several.map(|id| (Some(*id), count(id))).collect::<Vec<_>>());
    }

    #[test]
    fn a_part_leaves_the_same_doubts(rows in any_rows(), asked in -3..10_i64) {
        // Everything below the asked one, by all rows, and everything above what is there.
        let mut met = BTreeSet::from([asked]);
        for _ in 0..rows.len() {
            let below = rows.iter().filter(|(_, parent)| parent.is_some_and(|p| met.contains(&p)));
            let below: Vec<i64> = below.map(|(id, _)| *id).collect();
            met.extend(below);
        }
        for _ in 0..rows.len() {
            let above = rows.iter().filter(|(id, _)| met.contains(id));
            let above: Vec<i64> = above.filter_map(|(_, parent)| *parent).collect();
            met.extend(above);
        }
        let part: Vec<_> = rows.iter().filter(|(id, _)| met.contains(id)).copied().collect();
        let (part, whole) = (forest(&part), forest(&rows));
        let doubts = |forest: &Forest| {
            let place = forest.find(Id::Int(asked))?;
            let told = |id: Option<Id<'_>>| id.map(|id| format!("{id:?}"));
            Some((told(forest.duplicate_above(place)), told(forest.duplicate_below(place))))
        };
        prop_assert_eq!(doubts(&part), doubts(&whole));
        if doubts(&whole) == Some((None, None)) {
            prop_assert_eq!(facts(&part, asked), facts(&whole, asked));
        }
    }

    #[test]
    fn the_order_of_rows_says_nothing(rows in any_rows()) {
        let turned: Vec<_> = rows.iter().rev().copied().collect();
        let (forest, turned) = (forest(&rows), forest(&turned));
        for (id, _) in rows {
            prop_assert_eq!(facts(&forest, id), facts(&turned, id));
        }
    }
}

#[test]
fn the_row_with_the_smallest_parent_counts() {
    let rows = [(3, Some(2)), (3, Some(1)), (4, Some(1)), (4, None), (1, None), (2, None)];
    let forest = forest(&rows);
    let parent = |id| forest.parent_id(forest.find(Id::Int(id)).unwrap());
    assert_eq!(parent(3), Some(Id::Int(1)));
    assert_eq!(parent(4), None);
}

#[test]
fn a_chain_of_a_million_tenants() {
    let links: Vec<_> = (0..1_000_000).map(|id| (id, (id > 0).then_some(id - 1))).collect();
    let forest = forest(&links);
    assert_eq!(forest.depth(999_999), 999_999);
    assert_eq!(forest.height(0), 999_999);
    assert_eq!(forest.subtree(1), 1..1_000_000);
}
