class CreateTenantMetrics < ActiveRecord::Migration[6.1]
  def change
    enable_extension "tenant_metrics"
  end
end
