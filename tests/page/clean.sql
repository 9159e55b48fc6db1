-- What the tests of summaries leave: nothing.
DO $$
BEGIN
    IF (SELECT summaries FROM tenant_metrics.status()) IS NOT NULL THEN
        CALL tenant_metrics.disable_summaries();
    END IF;
END
$$;
DELETE FROM ai_feature_usage WHERE feature_name = 'written';
-- Its size is what explain() judges by.
TRUNCATE tenant_metrics.delta;
