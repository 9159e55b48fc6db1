// The rows of the tree endpoint as a tree.

/**
 * The tenant that is shown, with its children in order of cost. Without a root
 * it stands for all tenants and has the roots for children.
 */
export function plant(rows, root) {
  const tenants = new Map(rows.map((row) => [row.id, { ...row, children: [], parent: null }]));
  const inTree = [...tenants.values()].filter((tenant) => tenant.depth !== null);
  const tops = [];
  for (const tenant of inTree) {
    const parent = tenant.id === root ? undefined : tenants.get(tenant.parent_id);
    if (parent) {
      tenant.parent = parent;
      parent.children.push(tenant);
    } else tops.push(tenant);
  }
  for (const tenant of inTree) tenant.children.sort(byCost);
  const top = root === null ? allOf(tops.sort(byCost), inTree) : tenants.get(root);
  return { top, tenants, inTree, stray: tenants.size - inTree.length };
}

const byCost = (a, b) => b.subtree_cost - a.subtree_cost;

function allOf(roots, tenants) {
  const sum = (column) => roots.reduce((total, root) => total + root[column], 0);
  const top = {
    ...{ id: null, name: "All tenants", parent: null, children: roots, ancestors: null },
    ...{ descendants: tenants.length, events: 0, cost: 0, adoption_rate: null, subtree_adoption_rate: null },
    ...{ subtree_events: sum("subtree_events"), subtree_cost: sum("subtree_cost") },
  };
  for (const root of roots) root.parent = top;
  return top;
}
