# ActiveRecord: scalars per row, the dashboard joined to the tenants, the view as a model.

require "active_record"
require "json"
require_relative "db/migrate/20260101000000_create_tenant_metrics"

class Tenant < ActiveRecord::Base
  # A scalar of the extension for the tenant of each row.
  def self.metric(name) = Arel::Nodes::NamedFunction.new(name, [arel_table[:id]])
end

class Dashboard < ActiveRecord::Base
  self.table_name = "tenant_metrics.dashboard"
  # A view has no key, so its tenant is named as one.
  self.primary_key = "tenant_id"

  def readonly? = true
end

# A parameter sent beside the statement; where("... > ?", value) writes it into the text.
def bound(value, type)
  Arel::Nodes::BindParam.new(ActiveRecord::Relation::QueryAttribute.new("bound", value, type))
end

# A BigDecimal keeps every digit; its text always has a decimal point.
def exact(cost) = cost.to_s("F").delete_suffix(".0")

ActiveRecord::Base.establish_connection(ENV.fetch("DATABASE_URL"))
ActiveRecord::Migration.verbose = false
CreateTenantMetrics.migrate(:up)

cost = Tenant.metric("tenant_subtree_cost")
expensive = Tenant
  .select(:id, :name, Tenant.metric("tenant_adoption_rate"), cost)
  .where(cost.gt(bound(10, ActiveRecord::Type::Decimal.new)))
  .order(cost.desc)

d = Arel::Table.new("d")
root = bound(2, ActiveRecord::Type::BigInteger.new)
call = Arel::Nodes::NamedFunction.new("tenant_dashboard", [root]).as("d")
on = Arel::Nodes::On.new(d[:tenant_id].eq(Tenant.arel_table[:id]))
below = Tenant
  .select(d[:tenant_id], :name, d[:depth], d[:subtree_cost])
  .joins(Arel::Nodes::InnerJoin.new(call, on))
  .order(:name)

roots = Dashboard.where(depth: 0).order(:tenant_id)

puts JSON.generate(
  expensive: expensive.map { |t|
    [t.id, t.name, t.tenant_adoption_rate, exact(t.tenant_subtree_cost)]
  },
  below: below.map { |t| [t.tenant_id, t.name, t.depth, exact(t.subtree_cost)] },
  roots: roots.map { |t| [t.tenant_id, t.subtree_events, exact(t.cost)] },
)
