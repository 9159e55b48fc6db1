DROP EXTENSION tenant_metrics;
