// node-pg: every reader with bound parameters, and what to copy.
//
// node-pg sends each parameter as text of no type, so the server must find the
// function by its name and the number of its arguments alone. The connection
// comes from PGHOST, PGPORT, PGDATABASE and PGUSER.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { calls, example } from "./expected.js";

const january = [new Date("2026-01-01T00:00:00Z"), new Date("2026-02-01T00:00:00Z")];

const client = new pg.Client();
before(() => client.connect());
after(() => client.end());

describe("every reader", () => {
  for (const { text, values, rows } of calls) {
    const title = `${text} with ${JSON.stringify(values)}`;

    it(title, async () => {
      const result = await client.query(text, values);
      assert.deepEqual(result.rows.map(plain), rows);
    });

    it(`${title}, prepared`, async () => {
      const prepared = { name: nameOf(text), text, values };
      for (let run = 0; run < 2; run++) {
        const result = await client.query(prepared);
        assert.deepEqual(result.rows.map(plain), rows);
      }
    });
  }
});

// One name for each text, so that calls share statements. PostgreSQL cuts names
// after 63 bytes, where long calls do not differ yet.
function nameOf(text) {
  return createHash("sha256").update(text).digest("base64");
}

// node-pg's rows have no prototype in some versions; a strict comparison cares.
function plain(row) {
  return { ...row };
}

describe("examples", () => {
  it("scalars per row", async () => {
    const { rows } = await client.query(
      `SELECT name,
              tenant_adoption_rate(id) AS adoption_rate,
              tenant_subtree_cost(id) AS subtree_cost,
              tenant_depth(id) AS depth
       FROM tenants
       WHERE tenant_subtree_cost(id) > $1
       ORDER BY tenant_subtree_cost(id) DESC, id`,
      ["50"],
    );
    assert.deepEqual(rows.map(plain), example("per_row"));
  });

  it("set-returning, joined to the tenants", async () => {
    const { rows } = await client.query(
      `SELECT t.name, d.events, d.subtree_cost, d.subtree_features_used
       FROM tenants t
       JOIN tenant_dashboard($1, $2, $3) d ON d.tenant_id = t.id
       ORDER BY t.name`,
      [2, ...january],
    );
    assert.deepEqual(rows.map(plain), example("january"));
  });

  it("one page of tenants: an array of ids is one parameter", async () => {
    const { rows } = await client.query(
      "SELECT tenant_id, cost, last_used FROM tenant_dashboard_for($1)",
      [[7, 1, 9]],
    );
    assert.deepEqual(rows.map(plain), example("page"));
  });

  it("the view", async () => {
    const { rows } = await client.query(
      `SELECT tenant_id, tree_status, cost
       FROM tenant_metrics.dashboard
       WHERE cost > $1
       ORDER BY cost DESC`,
      [5],
    );
    assert.deepEqual(rows.map(plain), example("view"));
  });

  it("ids beyond 2^53 as BigInt or as text", async () => {
    for (const id of [9007199254740993n, "9007199254740993", 7n, "7"]) {
      const { rows } = await client.query("SELECT tenant_subtree_cost($1) AS cost", [id]);
      assert.equal(rows[0].cost, BigInt(id) === 7n ? "0.8" : null);
    }
  });

  it("a tree for a chart: JSON numbers, which JavaScript rounds", async () => {
    const { rows } = await client.query(
      "SELECT tenant_tree_json($1) AS tree, tenant_tree_json($1)->>'cost' AS exact",
      [7],
    );
    assert.equal(rows[0].tree.children[0].id, 8);
    assert.equal(rows[0].tree.cost, 0.8);
    assert.equal(rows[0].exact, "0.8");
  });
});

describe("errors have a code of their own", () => {
  const failing = {
    "until before since": ["22023", "tenant_cost($1, $2, $3)", [1, january[1], january[0]]],
    "unknown source": ["42704", "tenant_cost($1, source => $2)", [1, "nowhere"]],
    "wrong id type": ["42804", "tenant_cost($1, source => $2)", [1, "accounts"]],
    "text that is no id": ["22P02", "tenant_cost_text($1)", ["acme"]],
  };
  for (const [title, [code, call, values]] of Object.entries(failing)) {
    it(title, async () => {
      await assert.rejects(client.query(`SELECT ${call}`, values), { code });
    });
  }
});
