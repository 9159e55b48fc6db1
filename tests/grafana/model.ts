// The dashboard's types, as exact as @grafana/schema makes them.
import type {
  Dashboard,
  FieldConfig,
  GraphFieldConfig,
  MatcherConfig,
  Panel,
  TableFieldOptions,
  TableOptions,
} from '@grafana/schema';
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { Options as TimeSeriesOptions } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// What JSON can hold of a type: the strings of an enumeration instead of its members.
type Json<T> = unknown extends T
  ? T
  : T extends string
    ? `${T}`
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T;

// The schema leaves open what a data source's queries look like.
type Target = {
  refId: string;
  datasource: { type: 'grafana-postgresql-datasource'; uid: '${datasource}' };
  editorMode: 'code';
  rawQuery: true;
  format: 'table' | 'time_series';
  rawSql: string;
};

// An override's id says what its value is.
type Property<Field> =
  | { [Id in keyof FieldConfig]-?: { id: Id; value: Json<FieldConfig[Id]> } }[Exclude<keyof FieldConfig, 'custom'>]
  | { [Id in keyof Field & string]-?: { id: `custom.${Id}`; value: Json<Field[Id]> } }[keyof Field & string];

type Of<Type extends string, Options, Field> = Json<Omit<Panel, 'type' | 'options' | 'fieldConfig' | 'targets' | 'datasource'>> & {
  type: Type;
  datasource: Target['datasource'];
  targets: [Target];
  options: Json<Options>;
  fieldConfig: {
    defaults: Json<Omit<FieldConfig, 'custom'>> & { custom?: Json<Partial<Field>> };
    overrides: { matcher: MatcherConfig<string> & { id: 'byName' }; properties: Property<Field>[] }[];
  };
};

type Nothing = Record<string, never>;

export type Checked = Json<Omit<Dashboard, 'panels'>> & {
  panels: (
    | Of<'stat', StatOptions, Nothing>
    | Of<'flamegraph', Nothing, Nothing>
    | Of<'timeseries', TimeSeriesOptions, GraphFieldConfig>
    | Of<'table', TableOptions, TableFieldOptions>
  )[];
};
