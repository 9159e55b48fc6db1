// Where the icicle's cells are; nothing is drawn here.

const NARROWEST = 1;
const DEEPEST = 24;

/**
 * Cells {tenant, level, x, width} of `top` and all below it that are at least a
 * pixel wide. What is narrower is one cell {rest, ...} at the end of its
 * siblings, so that it cannot be taken for the gap that is the parent's own cost.
 */
export function layOut(top, width) {
  const cells = [];
  const waiting = [{ tenant: top, level: 0, x: 0, width }];
  let drawn = 0;
  while (waiting.length) {
    const cell = waiting.pop();
    cells.push(cell);
    drawn += 1;
    if (cell.level + 1 === DEEPEST) continue;
    const { placed, rest } = divide(cell);
    waiting.push(...placed.reverse());
    if (rest) cells.push(rest);
  }
  cells.sort((a, b) => a.level - b.level || a.x - b.x);
  const levels = cells.length ? cells.at(-1).level + 1 : 0;
  return { cells, levels, undrawn: top.descendants + 1 - drawn };
}

function divide(cell) {
  const children = cell.tenant.children.filter((child) => child.subtree_cost > 0);
  const below = children.reduce((sum, child) => sum + child.subtree_cost, 0);
  // With credits, which are negative costs, children can cost more than their parent.
  const scale = cell.width / Math.max(cell.tenant.subtree_cost, below, Number.MIN_VALUE);
  const level = cell.level + 1;
  const placed = [];
  let x = cell.x;
  for (const child of children) {
    const width = child.subtree_cost * scale;
    if (width < NARROWEST) break;
    placed.push({ tenant: child, level, x, width });
    x += width;
  }
  const left = children.slice(placed.length);
  const width = left.reduce((sum, child) => sum + child.subtree_cost, 0) * scale;
  const rest = width >= NARROWEST ? { rest: left, tenant: cell.tenant, level, x, width } : null;
  return { placed, rest };
}
