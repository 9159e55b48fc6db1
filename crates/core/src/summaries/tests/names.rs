//! Names and their numbers.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::CoreError;
use crate::summaries::names::{NameTable, NamesReader, find_name, name_hash};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn names_keep_their_numbers(
        parts in prop::collection::vec(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..60), 1..4),
        limit in 1..2000_usize,
    ) {
        let mut names = NameTable::default();
        let mut numbers = BTreeMap::new();
        let mut rows = Vec::new();
        for part in &parts {
            for name in part {
                let number = names.number(name).unwrap();
                let known = numbers.len() as u32 + 1;
                prop_assert_eq!(*numbers.entry(name.clone()).or_insert(known), number);
            }
            names.write_new(limit, &|| (), |row| {
                assert!(row.bytes.len() <= limit || row.names == 1);
                rows.push(row);
                Ok::<_, CoreError>(())
            }).unwrap();
        }
        prop_assert_eq!(rows.iter().map(|row| row.names).sum::<usize>(), numbers.len());
        let mut reader = NamesReader::default();
        for row in rows.iter().rev() {
            reader.read(&row.bytes).unwrap();
        }
        let read = reader.finish().unwrap();
        prop_assert_eq!(read.len() as usize, numbers.len());
        for (name, &number) in &numbers {
            prop_assert_eq!(read.name(number), Some(name.as_slice()));
            let hash = name_hash(name);
            let mut found = Vec::new();
            for row in rows.iter().filter(|row| (row.hashes.0..=row.hashes.1).contains(&hash)) {
                found.extend(find_name(&row.bytes, name).unwrap());
            }
            prop_assert_eq!(found, vec![number]);
        }
        prop_assert_eq!((read.name(0), read.name(read.len() + 1)), (None, None));
    }
}

#[test]
fn names_that_do_not_fit_together_are_malformed() {
    let row_of = |names: &[&[u8]]| {
        let mut table = NameTable::default();
        for name in names {
            table.number(name).unwrap();
        }
        let mut rows = Vec::new();
        let on_row = |row| {
            rows.push(row);
            Ok::<_, CoreError>(())
        };
        table.write_new(8000, &|| (), on_row).unwrap();
        rows.remove(0).bytes
    };
    let (first, second) = (row_of(&[b"a"]), row_of(&[b"a", b"b"]));
    for rows in [[&first, &first], [&first, &second]] {
        let mut reader = NamesReader::default();
        rows.iter().for_each(|row| reader.read(row).unwrap());
        assert_eq!(reader.finish().map(|_| ()), Err(CoreError::MalformedRow));
    }
}
