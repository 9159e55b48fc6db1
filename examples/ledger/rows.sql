INSERT INTO accounts (id, code, name, parent_id) OVERRIDING SYSTEM VALUE VALUES
    (1, '1', 'Assets', NULL), (2, '2', 'Liabilities', NULL), (3, '4', 'Income', NULL), (4, '6', 'Expenses', NULL),
    (5, '10', 'Current assets', 1), (6, '100', 'Bank', 5), (7, '1001', 'Bank in euros', 6), (8, '12', 'Debtors', 1),
    (9, '20', 'Creditors', 2), (10, '40', 'Sales', 3), (11, '60', 'Hosting', 4), (12, '600', 'Servers', 11);
INSERT INTO entries (journal_entry, posted_on, account_id, debit, credit) VALUES
    (1, '2026-01-05', 8, 1200.00, NULL), (1, '2026-01-05', 10, NULL, 1200.00),
    (2, '2026-01-20', 7, 700.00, NULL), (2, '2026-01-20', 8, NULL, 700.00),
    (3, '2026-01-31', 12, 149.90, NULL), (3, '2026-01-31', 9, NULL, 149.90),
    (4, '2026-02-03', 9, 149.90, NULL), (4, '2026-02-03', 7, NULL, 149.90),
    (5, '2026-02-10', 7, 500.00, NULL), (5, '2026-02-10', 8, NULL, 500.00);
