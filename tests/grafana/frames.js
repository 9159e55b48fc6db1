// Gives data frames to the code that Grafana draws its panels with, and writes down what it makes of them.
// Usage: node frames.js FRAMES.json ANSWER.json
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

// Grafana's packages ask for these when they are loaded, and for nothing else of a browser.
globalThis.window = new EventTarget();
globalThis.navigator ??= { language: 'en', languages: ['en'] };

const require = createRequire(import.meta.url);
const { createTheme, getFieldDisplayValues, standardTransformers, toDataFrame } = require('@grafana/data');
const { lastValueFrom, of } = require('rxjs');
// The package's entry is its React component; this is the part that builds the levels.
const flamegraph = path.dirname(require.resolve('@grafana/flamegraph/package.json'));
const { FlameGraphDataContainer } = require(path.join(flamegraph, 'dist/cjs/FlameGraph/dataTransform.cjs'));

// The rectangles of a flame graph, level by level from the top.
function flameGraph({ frame }) {
  const container = new FlameGraphDataContainer(toDataFrame(frame), { collapsing: true });
  const label = (item) => container.getLabel(item.itemIndexes[0]);
  return container.getLevels().map((level) =>
    level.map((item) => ({
      label: label(item),
      start: item.start,
      value: item.value,
      self: container.getSelf(item.itemIndexes[0]),
      parent: item.parents ? label(item.parents[0]) : null,
      children: item.children.map(label),
    }))
  );
}

// The columns of a table after the panel's transformation.
async function matrix({ frame, options }) {
  const transform = standardTransformers.groupingToMatrixTransformer.operator(options, { interpolate: (text) => text });
  const [table] = await lastValueFrom(of([toDataFrame(frame)]).pipe(transform));
  return table.fields.map(({ name, values }) => ({ name, values }));
}

// The tiles of a stat panel.
function tiles({ frame, options }) {
  return getFieldDisplayValues({
    data: [toDataFrame(frame)],
    fieldConfig: { defaults: {}, overrides: [] },
    reduceOptions: options.reduceOptions,
    percentChange: options.showPercentChange,
    replaceVariables: (text) => text,
    theme: createTheme(),
  }).map(({ display }) => ({ name: display.title, value: display.numeric, change: display.percentChange ?? null }));
}

const draw = { flameGraph, matrix, tiles };
const questions = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const answers = [];
for (const question of questions) {
  try {
    answers.push(await draw[question.draw](question));
  } catch (error) {
    answers.push({ error: error.message });
  }
}
// Not printed, because a package prints an advertisement.
writeFileSync(process.argv[3], JSON.stringify(answers));
